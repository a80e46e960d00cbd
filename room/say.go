package room

import (
	"time"

	"teahouse/internal/text"
)

// Say says a message, which may have several lines, to the room. The error is a
// [Refusal], or the [Reason] why s is here no more.
func (s *Session) Say(message string) error {
	return s.say(message, false)
}

// say says a message to the room, or that s does it: an action is one line.
func (s *Session) say(message string, action bool) error {
	check := text.CheckLines
	if action {
		check = text.CheckLine
	}
	cleaned, err := check(message)
	if err != nil {
		return err
	}
	if err := s.maySpeak(); err != nil {
		return err
	}
	defer s.endAway() // after what was said
	return s.publish(&Event{Kind: Said, Text: cleaned, Action: action})
}

// SayVerbatim is Say, held to the [Limits], for a dialect that writes names into
// its messages: verbatim is the whole message as its own people read it, message what
// other doors show.
func (s *Session) SayVerbatim(message, verbatim string) error {
	if err := s.throttle(); err != nil {
		return err
	}
	cleaned, err := text.CheckLine(message)
	if err != nil {
		return err
	}
	if verbatim, err = text.CheckVerbatim(verbatim); err != nil {
		return err
	}
	if err := s.maySpeak(); err != nil {
		return err
	}
	return s.publish(&Event{Kind: Said, Text: cleaned, Verbatim: verbatim})
}

func (s *Session) publish(e *Event) error {
	r := s.room()
	e.Time, e.User = time.Now(), s.User()
	e.foldedText() // once, and not by all who read it at the same time
	if !r.append(e, s) {
		return s.reason
	}
	r.wake()
	return nil
}
