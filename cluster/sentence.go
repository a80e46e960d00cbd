package cluster

import (
	"fmt"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
)

// maxPhraseBytes is more than any English sentence has.
const maxPhraseBytes = 1000

// A sentence is a sentence of the server on its way to another node, to be shown in its reader's
// language. Nodes go by the code.
type sentence struct {
	Code reply.Code `json:"code,omitempty"`
	Args []argument `json:"args,omitempty"`

	// Phrase is the English format. Nodes from before there were codes send and read nothing else;
	// a node that does not know the code shows it as text.
	Phrase string `json:"phrase,omitempty"`
}

// An argument is an argument of a sentence; one of its fields is set.
type argument struct {
	Text     *string        `json:"text,omitempty"`
	Number   *int64         `json:"number,omitempty"`
	Time     *time.Time     `json:"time,omitempty"`
	Duration *time.Duration `json:"duration,omitempty"`
}

func newSentence(code reply.Code, args []any) *sentence {
	s := &sentence{Code: code, Phrase: i18n.English(string(code))}
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

// decode returns the sentence with a code of this version. A sentence from another version may be
// known only by its English text, or not at all.
func (s *sentence) decode() reply.Sentence {
	args := s.args()
	if s.Code == "" && s.Phrase == "" { // a bot's command has only arguments
		return reply.Sentence{Args: args}
	}
	code := string(s.Code)
	if i18n.English(code) == "" {
		code = i18n.CodeOf(s.Phrase)
	}
	switch {
	case code != "":
		return reply.Sentence{Code: reply.Code(code), Args: args}
	case s.Phrase == "", len(s.Phrase) > maxPhraseBytes, reply.CheckFormat(s.Phrase, args) != nil:
		return reply.Sentence{}
	}
	return reply.Say(reply.PlainText, fmt.Sprintf(s.Phrase, args...))
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
