package command

import (
	"strings"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func runDone(s *Runner, _ []string) (room.Reply, error) { return clearRecipient(s) }

// setRecipient sends everything that s says to one person, until /done.
func setRecipient(s *Runner, name string) (room.Reply, error) {
	u := s.FindUser(name)
	if u == nil {
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	}
	to := u.Info().Name
	s.recipient.Store(&to)
	s.RequestRefresh()
	return room.NewNotice(reply.TalkingTo, to), nil
}

// clearRecipient implements /done.
func clearRecipient(s *Runner) (room.Reply, error) {
	if s.recipient.Swap(nil) == nil {
		return nil, reply.Refuse(reply.TalkingToAll, s.RoomName())
	}
	s.RequestRefresh()
	return room.NewNotice(reply.TalkingToAll, s.RoomName()), nil
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
		return s.SendDirect(to, line)
	}
	return nil, s.Say(line)
}

// SetUnsent is [Session.SetUnsent] for a text that would go to the user's recipient, if there is
// one: it is kept as a private message command, since the next session starts out talking to the
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
