package room

import (
	"slices"
	"strings"

	"teahouse/internal/accounts"
	"teahouse/internal/text"
)

// maxCompletions limits how many completions of a word are offered.
const maxCompletions = 64

// CompleteName returns, in order, the names of online users that begin with what was typed, in any
// case. Any goroutine may call it.
func (s *Session) CompleteName(typed string) []string {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	return sortedCompletions(h.online.sorted.withPrefix(typed, s.user))
}

// CompleteRoom is like CompleteName for the names of rooms that s may enter.
func (s *Session) CompleteRoom(typed string) []string {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	var names []string
	for _, r := range h.rooms {
		if text.HasPrefixFold(r.name, typed) && s.mayEnterRoomLocked(r) == nil {
			names = append(names, r.name)
		}
	}
	return sortedCompletions(names)
}

// CompleteCommand is like CompleteName for the commands that s may use in a syntax, including those
// of bots.
func (s *Session) CompleteCommand(typed string, form Syntax) []string {
	operator := s.isOperator()
	var names []string
	for _, c := range s.hub.commands {
		if c.Syntaxes&form == 0 || c.Operator && !operator {
			continue
		}
		if name := c.Names[0]; text.HasPrefixFold(name, typed) {
			names = append(names, name)
		}
	}
	if form == SlashSyntax {
		names = append(names, s.hub.botCommandNames(typed)...)
	}
	return sortedCompletions(names)
}

// CommandParam returns what the n-th word after a command stands for, as in the command's usage. It
// is "" if there is no such parameter, and for a name that nobody has yet or that is s's own. A
// bot's command takes a text.
func (s *Session) CommandParam(command string, n int) string {
	c := s.hub.command(command, SlashSyntax)
	switch {
	case c == nil && slices.Contains(s.hub.botCommandNames(command), command):
		return "TEXT"
	case c == nil || len(c.Params) == 0 || c.Names[0] == "nick" || c.Names[0] == "name":
		return ""
	}
	return c.Params[min(n, len(c.Params)-1)]
}

// CompleteConfirmation completes confirmWord once its first letter was typed: Tab alone must not
// confirm anything.
func (s *Session) CompleteConfirmation(command, typed string) string {
	if c := s.hub.command(command, SlashSyntax); c == nil || c.runConfirmed == nil || typed == "" || !text.HasPrefixFold(confirmWord, typed) {
		return ""
	}
	return confirmWord
}

// CompleteHelp is like CompleteName for what may follow help: commands and groups of commands.
func (s *Session) CompleteHelp(typed string) []string {
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

// botCommandNames returns the names of bots' commands that begin with what was typed.
func (h *Hub) botCommandNames(typed string) (names []string) {
	typed = strings.ToLower(typed)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.bots.All() {
		for _, c := range b.Commands {
			if strings.HasPrefix(c.Name, typed) { // the names are in lower case
				names = append(names, c.Name)
			}
		}
	}
	return names
}

func sortedCompletions(names []string) []string {
	slices.Sort(names)
	return names[:min(len(names), maxCompletions)]
}
