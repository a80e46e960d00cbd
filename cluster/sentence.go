package cluster

import (
	"fmt"
	"time"

	"teahouse/room"
)

// A sentence is one that the house says, on its way to be said in the language of
// who reads it there.
type sentence struct {
	Phrase room.Phrase `json:"phrase"`
	Args   []value     `json:"args,omitempty"`
}

// A value is an argument of a sentence; one of its fields is set.
type value struct {
	Text   *string        `json:"text,omitempty"`
	Number *int64         `json:"number,omitempty"`
	Moment *time.Time     `json:"moment,omitempty"`
	Span   *time.Duration `json:"span,omitempty"`
}

func newSentence(p room.Phrase, args []any) *sentence {
	s := &sentence{Phrase: p}
	for _, arg := range args {
		s.Args = append(s.Args, newValue(arg))
	}
	return s
}

func newValue(arg any) value {
	var n int64
	switch arg := arg.(type) {
	case string:
		return value{Text: &arg}
	case room.Moment:
		at := time.Time(arg)
		return value{Moment: &at}
	case time.Duration:
		return value{Span: &arg}
	case int:
		n = int64(arg)
	case uint64:
		n = int64(arg)
	default:
		text := fmt.Sprint(arg)
		return value{Text: &text}
	}
	return value{Number: &n}
}

// accept returns the sentence as it may be said, whoever sent it; "" where it cannot be.
func (s *sentence) accept() (room.Phrase, []any) {
	said := room.Sentence{Phrase: s.Phrase, Args: s.args()}
	if said.Accept() != nil {
		return "", nil
	}
	return said.Phrase, said.Args
}

// args returns what the sentence is filled in with.
func (s *sentence) args() (args []any) {
	for _, v := range s.Args {
		switch {
		case v.Text != nil:
			args = append(args, *v.Text)
		case v.Number != nil:
			args = append(args, int(*v.Number))
		case v.Moment != nil:
			args = append(args, room.Moment(*v.Moment))
		case v.Span != nil:
			args = append(args, *v.Span)
		default:
			args = append(args, "")
		}
	}
	return args
}
