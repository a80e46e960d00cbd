package room

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// checkMistake returns a question where a line, at a terminal, is what people type who take it for
// a shell, or who left out the slash of a private message. It asks once: whoever enters the
// same again says it. The message is refused, to be put right; of a command that is for a
// shell the answer is enough.
func (s *Session) checkMistake(line string) (Reply, error) {
	asked := s.questionedLine
	s.questionedLine = ""
	if !s.client.Terminal || line == asked {
		return nil, nil
	}
	typed := strings.TrimSpace(line)
	first, rest := text.CutWord(typed)
	if first = strings.ToLower(normalizeName(first)); rest == "" && shellHint(first) != "" {
		s.questionedLine = line
		return notice(shellHint(first), text.Clean(typed)), nil
	}
	if command := s.missingSlash(typed); command != "" {
		s.questionedLine = line
		return nil, reply.Refuse(reply.HintMissingSlash, command, s.audience())
	}
	return nil, nil
}

// missingSlash returns the command that a line would be with a slash, where that speaks to
// one person, as in msg bob hi, \msg bob hi or to:bob:hi; or "".
func (s *Session) missingSlash(line string) (command string) {
	line = strings.TrimLeftFunc(line, text.IsSeparator)
	end := strings.IndexFunc(line, text.IsSeparator)
	if end < 0 || end > maxCommandNameBytes {
		return ""
	}
	command, rest := strings.ToLower(normalizeName(line[:end])), line[end:]
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case command == "msg" && unicode.IsSpace(next):
		return command
	case (command == "msg" || command == "to") && s.startsWithName(rest): // to is a word of English, too
		return command
	}
	return ""
}

// audience is whom s speaks to, as the prompt has it.
func (s *Session) audience() string {
	if to := s.Recipient(); to != "" {
		return to
	}
	return "#" + s.RoomName()
}

// shellHint returns what somebody may have meant who types a command for a shell, or "".
func shellHint(command string) reply.Code {
	switch command {
	case "help":
		return reply.HintHelp
	case "exit", "quit", "logout", ":q", ":q!", ":wq":
		return reply.HintQuit
	case "ls":
		return reply.HintList
	}
	return ""
}

// startsWithName reports whether words are somebody's name, whether or not that one is here,
// and a text, with signs or spaces before and between.
func (s *Session) startsWithName(words string) bool {
	words = strings.TrimLeftFunc(words, text.IsSeparator)
	for i, r := range words {
		if i > names.MaxBytes {
			return false
		}
		if text.IsSeparator(r) && strings.TrimLeftFunc(words[i:], text.IsSeparator) != "" && s.isKnownRecipient(words[:i]) {
			return true
		}
	}
	return false
}

// isKnownRecipient reports whether a name is that of somebody who can be written to.
func (s *Session) isKnownRecipient(name string) bool {
	if s.findUser(name) != nil {
		return true
	}
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	_, spelled := s.hub.lookUpPersonLocked(name)
	return spelled != ""
}
