package room

import "strings"

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
	switch first = strings.ToLower(spelled(first)); {
	case rest == "" && shellHint(first) != "":
		u.slipped = line
		return notice(shellHint(first), Clean(text)), nil
	case first == "msg" && rest != "", first == "to" && u.isAddressed(rest):
		u.slipped = line
		return nil, refuse(SlipTell, first)
	}
	return nil, nil
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

// isAddressed reports whether words are somebody's name and a text: to is a word of
// English, too.
func (u *User) isAddressed(words string) bool {
	name, text := word(words)
	return text != "" && u.find(strings.TrimPrefix(name, "@")) != nil
}
