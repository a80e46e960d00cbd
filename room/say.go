package room

import "time"

// Say says text, which may have several lines, to the room. The error is a
// [Refusal], or the [Reason] why u is here no more.
func (u *User) Say(text string) error {
	return u.say(text, false)
}

// say says text to the room, or that u does it: an action is one line.
func (u *User) say(text string, action bool) error {
	clean := cleanLines
	if action {
		clean = cleanText
	}
	text, err := clean(text)
	if err != nil {
		return err
	}
	if err := u.maySpeak(); err != nil {
		return err
	}
	defer u.spoke() // after what was said
	return u.publish(&Event{Kind: Said, Text: text, Action: action})
}

// SayVerbatim is Say, held to the [Limits], for a dialect that writes names into
// its messages: verbatim is the whole message as its own people read it, text what
// other doors show.
func (u *User) SayVerbatim(text, verbatim string) error {
	if err := u.slowDown(); err != nil {
		return err
	}
	text, err := cleanText(text)
	if err != nil {
		return err
	}
	if verbatim, err = cleanVerbatim(verbatim); err != nil {
		return err
	}
	if err := u.maySpeak(); err != nil {
		return err
	}
	return u.publish(&Event{Kind: Said, Text: text, Verbatim: verbatim})
}

func (u *User) publish(e *Event) error {
	r := u.here()
	e.Time, e.Who = time.Now(), u.Who()
	e.foldedText() // once, and not by all who read it at the same time
	if !r.append(e, u) {
		return u.reason
	}
	r.wake()
	return nil
}
