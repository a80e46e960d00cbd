package reply

import (
	"errors"
	"strings"
	"time"

	"teahouse/internal/i18n"
)

// A Sentence is one line that the server says: a code, and what fills in its words.
type Sentence struct {
	Code Code
	Args []any
}

// Say returns a sentence.
func Say(code Code, args ...any) Sentence { return Sentence{Code: code, Args: args} }

// A Moment is a time as people read it: to the minute, in their zone where it is
// known.
type Moment time.Time

// In returns it in a zone, as in 2026-11-21 18:30.
func (m Moment) In(zone *time.Location) string {
	return time.Time(m).In(zone).Format("2006-01-02 15:04")
}

// String returns it in the server's zone.
func (m Moment) String() string { return m.In(time.Local) }

// CheckArgs returns an error where a code has no sentence, or that is not filled in by some
// arguments, each of which must be of the kind that its place is for.
func (code Code) CheckArgs(args []any) error {
	p := i18n.English(string(code))
	if p == "" {
		return errors.New("it has a code of which there is no sentence")
	}
	n := 0
	for i := 0; i < len(p); i++ {
		if p[i] != '%' {
			continue
		}
		if i++; i == len(p) {
			return errors.New("its sentence is cut off")
		}
		if p[i] == '%' {
			continue
		}
		if n == len(args) {
			return errors.New("its sentence is not filled in")
		}
		_, isInt := args[n].(int)
		_, isUint := args[n].(uint64)
		if number := isInt || isUint; !strings.ContainsRune("sdvq", rune(p[i])) || p[i] == 'd' && !number || p[i] == 's' && number {
			return errors.New("its sentence is filled in with something else")
		}
		n++
	}
	if n < len(args) {
		return errors.New("its sentence has no place for all that fills it in")
	}
	return nil
}
