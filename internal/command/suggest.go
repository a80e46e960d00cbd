package command

import (
	"slices"
	"strings"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// UnknownCommand returns the refusal of an unknown command. It suggests the command that was
// probably meant, or says that it needs a terminal.
func UnknownCommand(s *Runner, typed string, form Syntax) error {
	name := nearestCommand(s, typed, form)
	if form == SlashSyntax {
		if name == "" || Find(typed, ExecSyntax) != nil { // a real command is not a typo
			return reply.Refuse(reply.UnknownSlashCommand, "/"+text.Clean(typed))
		}
		return reply.Refuse(reply.UnknownSlashMeant, "/"+text.Clean(typed), "/"+name)
	}
	switch elsewhere := Find(typed, SlashSyntax) != nil; {
	case elsewhere && typed == "join":
		return reply.Refuse(reply.JoinTerminalOnly)
	case elsewhere:
		return reply.Refuse(reply.TerminalOnly, typed, typed)
	case name == "":
		return reply.Refuse(reply.UnknownCommand, text.Clean(typed))
	}
	return reply.Refuse(reply.UnknownMeant, text.Clean(typed), name)
}

const (
	// maxTypos is how many typos a suggestion may correct, as long as at least half of the name is
	// right. maxTypoLength is the length of the longest name that is examined.
	maxTypos      = 2
	maxTypoLength = 16
)

// nearestCommand returns the name of the command most like what was typed, among those that s may
// use, or "".
func nearestCommand(s *Runner, typed string, form Syntax) (name string) {
	if len(typed) > maxTypoLength {
		return ""
	}
	typed = strings.ToLower(typed)
	if name := aliasElsewhere(typed); name != "" {
		return name
	}
	word := []rune(typed)
	least := min(maxTypos, len(word)/2) + 1
	for _, n := range commandNames(s, form) {
		if d := text.EditDistance(word, []rune(n)); d < least {
			name, least = n, d
		}
	}
	return name
}

// aliasElsewhere returns the command that other chat programs call by a name, or "".
func aliasElsewhere(name string) string {
	switch name {
	case "tell", "w", "whisper", "query", "dm", "pm", "m":
		return "msg"
	case "r":
		return "reply"
	case "names", "users":
		return "who"
	case "leave":
		return "part"
	}
	return ""
}

// commandNames returns all names of the commands that s may use in a syntax, followed by those of
// bots' commands.
func commandNames(s *Runner, form Syntax) (names []string) {
	operator := s.IsOperator()
	for _, c := range table {
		if c.Syntaxes&form != 0 && (operator || !c.Operator) {
			names = append(names, c.Names...)
		}
	}
	return append(names, slices.Sorted(slices.Values(botCommandNames(s.Hub(), "")))...)
}
