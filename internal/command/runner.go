package command

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"teahouse/internal/reply"
	"teahouse/room"
)

// A Runner does what a session types. The reader goroutine uses it, unless a method says otherwise.
type Runner struct {
	*room.Session
	results        searchResults          // of /history or /search
	questionedLine string                 // the line that the user was asked about
	recipient      atomic.Pointer[string] // the one person that the user talks to, or nil
}

// NewRunner returns a Runner for a session.
func NewRunner(s *room.Session) *Runner { return &Runner{Session: s} }

// HandleLine does what a typed line asks for: a command in one of the syntaxes that the door
// accepts, or else text to say. The line may be a message of several lines, of which the first
// tells what it is. An empty line does nothing. Answers and refusals arrive through
// [room.Session.Take]. If lines come faster than the [room.Limits] allow, HandleLine waits.
//
// It reports whether the line was something to say and was refused; the door may then let the user
// edit it again. Refused commands are not handed back, because the next thing that the user types
// would be added to them; nor are lines that s was asked about, which are said when they are
// entered again. Only the reader goroutine may call HandleLine.
func (s *Runner) HandleLine(line string, forms Syntax) (unsaid bool) {
	if line == "" {
		return false
	}
	room.RecordInput(s.Session, line)
	answer, err := s.runLine(line, forms)
	late := s.WaitStored()
	var refusal *reply.Refusal
	switch {
	case errors.As(err, &refusal):
		s.Answer(room.NewRefused(refusal))
	case err == nil && answer != nil:
		s.Answer(answer)
	}
	if late != "" {
		s.Answer(room.NewNotice(late))
	}
	return refusal != nil && s.questionedLine == "" && !s.isCommandLine(line, forms)
}

// isCommandLine reports whether a line is a command, known or not, in one of the syntaxes.
func (s *Runner) isCommandLine(line string, forms Syntax) bool {
	if forms&PipeSyntax != 0 {
		if _, _, ok := parsePipe(line); ok {
			return true
		}
	}
	sl, ok := s.parseSlash(line)
	return ok && forms&SlashSyntax != 0 && sl.text == ""
}

func (s *Runner) runLine(line string, forms Syntax) (room.Reply, error) {
	if err := s.Throttle(); err != nil {
		return nil, err
	}
	if forms&PipeSyntax != 0 {
		if c, args, ok := parsePipe(line); ok {
			return s.runPipeCommand(c, args)
		}
	}
	sl, ok := s.parseSlash(line)
	switch {
	case ok && forms&SlashSyntax != 0 && sl.text == "":
		return s.runSlashCommand(sl.name, sl.args)
	case ok && forms&SlashSyntax != 0:
		line = sl.text
	case ok && forms&PipeSyntax != 0 && s.isPrivateCommand(sl.name): // PipeSyntax writes it differently
		return nil, reply.Refuse(reply.MessageFormat)
	}
	if r, err := s.checkMistake(line); r != nil || err != nil {
		return r, err
	}
	return s.sayOrSend(line)
}

func (s *Runner) runPipeCommand(c *Command, rest string) (room.Reply, error) {
	args := splitBars(rest, len(c.Params))
	if len(args) < len(c.Params) || len(c.Params) > 1 && args[0] == "" { // with fewer parameters it would mean something else
		return nil, reply.Refuse(reply.MessageFormat)
	}
	return s.run(c, args, false)
}

// run runs a command, if s is still here and may use it.
func (s *Runner) run(c *Command, args []string, sure bool) (room.Reply, error) {
	if reason := s.Reason(); reason != "" {
		return nil, reason
	}
	if c.Operator && !s.IsOperator() {
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	args = s.normalizeArgs(c, args)
	return s.scan(c.Scan, func() (answer room.Reply, err error) {
		err = s.Write(func() error {
			if c.RunConfirmed != nil {
				answer, err = c.RunConfirmed(s, args, sure)
			} else {
				answer, err = c.Run(s, args)
			}
			return err
		})
		return answer, err
	})
}

func (s *Runner) runSlashCommand(name, rest string) (room.Reply, error) {
	c := Find(name, SlashSyntax)
	if c == nil {
		if r, err := callBot(s, name, rest); r != nil || err != nil {
			return r, err
		}
		return nil, UnknownCommand(s, name, SlashSyntax)
	}
	rest, sure := c.cutConfirmation(rest)
	args := s.splitParams(rest, c.Params)
	if len(args) < c.MinParams || len(args) > len(c.Params) { // too many are possible if a name is quoted
		return nil, reply.Refuse(reply.Usage, c.Usage(SlashSyntax))
	}
	return s.run(c, args, sure)
}

// RunCommand runs a command given in ExecSyntax: the name, which may be that of a bot's command,
// and the parameters, of which the last may be many words. The reply may be nil. The error is a
// [*reply.Refusal] or a [room.Reason]. When RunCommand returns, the changes are stored, or the reply
// says that they are not.
func (s *Runner) RunCommand(words []string) (room.Reply, error) {
	answer, err := s.runWords(words)
	if late := s.WaitStored(); late != "" {
		answer = withStoreWarning(answer, reply.Say(late))
	}
	return answer, err
}

func (s *Runner) runWords(words []string) (room.Reply, error) {
	if err := s.Throttle(); err != nil {
		return nil, err
	}
	name := NormalizeName(words[0])
	c := Find(name, ExecSyntax)
	if c == nil {
		if r, err := callBot(s, name, strings.Join(words[1:], " ")); r != nil || err != nil {
			return r, err
		}
		return nil, UnknownCommand(s, name, ExecSyntax)
	}
	args, sure := slices.Clone(words[1:]), false
	if n := len(c.Params); n > 0 && len(args) > n {
		text := strings.Join(args[n-1:], " ")
		args = append(args[:n-1], strings.ReplaceAll(text, " \n", "\n")) // a word may start a new line
	}
	if n := len(args); n > 0 {
		args[n-1], sure = c.cutConfirmation(args[n-1])
	}
	if len(args) < c.MinParams || len(args) > len(c.Params) {
		return nil, reply.Refuse(reply.Usage, c.Usage(ExecSyntax))
	}
	return s.run(c, args, sure)
}
