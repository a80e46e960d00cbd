package command

import (
	"strings"

	"teahouse/internal/private"
	"teahouse/internal/text"
	"teahouse/room"
)

// SetRecipient sends everything that s says to the one person with a name from now on, or to the
// room again if it is "".
func (s *Runner) SetRecipient(name string) {
	var to *string
	if name != "" {
		to = &name
	}
	s.recipient.Store(to)
	s.RequestRefresh()
}

// Recipient returns the name of the one person to whom s talks, or "" if it talks to the room. Any
// goroutine may call it.
func (s *Runner) Recipient() string {
	if to := s.recipient.Load(); to != nil {
		return *to
	}
	return ""
}

// sayOrSend sends a line that is not a command to the room or to s's recipient.
func (s *Runner) sayOrSend(line string) (room.Reply, error) {
	if to := s.Recipient(); to != "" {
		return private.Send(s.Session, to, line)
	}
	return nil, s.Say(line)
}

// SetUnsent is [room.Session.SetUnsent] for a text that would go to the user's recipient, if there
// is one: it is kept as a private message command, since the next session starts out talking to the
// room.
func (s *Runner) SetUnsent(unsent func() string) {
	s.Session.SetUnsent(func() string {
		typed := text.CleanLines(unsent())
		to := s.Recipient()
		if typed == "" || to == "" || strings.HasPrefix(typed, "/") {
			return typed
		}
		return `/msg "` + to + `" ` + typed
	})
}
