package cluster

import (
	"fmt"
	"strings"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
)

// A sentence is a sentence of the server on its way to another node, which has the words for its
// code in the reader's language.
type sentence struct {
	Code reply.Code `json:"code,omitempty"`
	Args []argument `json:"args,omitempty"`
}

// An argument is an argument of a sentence; one of its fields is set.
type argument struct {
	Text     *string        `json:"text,omitempty"`
	Number   *int64         `json:"number,omitempty"`
	Time     *time.Time     `json:"time,omitempty"`
	Duration *time.Duration `json:"duration,omitempty"`
}

func newSentence(code reply.Code, args []any) *sentence {
	s := &sentence{Code: code}
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
	case reply.Moment:
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

// sanitize returns the sentence, checked and cleaned whoever sent it, or "" if it is not valid.
func (s *sentence) sanitize() (reply.Code, []any) {
	said := s.decode()
	if event.SanitizeSentence(&said) != nil {
		return "", nil
	}
	return said.Code, said.Args
}

// decode returns the sentence. One whose code this version does not know becomes
// [reply.OtherVersion], with the code and the arguments as its text.
func (s *sentence) decode() reply.Sentence {
	args := s.args()
	if s.Code == "" || i18n.English(string(s.Code)) != "" { // a bot's command has only arguments
		return reply.Sentence{Code: s.Code, Args: args}
	}
	return reply.Say(reply.OtherVersion, describe(s.Code, args))
}

// describe returns a code and its arguments as text, as in "topic-set (ada, tea)".
func describe(code reply.Code, args []any) string {
	if len(args) == 0 {
		return string(code)
	}
	values := make([]string, len(args))
	for i, arg := range args {
		values[i] = fmt.Sprint(arg)
	}
	return fmt.Sprintf("%s (%s)", code, strings.Join(values, ", "))
}

// args returns the sentence's arguments.
func (s *sentence) args() (args []any) {
	for _, v := range s.Args {
		switch {
		case v.Text != nil:
			args = append(args, *v.Text)
		case v.Number != nil:
			args = append(args, int(*v.Number))
		case v.Time != nil:
			args = append(args, reply.Moment(*v.Time))
		case v.Duration != nil:
			args = append(args, *v.Duration)
		default:
			args = append(args, "")
		}
	}
	return args
}
