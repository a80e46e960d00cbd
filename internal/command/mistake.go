package command

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// checkMistake returns a question if a line at a terminal looks like a shell command, or like a
// private message without its slash. It asks once: entering the same line again says it. A likely
// private message is refused, to be corrected; for a shell command, the answer is enough.
func (s *Runner) checkMistake(line string) (room.Reply, error) {
	asked := s.questionedLine
	s.questionedLine = ""
	if !s.Client.Terminal || line == asked {
		return nil, nil
	}
	typed := strings.TrimSpace(line)
	first, rest := text.CutWord(typed)
	if first = strings.ToLower(NormalizeName(first)); rest == "" && shellHint(first) != "" {
		s.questionedLine = line
		return room.NewNotice(shellHint(first), text.Clean(typed)), nil
	}
	if command := missingSlash(s, typed); command != "" {
		s.questionedLine = line
		return nil, reply.Refuse(reply.HintMissingSlash, command, audience(s))
	}
	return nil, nil
}

// missingSlash returns the private-message command that a line would be with a slash, as in msg bob
// hi, \msg bob hi or to:bob:hi; or "".
func missingSlash(s *Runner, line string) (command string) {
	line = strings.TrimLeftFunc(line, text.IsSeparator)
	end := strings.IndexFunc(line, text.IsSeparator)
	if end < 0 || end > maxCommandNameBytes {
		return ""
	}
	command, rest := strings.ToLower(NormalizeName(line[:end])), line[end:]
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case command == "msg" && unicode.IsSpace(next):
		return command
	case (command == "msg" || command == "to") && startsWithName(s, rest): // "to" is also an English word
		return command
	}
	return ""
}

// audience returns whom s speaks to, as the prompt shows it.
func audience(s *Runner) string {
	if to := s.Recipient(); to != "" {
		return to
	}
	return "#" + s.RoomName()
}

// shellHint returns what somebody who types a shell command probably wants, or "".
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

// startsWithName reports whether words are the name of somebody, online or not, followed by a text,
// with punctuation or spaces before and between them.
func startsWithName(s *Runner, words string) bool {
	words = strings.TrimLeftFunc(words, text.IsSeparator)
	for i, r := range words {
		if i > names.MaxBytes {
			return false
		}
		if text.IsSeparator(r) && strings.TrimLeftFunc(words[i:], text.IsSeparator) != "" && isKnownRecipient(s, words[:i]) {
			return true
		}
	}
	return false
}

// isKnownRecipient reports whether a name belongs to somebody who can get private messages.
func isKnownRecipient(s *Runner, name string) bool {
	if room.FindUser(s.Session, name) != nil {
		return true
	}
	st := s.Hub().Lock()
	defer st.Unlock()
	_, spelled := st.People.LookUp(name)
	return spelled != ""
}
