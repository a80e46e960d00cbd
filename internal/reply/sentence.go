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

// CheckArgs returns an error if code has no sentence, or args do not fill it in: each verb takes one
// argument of its kind.
func (code Code) CheckArgs(args []any) error {
	format := i18n.English(string(code))
	if format == "" {
		return errors.New("no sentence has its code")
	}
	return checkFormat(format, args)
}

// checkFormat returns an error if args do not fill in format. Flags, widths and precisions are
// errors, so that the result is no longer than format and args together.
func checkFormat(format string, args []any) error {
	n := 0
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		if i++; i == len(format) {
			return errors.New("its sentence is cut off")
		}
		if format[i] == '%' {
			continue
		}
		if n == len(args) {
			return errors.New("its sentence is not filled in")
		}
		_, isInt := args[n].(int)
		_, isUint := args[n].(uint64)
		if number := isInt || isUint; !strings.ContainsRune("sdvq", rune(format[i])) || format[i] == 'd' && !number || format[i] == 's' && number {
			return errors.New("its sentence is filled in with something else")
		}
		n++
	}
	if n < len(args) {
		return errors.New("its sentence has no place for all that fills it in")
	}
	return nil
}
