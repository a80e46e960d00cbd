package room

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// slip returns a question where a line, at a terminal, is what people type who take it for
// a shell, or who left out the slash of a private message. It asks once: whoever enters the
// same again says it. The message is refused, to be put right; of a command that is for a
// shell the answer is enough.
func (u *User) slip(line string) (*Event, error) {
	asked := u.slipped
	u.slipped = ""
	if !u.visitor.Terminal || line == asked {
		return nil, nil
	}
	text := strings.TrimSpace(line)
	first, rest := word(text)
	if first = strings.ToLower(spelled(first)); rest == "" && shellHint(first) != "" {
		u.slipped = line
		return notice(shellHint(first), Clean(text)), nil
	}
	if command := u.unslashed(text); command != "" {
		u.slipped = line
		return nil, refuse(SlipTell, command, u.listeners())
	}
	return nil, nil
}

// unslashed returns the command that a text would be with a slash, where that speaks to
// one person, as in msg bob hi, \msg bob hi or to:bob:hi; or "".
func (u *User) unslashed(text string) (command string) {
	text = strings.TrimLeftFunc(text, isSign)
	end := strings.IndexFunc(text, isSign)
	if end < 0 || end > maxSpelled {
		return ""
	}
	command, rest := strings.ToLower(spelled(text[:end])), text[end:]
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case command == "msg" && unicode.IsSpace(next):
		return command
	case (command == "msg" || command == "to") && u.isAddressed(rest): // to is a word of English, too
		return command
	}
	return ""
}

// listeners is whom u speaks to, as the prompt has it.
func (u *User) listeners() string {
	if to := u.To(); to != "" {
		return to
	}
	return "#" + u.Here()
}

// shellHint returns what somebody may have meant who types a command for a shell, or "".
func shellHint(command string) Phrase {
	switch command {
	case "help":
		return SlipHelp
	case "exit", "quit", "logout", ":q", ":q!", ":wq":
		return SlipQuit
	case "ls":
		return SlipList
	}
	return ""
}

// isAddressed reports whether words are somebody's name, whether or not that one is here,
// and a text, with signs or spaces before and between.
func (u *User) isAddressed(words string) bool {
	words = strings.TrimLeftFunc(words, isSign)
	for i, r := range words {
		if i > maxNameBytes {
			return false
		}
		if isSign(r) && strings.TrimLeftFunc(words[i:], isSign) != "" && u.isSomebody(words[:i]) {
			return true
		}
	}
	return false
}

// isSomebody reports whether a name is that of somebody who can be written to.
func (u *User) isSomebody(name string) bool {
	if u.find(name) != nil {
		return true
	}
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	_, spelled := u.house.knownLocked(name)
	return spelled != ""
}

// isSign reports whether a character may part the words of a command: a space, or what is
// near the slash and the bar on some keyboard.
func isSign(r rune) bool { return isBlank(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) }
