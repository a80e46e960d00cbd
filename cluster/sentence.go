package cluster

import (
	"fmt"
	"time"

	"teahouse/room"
)

// A sentence is one that the house says, on its way to be said in the language of
// who reads it there.
type sentence struct {
	Phrase room.Code  `json:"phrase"`
	Args   []argument `json:"args,omitempty"`
}

// An argument is an argument of a sentence; one of its fields is set.
type argument struct {
	Text     *string        `json:"text,omitempty"`
	Number   *int64         `json:"number,omitempty"`
	Time     *time.Time     `json:"moment,omitempty"`
	Duration *time.Duration `json:"span,omitempty"`
}

func newSentence(p room.Code, args []any) *sentence {
	s := &sentence{Phrase: p}
	for _, arg := range args {
		s.Args = append(s.Args, newArgument(arg))
	}
	return s
}

func newArgument(arg any) argument {
	var n int64
	switch arg := arg.(type) {
	case string:
		return argument{Text: &arg}
	case room.Moment:
		at := time.Time(arg)
		return argument{Time: &at}
	case time.Duration:
		return argument{Duration: &arg}
	case int:
		n = int64(arg)
	case uint64:
		n = int64(arg)
	default:
		text := fmt.Sprint(arg)
		return argument{Text: &text}
	}
	return argument{Number: &n}
}

// sanitize returns the sentence as it may be said, whoever sent it; "" where it cannot be.
func (s *sentence) sanitize() (room.Code, []any) {
	said := room.Sentence{Code: s.Phrase, Args: s.args()}
	if said.Sanitize() != nil {
		return "", nil
	}
	return said.Code, said.Args
}

// args returns what the sentence is filled in with.
func (s *sentence) args() (args []any) {
	for _, v := range s.Args {
		switch {
		case v.Text != nil:
			args = append(args, *v.Text)
		case v.Number != nil:
			args = append(args, int(*v.Number))
		case v.Time != nil:
			args = append(args, room.Moment(*v.Time))
		case v.Duration != nil:
			args = append(args, *v.Duration)
		default:
			args = append(args, "")
		}
	}
	return args
}
