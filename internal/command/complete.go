package command

import (
	"slices"
	"strings"

	"teahouse/internal/accounts"
	"teahouse/internal/text"
	"teahouse/room"
)

// CompleteName returns, in order, the names of online users that begin with what was typed, in any
// case. Any goroutine may call it.
func (s *Runner) CompleteName(typed string) []string {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	return sortedCompletions(st.Online.Sorted.WithPrefix(typed, s.User))
}

// CompleteRoom is like CompleteName for the names of rooms that s may enter.
func (s *Runner) CompleteRoom(typed string) []string {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	var names []string
	for _, r := range st.Rooms.ByKey {
		if text.HasPrefixFold(r.Name, typed) && st.Rooms.MayEnter(s.Session, r) == nil {
			names = append(names, r.Name)
		}
	}
	return sortedCompletions(names)
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
		names = append(names, botCommandNames(s.hub, typed)...)
	}
	return sortedCompletions(names)
}

// CommandParam returns what the n-th word after a command stands for, as in the command's usage. It
// is "" if there is no such parameter, and for a name that nobody has yet or that is s's own. A
// bot's command takes a text.
func (s *Runner) CommandParam(command string, n int) string {
	c := find(command, SlashSyntax)
	switch {
	case c == nil && slices.Contains(botCommandNames(s.hub, command), command):
		return "TEXT"
	case c == nil || len(c.Params) == 0 || c.Names[0] == "nick" || c.Names[0] == "name":
		return ""
	}
	return c.Params[min(n, len(c.Params)-1)]
}

// CompleteConfirmation completes confirmWord once its first letter was typed: Tab alone must not
// confirm anything.
func (s *Runner) CompleteConfirmation(command, typed string) string {
	if c := find(command, SlashSyntax); c == nil || c.runConfirmed == nil || typed == "" || !text.HasPrefixFold(confirmWord, typed) {
		return ""
	}
	return confirmWord
}

// CompleteHelp is like CompleteName for what may follow help: commands and groups of commands.
func (s *Runner) CompleteHelp(typed string) []string {
	names := s.CompleteCommand(typed, SlashSyntax)
	for _, group := range helpGroups() {
		if text.HasPrefixFold(group, typed) && !slices.Contains(names, group) { // "rooms" is both
			names = append(names, group)
		}
	}
	return sortedCompletions(names)
}

// CompleteSetting is like [Session.CompleteName] for the names of settings.
func CompleteSetting(typed string) (names []string) {
	for _, sp := range accounts.SettingSpecs() {
		if text.HasPrefixFold(sp.Name, typed) {
			names = append(names, sp.Name)
		}
	}
	return sortedCompletions(names)
}

// CompleteSettingValue is like [Session.CompleteName] for the values of a setting. It offers only a
// few of the many time zones, and nothing if there is no such setting.
func CompleteSettingValue(name, typed string) (values []string) {
	sp := accounts.FindSetting(strings.ToLower(name))
	if sp == nil {
		return nil
	}
	for value := range strings.SplitSeq(sp.Values, "|") {
		if text.HasPrefixFold(value, typed) && value != "..." {
			values = append(values, value)
		}
	}
	return sortedCompletions(values)
}

func sortedCompletions(names []string) []string {
	slices.Sort(names)
	return names[:min(len(names), room.MaxCompletions)]
}
