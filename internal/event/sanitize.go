package event

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/sanitize"
	"teahouse/internal/text"
)

// Everything from outside the process, from the store or from another node, passes through the
// Sanitize methods in this file: events, sessions, records. They clean texts and cut them to the
// lengths that the hub allows, bound times, and return an error if something is missing that
// readers rely on. Nothing behind them checks again.

// SanitizeLive is Sanitize for an event that another node reports as it happens. A time that is far
// ahead becomes now.
func (e *Event) SanitizeLive() error {
	e.Time = sanitize.Time(e.Time, time.Now())
	return e.Sanitize()
}

// Sanitize makes e, which comes from outside the process, fit to be shown, or returns why it cannot
// be. An event in the store keeps the time that some node's clock gave it, even if that clock was
// ahead: the order of lines depends on it, and so does what counts as said before a room was
// created.
func (e *Event) Sanitize() error {
	if !sanitize.IsPlausibleTime(e.Time) {
		return fmt.Errorf("it is of the year %d", e.Time.Year())
	}
	e.Text, e.Verbatim, e.OldName = text.LimitLines(e.Text), text.Limit(e.Verbatim, text.MaxBytes, text.CleanVerbatim), names.Sanitize(e.OldName)
	e.Reason = e.Reason.Sanitized()
	says := reply.Say(e.Code, e.Args...)
	if err := SanitizeSentence(&says); err != nil {
		return err
	}
	e.Code, e.Args = says.Code, says.Args
	if e.To != nil {
		e.To.Sanitize()
	}
	e.User = sanitizedSender(e.User)
	return e.checkRequired()
}

// checkRequired returns an error if something is missing that an event of its kind must have.
func (e *Event) checkRequired() error {
	switch e.Kind {
	case Forgot:
		if e.User.Person == "" {
			return errors.New("it forgets nobody")
		}
	case Announced:
		if e.Code == "" {
			return errors.New("it says nothing")
		}
	case Joined, Left, Said, PrivateMessage:
		if e.User.Name == "" {
			return errors.New("it is nobody's")
		}
	case Renamed:
		if e.User.Name == "" || e.OldName == "" {
			return errors.New("it is nobody's")
		}
	default:
		return fmt.Errorf("it is of no kind that comes from outside: %v", e.Kind)
	}
	return nil
}

// SanitizeLive makes n, which comes from another node, fit to be shown, or returns why it cannot
// be.
func (n *Notice) SanitizeLive() error {
	if n.Code == "" {
		return errors.New("it says nothing")
	}
	n.User = sanitizedSender(n.User)
	return sanitizeHead(&n.Time, &n.Sentence)
}

// SanitizeLive makes b, which comes from another node, fit to be handed to a bot, or returns why it
// cannot be.
func (b *BotCommand) SanitizeLive() error {
	b.User = sanitizedSender(b.User)
	b.Args = text.LimitLines(b.Args)
	if b.User.Name == "" || !accounts.IsBotCommandName(b.Name) {
		return errors.New("it is nobody's command, or none")
	}
	return sanitizeHead(&b.Time, &reply.Sentence{})
}

func sanitizeHead(at *time.Time, says *reply.Sentence) error {
	if *at = sanitize.Time(*at, time.Now()); !sanitize.IsPlausibleTime(*at) {
		return fmt.Errorf("it is of the year %d", at.Year())
	}
	return SanitizeSentence(says)
}

// SanitizeSentence makes s, which comes from outside the process, fit to be shown, or returns why
// it cannot be: its arguments must match the placeholders of the phrase.
func SanitizeSentence(s *reply.Sentence) error {
	if len(s.Args) > maxArgs {
		return errors.New("it has too many values")
	}
	for i, arg := range s.Args {
		switch arg := arg.(type) {
		case string:
			s.Args[i] = text.LimitLines(arg)
		case reply.Moment:
			if t := time.Time(arg); t.Year() < 0 || t.Year() > 9999 {
				return errors.New("it has an invalid time")
			}
		case int, uint64, time.Duration:
		default:
			return fmt.Errorf("it has a value of type %T", arg)
		}
	}
	if s.Code == "" {
		return nil
	}
	return s.Code.CheckArgs(s.Args)
}

// maxArgs is more than the arguments of any sentence.
const maxArgs = 10

func sanitizedSender(who *UserInfo) *UserInfo {
	if who == nil {
		return &UserInfo{}
	}
	who.Sanitize()
	return who
}

// Sanitized returns r if it is a known reason, and Quit for one of a newer version.
func (r Reason) Sanitized() Reason {
	if r == "" || slices.Contains(Reasons(), r) {
		return r
	}
	return Quit
}
