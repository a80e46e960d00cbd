package room

import (
	"errors"
	"slices"
	"strings"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// HandleLine does what a typed line asks for: a command in one of the syntaxes that the door
// accepts, or else text to say. The line may be a message of several lines, of which the first
// tells what it is. An empty line does nothing. Answers and refusals arrive through [Session.Take].
// If lines come faster than the [Limits] allow, HandleLine waits.
//
// It reports whether the line was something to say and was refused; the door may then let the user
// edit it again. Refused commands are not handed back, because the next thing that the user types
// would be added to them; nor are lines that s was asked about, which are said when they are
// entered again. Only the reader goroutine may call HandleLine.
func (s *Session) HandleLine(line string, forms Syntax) (unsaid bool) {
	if line == "" {
		return false
	}
	s.recordInput(line)
	answer, err := s.runLine(line, forms)
	late := s.waitStored()
	var refusal *reply.Refusal
	switch {
	case errors.As(err, &refusal):
		s.Answer(NewRefused(refusal))
	case err == nil && answer != nil:
		s.Answer(answer)
	}
	if late != "" {
		s.Answer(NewNotice(late))
	}
	return refusal != nil && s.questionedLine == "" && !s.isCommandLine(line, forms)
}

// isCommandLine reports whether a line is a command, known or not, in one of the syntaxes.
func (s *Session) isCommandLine(line string, forms Syntax) bool {
	if forms&PipeSyntax != 0 {
		if _, _, ok := s.hub.parsePipe(line); ok {
			return true
		}
	}
	sl, ok := s.parseSlash(line)
	return ok && forms&SlashSyntax != 0 && sl.text == ""
}

func (s *Session) runLine(line string, forms Syntax) (Reply, error) {
	if err := s.throttle(); err != nil {
		return nil, err
	}
	if forms&PipeSyntax != 0 {
		if c, args, ok := s.hub.parsePipe(line); ok {
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

func (s *Session) runPipeCommand(c *Command, rest string) (Reply, error) {
	args := splitBars(rest, len(c.Params))
	if len(args) < len(c.Params) || len(c.Params) > 1 && args[0] == "" { // with fewer parameters it would mean something else
		return nil, reply.Refuse(reply.MessageFormat)
	}
	return s.runCommand(c, args, false)
}

// runCommand runs a command, if s is still here and may use it.
func (s *Session) runCommand(c *Command, args []string, sure bool) (Reply, error) {
	if reason := s.Reason(); reason != "" {
		return nil, reason
	}
	if c.Operator && !s.isOperator() {
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	before := s.hub.lastRecord.Load()
	args = s.normalizeArgs(c, args)
	answer, err := s.runScan(c.scan, func() (Reply, error) {
		if c.runConfirmed != nil {
			return c.runConfirmed(s, args, sure)
		}
		return c.run(s, args)
	})
	if err == nil { // a refusal promises nothing that would have to be stored
		s.records = recordSpan{before, s.hub.lastRecord.Load()}
	}
	return answer, err
}

func (s *Session) runSlashCommand(name, rest string) (Reply, error) {
	c := s.hub.command(name, SlashSyntax)
	if c == nil {
		if r, err := s.sendBotCommand(name, rest); r != nil || err != nil {
			return r, err
		}
		return nil, s.unknownCommand(name, SlashSyntax)
	}
	rest, sure := c.cutConfirmation(rest)
	args := s.splitParams(rest, c.Params)
	if len(args) < c.MinParams || len(args) > len(c.Params) { // too many are possible if a name is quoted
		return nil, reply.Refuse(reply.Usage, c.Usage(SlashSyntax))
	}
	return s.runCommand(c, args, sure)
}

// splitParams splits the rest of a line into parameters; the last one takes everything that is
// left. Names may contain spaces: a name before a text takes as many words as make up a known name.
// Names may also be quoted.
func (s *Session) splitParams(rest string, params []string) []string {
	if len(params) == 0 || rest == "" {
		return nil
	}
	named := isNameParam(params[0])
	if name, after, ok := unquote(rest); ok && named {
		return nameAndText(name, after)
	}
	if len(params) == 1 {
		return []string{rest}
	}
	first, _, _ := strings.Cut(rest, "\n") // a name never continues on the next line
	words := strings.Fields(first)
	if !named {
		last := text.SkipWords(rest, 1)
		if name, _, ok := unquote(last); ok && isNameParam(params[1]) {
			last = name
		}
		return nameAndText(words[0], last)
	}
	most := 1
	for length := len(words[0]); most < len(words) && length <= names.MaxBytes; most++ {
		length += 1 + len(words[most])
	}
	for i := most; i > 1; i-- {
		if name := s.stripAddressing(strings.Join(words[:i], " ")); s.hub.findUser(name) != nil {
			return nameAndText(name, text.SkipWords(rest, i))
		}
	}
	// No space follows a full-width colon.
	if name, text, ok := strings.Cut(rest, "："); ok && s.hub.findUser(words[0]) == nil && s.hub.findUser(s.stripAddressing(name)) != nil {
		return nameAndText(name, strings.TrimSpace(text))
	}
	return nameAndText(words[0], text.SkipWords(rest, 1))
}

// isNameParam reports whether a parameter is, or may be, the name of a person or room.
func isNameParam(param string) bool {
	return strings.Contains(param, "NAME") || strings.Contains(param, "ROOM")
}

func nameAndText(name, text string) []string {
	if text == "" {
		return []string{name}
	}
	return []string{name, text}
}

// RunCommand runs a command given in ExecSyntax: the name, which may be that of a bot's command,
// and the parameters, of which the last may be many words. The reply may be nil. The error is a
// [*reply.Refusal] or a [Reason]. When RunCommand returns, the changes are stored, or the reply
// says that they are not.
func (s *Session) RunCommand(words []string) (Reply, error) {
	answer, err := s.runWords(words)
	if late := s.waitStored(); late != "" {
		answer = withStoreWarning(answer, reply.Say(late))
	}
	return answer, err
}

// withStoreWarning adds to a reply, which may be nil, a sentence saying that its changes are not
// stored.
func withStoreWarning(r Reply, late reply.Sentence) Reply {
	if r == nil {
		return NewNotice(late.Code, late.Args...)
	}
	if text, ok := r.(TextReply); ok {
		return &WithWarning{Reply: text, Warning: late}
	}
	return r
}

func (s *Session) runWords(words []string) (Reply, error) {
	if err := s.throttle(); err != nil {
		return nil, err
	}
	name := normalizeName(words[0])
	c := s.hub.command(name, ExecSyntax)
	if c == nil {
		if r, err := s.sendBotCommand(name, strings.Join(words[1:], " ")); r != nil || err != nil {
			return r, err
		}
		return nil, s.unknownCommand(name, ExecSyntax)
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
	return s.runCommand(c, args, sure)
}
