package room

import (
	"time"

	"teahouse/internal/text"
)

// Say says a message, which may have several lines, to the room. The error is a [*reply.Refusal],
// or the [Reason] why s has left.
func (s *Session) Say(message string) error {
	return s.SayAs(message, false)
}

// SayAs says a message, or performs an action, which is one line.
func (s *Session) SayAs(message string, action bool) error {
	check := text.CheckLines
	if action {
		check = text.CheckLine
	}
	cleaned, err := check(message)
	if err != nil {
		return err
	}
	if err := s.MaySpeak(); err != nil {
		return err
	}
	defer s.EndAway() // after the message
	return publish(s, &Event{Kind: Said, Text: cleaned, Action: action})
}

// SayVerbatim is Say, subject to the [Limits], for a dialect that writes names into its messages:
// verbatim is the whole message as users of that dialect read it, message is what other doors show.
func (s *Session) SayVerbatim(message, verbatim string) error {
	if err := s.Throttle(); err != nil {
		return err
	}
	cleaned, err := text.CheckLine(message)
	if err != nil {
		return err
	}
	if verbatim, err = text.CheckVerbatim(verbatim); err != nil {
		return err
	}
	if err := s.MaySpeak(); err != nil {
		return err
	}
	return publish(s, &Event{Kind: Said, Text: cleaned, Verbatim: verbatim})
}

func publish(s *Session, e *Event) error {
	r := s.Room()
	e.Time, e.User = time.Now(), s.UserInfo()
	e.FoldedText() // fold it once here, rather than in all readers at the same time
	if !r.AppendUnless(e, s.inbox.IsClosed) {
		return s.reason
	}
	r.Wake()
	return nil
}
