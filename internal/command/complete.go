package command

import (
	"slices"

	"teahouse/internal/roster"
	"teahouse/internal/text"
)

// CompleteName returns, in order, the names of online users that begin with what was typed, in any
// case. Any goroutine may call it.
func (s *Runner) CompleteName(typed string) []string {
	st := s.Hub().Lock()
	defer st.Unlock()
	return SortCompletions(st.Online.Sorted.WithPrefix(typed, s.User))
}

// CompleteRoom is like CompleteName for the names of rooms that s may enter.
func (s *Runner) CompleteRoom(typed string) []string {
	st := s.Hub().Lock()
	defer st.Unlock()
	var names []string
	for _, r := range st.Rooms.ByID {
		if text.HasPrefixFold(r.Name, typed) && st.Rooms.MayEnter(s.Session, r) == nil {
			names = append(names, r.Name)
		}
	}
	return SortCompletions(names)
}

// CompleteCommand is like CompleteName for the commands that s may use in a syntax, including those
// of bots.
func (s *Runner) CompleteCommand(typed string, form Syntax) []string {
	operator := s.IsOperator()
	var names []string
	for _, c := range table {
		if c.Syntaxes&form == 0 || c.Operator && !operator {
			continue
		}
		if name := c.Names[0]; text.HasPrefixFold(name, typed) {
			names = append(names, name)
		}
	}
	if form == SlashSyntax {
		names = append(names, botCommandNames(s.Hub(), typed)...)
	}
	return SortCompletions(names)
}

// CompleteParam completes the last of the words that were typed after a command, if the command has
// its own way to complete them; otherwise ok is false, and [Runner.CommandParam] says what they are.
func (s *Runner) CompleteParam(command string, words []string) (options []string, ok bool) {
	c := Find(command, SlashSyntax)
	if c == nil || c.Complete == nil {
		return nil, false
	}
	return c.Complete(s, words), true
}

// CompleteNothing is the Complete of commands whose parameter nobody else can know, such as a name
// that nobody has yet.
func CompleteNothing(*Runner, []string) []string { return nil }

// CommandParam returns what the n-th word after a command stands for, as in the command's usage, or
// "" if there is no such parameter. A bot's command takes a text.
func (s *Runner) CommandParam(command string, n int) string {
	c := Find(command, SlashSyntax)
	switch {
	case c == nil && isBotCommand(s.Hub(), command):
		return "TEXT"
	case c == nil || len(c.Params) == 0:
		return ""
	}
	return c.Params[min(n, len(c.Params)-1)]
}

// CompleteConfirmation completes confirmWord once its first letter was typed: Tab alone must not
// confirm anything.
func (s *Runner) CompleteConfirmation(command, typed string) string {
	if c := Find(command, SlashSyntax); c == nil || c.RunConfirmed == nil || typed == "" || !text.HasPrefixFold(confirmWord, typed) {
		return ""
	}
	return confirmWord
}

// SortCompletions returns completions in order, and not more than a terminal can show.
func SortCompletions(names []string) []string {
	slices.Sort(names)
	return names[:min(len(names), roster.MaxCompletions)]
}
