package room

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// Line does what a line asks for that u typed: a command in one of the forms
// that its door takes, or else something to say. It may have several lines, of which
// the first tells what it is. Answers and refusals come
// back by way of [User.Take]. It reports whether the line was something to say and was
// refused: the door may hand it back to be edited. A refused command is not handed
// back, since whoever types on would add to it; nor is what u was asked about, which
// is said when it is entered again. An empty line is nothing. Where lines come faster
// than the [Limits] allow it waits. Only the reader goroutine may call it.
func (u *User) Line(line string, forms Form) (unsaid bool) {
	if line == "" {
		return false
	}
	u.types(line)
	answer, err := u.do(line, forms)
	late := u.settle()
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		u.Answer(refusal.Event())
	case err == nil && answer != nil:
		u.Answer(answer)
	}
	if late != "" {
		u.Answer(notice(late))
	}
	return refusal != nil && u.slipped == "" && !u.isCommandLine(line, forms)
}

// isCommandLine reports whether a line is a command in one of some forms, known or not.
func (u *User) isCommandLine(line string, forms Form) bool {
	if forms&Piped != 0 {
		if _, _, ok := u.house.piped(line); ok {
			return true
		}
	}
	s, ok := u.slashed(line)
	return ok && forms&Slashed != 0 && s.text == ""
}

func (u *User) do(line string, forms Form) (*Event, error) {
	if err := u.slowDown(); err != nil {
		return nil, err
	}
	if forms&Piped != 0 {
		if c, args, ok := u.house.piped(line); ok {
			return u.runPiped(c, args)
		}
	}
	s, ok := u.slashed(line)
	switch {
	case ok && forms&Slashed != 0 && s.text == "":
		return u.runSlashed(s.name, s.args)
	case ok && forms&Slashed != 0:
		line = s.text
	case ok && forms&Piped != 0 && u.isPrivate(s.name): // it is written otherwise there
		return nil, refuse(TellFormat)
	}
	if e, err := u.slip(line); e != nil || err != nil {
		return e, err
	}
	return u.speak(line)
}

func (u *User) runPiped(c *Command, rest string) (*Event, error) {
	args := cutBars(rest, len(c.Params))
	if len(args) < len(c.Params) || len(c.Params) > 1 && args[0] == "" { // all, or it would mean something else
		return nil, refuse(TellFormat)
	}
	return u.run(c, args, false)
}

// run does a command, if u is still here and may.
func (u *User) run(c *Command, args []string, sure bool) (*Event, error) {
	if reason := u.Reason(); reason != "" {
		return nil, reason
	}
	if c.Operator && !u.isOperator() {
		return nil, refuse(OperatorsOnly)
	}
	before := u.house.wrote.Load()
	args = u.spelledArgs(c, args)
	answer, err := u.reading(c.looks, func() (*Event, error) {
		if c.final != nil {
			return c.final(u, args, sure)
		}
		return c.run(u, args)
	})
	if err == nil { // a refusal is no promise: nothing is waited for
		u.rows = rowSpan{before, u.house.wrote.Load()}
	}
	return answer, err
}

func (u *User) runSlashed(name, rest string) (*Event, error) {
	c := u.house.command(name, Slashed)
	if c == nil {
		if e, err := u.askBot(name, rest); e != nil || err != nil {
			return e, err
		}
		return nil, u.unknown(name, Slashed)
	}
	rest, sure := c.agreement(rest)
	args := u.split(rest, c.Params)
	if len(args) < c.Least || len(args) > len(c.Params) { // more, where a name stands between quotes
		return nil, refuse(Usage, c.Usage(Slashed))
	}
	return u.run(c, args, sure)
}

// split cuts the rest of a line into parameters, of which the last takes all
// that is left. Names may have spaces in them: a name that is followed by a
// text is as many words as are somebody's name; and each may stand between quotes.
func (u *User) split(rest string, params []string) []string {
	if len(params) == 0 || rest == "" {
		return nil
	}
	named := isNamed(params[0])
	if name, after, ok := unquote(rest); ok && named {
		return nonEmpty(name, after)
	}
	if len(params) == 1 {
		return []string{rest}
	}
	first, _, _ := strings.Cut(rest, "\n") // no name goes on in the next line
	words := strings.Fields(first)
	if !named {
		last := after(rest, 1)
		if name, _, ok := unquote(last); ok && isNamed(params[1]) {
			last = name
		}
		return nonEmpty(words[0], last)
	}
	most := 1
	for length := len(words[0]); most < len(words) && length <= maxNameBytes; most++ {
		length += 1 + len(words[most])
	}
	for i := most; i > 1; i-- {
		if name := u.addressed(strings.Join(words[:i], " ")); u.house.find(name) != nil {
			return nonEmpty(name, after(rest, i))
		}
	}
	// There is no space after a wide colon.
	if name, text, ok := strings.Cut(rest, "："); ok && u.house.find(words[0]) == nil && u.house.find(u.addressed(name)) != nil {
		return nonEmpty(name, strings.TrimSpace(text))
	}
	return nonEmpty(words[0], after(rest, 1))
}

// isNamed reports whether a parameter is, or may be, somebody's name or a room's.
func isNamed(param string) bool {
	return strings.Contains(param, "NAME") || strings.Contains(param, "ROOM")
}

// after returns what follows the first n words of s.
func after(s string, n int) string {
	for range n {
		_, s = word(strings.TrimSpace(s))
	}
	return s
}

// word cuts off what s begins with, up to a space or the end of a line.
func word(s string) (first, rest string) {
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}

func nonEmpty(name, text string) []string {
	if text == "" {
		return []string{name}
	}
	return []string{name, text}
}

// Do runs the command that words ask for in the Exec form: the name and the
// parameters, of which the last may be many words. The name may be that of a bot's
// command, too. The event, if any, is the
// answer. The error is a [*Refusal] or a [Reason]. What it has changed is stored when it
// returns, or the answer says that it is not.
func (u *User) Do(words []string) (*Event, error) {
	answer, err := u.doWords(words)
	if late := u.settle(); late != "" {
		answer = answer.notStored(Sentence{late, nil})
	}
	return answer, err
}

// notStored returns an answer, or none, with the sentence that what it tells of is not
// stored.
func (e *Event) notStored(late Sentence) *Event {
	switch {
	case e == nil:
		return notice(late.Phrase)
	case e.Kind == Noticed:
		e, _ = answer([]Sentence{{e.Phrase, e.Args}, late})
	case e.Kind == Answered:
		e, _ = answer(append(slices.Clip(e.Lines), late))
	}
	return e
}

func (u *User) doWords(words []string) (*Event, error) {
	if err := u.slowDown(); err != nil {
		return nil, err
	}
	name := spelled(words[0])
	c := u.house.command(name, Exec)
	if c == nil {
		if e, err := u.askBot(name, strings.Join(words[1:], " ")); e != nil || err != nil {
			return e, err
		}
		return nil, u.unknown(name, Exec)
	}
	args, sure := slices.Clone(words[1:]), false
	if n := len(c.Params); n > 0 && len(args) > n {
		text := strings.Join(args[n-1:], " ")
		args = append(args[:n-1], strings.ReplaceAll(text, " \n", "\n")) // a word may begin a line
	}
	if n := len(args); n > 0 {
		args[n-1], sure = c.agreement(args[n-1])
	}
	if len(args) < c.Least || len(args) > len(c.Params) {
		return nil, refuse(Usage, c.Usage(Exec))
	}
	return u.run(c, args, sure)
}
