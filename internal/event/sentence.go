package event

import (
	"errors"
	"fmt"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// SanitizeSentence makes s, which comes from outside the process, fit to be shown, or returns why
// it cannot be: its arguments must match the placeholders of the phrase.
func SanitizeSentence(s *reply.Sentence) error {
	if len(s.Args) > maxArgs {
		return errors.New("it says too much")
	}
	for i, arg := range s.Args {
		switch arg := arg.(type) {
		case string:
			s.Args[i] = text.LimitLines(arg)
		case reply.Moment:
			if t := time.Time(arg); t.Year() < 0 || t.Year() > 9999 {
				return errors.New("it tells of a time that is none")
			}
		case int, uint64, time.Duration:
		default:
			return fmt.Errorf("it tells of %T", arg)
		}
	}
	if s.Code == "" {
		return nil
	}
	return s.Code.CheckArgs(s.Args)
}

// maxArgs is more than the arguments of any sentence.
const maxArgs = 10
