package room

import "time"

// Say says text, which may have several lines, to the room. The error is a
// [Refusal], or the [Reason] why s is here no more.
func (s *Session) Say(text string) error {
	return s.say(text, false)
}

// say says text to the room, or that s does it: an action is one line.
func (s *Session) say(text string, action bool) error {
	clean := cleanLines
	if action {
		clean = cleanText
	}
	text, err := clean(text)
	if err != nil {
		return err
	}
	if err := s.maySpeak(); err != nil {
		return err
	}
	defer s.endAway() // after what was said
	return s.publish(&Event{Kind: Said, Text: text, Action: action})
}

// SayVerbatim is Say, held to the [Limits], for a dialect that writes names into
// its messages: verbatim is the whole message as its own people read it, text what
// other doors show.
func (s *Session) SayVerbatim(text, verbatim string) error {
	if err := s.throttle(); err != nil {
		return err
	}
	text, err := cleanText(text)
	if err != nil {
		return err
	}
	if verbatim, err = cleanVerbatim(verbatim); err != nil {
		return err
	}
	if err := s.maySpeak(); err != nil {
		return err
	}
	return s.publish(&Event{Kind: Said, Text: text, Verbatim: verbatim})
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
