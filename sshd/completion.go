package sshd

import (
	"slices"
	"strings"

	"github.com/kyokomi/emoji/v2"

	"teahouse/internal/command"
)

// maxEmoji is the maximum number of emoji offered for a prefix.
const maxEmoji = 24

// completeLine returns the completions for line[from:at], where at is the cursor: commands,
// their arguments, rooms, emoji by name, or users' names.
func completeLine(u *command.Runner, line string, at int) (from int, options []string) {
	from = strings.LastIndexAny(line[:at], " \n") + 1
	word := line[from:at]
	if name, rest, ok := splitSlashCommand(line[:at]); ok {
		if from, options, ok := completeArgument(u, name, rest); ok {
			return at - from, options
		}
	}
	switch {
	case from == 0 && strings.HasPrefix(word, "/"):
		return from, affix("/", u.CompleteCommand(word[1:], command.SlashSyntax), " ")
	case strings.HasPrefix(word, "#"):
		return from, affix("#", u.CompleteRoom(word[1:]), " ")
	case strings.HasPrefix(word, ":") && len(word) > 1:
		return from, completeEmoji(word)
	case word == "" && from == 0:
		return from, nil
	case strings.HasPrefix(word, "@"):
		return from, affix("@", u.CompleteName(word[1:]), " ")
	case from == 0:
		return from, affix("", u.CompleteName(word), ": ")
	}
	return from, affix("", u.CompleteName(word), " ")
}

// splitSlashCommand splits a line up to the cursor into a command's name and the rest. It
// returns false if the line is not a command, or the cursor is still in the name.
func splitSlashCommand(line string) (name, rest string, ok bool) {
	if name, rest, ok = strings.Cut(line, " "); !ok || len(name) < 2 || name[0] != '/' || name[1] == '/' {
		return "", "", false
	}
	return name[1:], strings.TrimLeft(rest, " "), true
}

// completeArgument returns the completions for the last typed bytes of rest, the arguments of a
// command. It returns false if they are free text, as in a message.
func completeArgument(u *command.Runner, name, rest string) (typed int, options []string, ok bool) {
	typed, options, ok = completeWithoutConfirmation(u, name, rest)
	if last := strings.LastIndex(rest, " ") + 1; len(options) == 0 && last > 0 {
		if agreed := u.CompleteConfirmation(name, rest[last:]); agreed != "" {
			return len(rest) - last, []string{agreed + " "}, true
		}
	}
	return typed, options, ok
}

// completeWithoutConfirmation is completeArgument without the word that confirms a command.
func completeWithoutConfirmation(u *command.Runner, name, rest string) (typed int, options []string, ok bool) {
	words := strings.Split(rest, " ")
	word := words[len(words)-1]
	if options, ok := u.CompleteParam(name, words); ok {
		return len(word), affix("", options, " "), true
	}
	switch takes := u.CommandParam(name, len(words)-1); {
	case strings.Contains(takes, "TEXT"):
		if people := u.CompleteName(rest); strings.Contains(u.CommandParam(name, 0), "NAME") && len(people) > 0 {
			return len(rest), affix("", people, " "), true // a name of several words
		}
		return 0, nil, false
	case strings.Contains(takes, "ROOM"):
		return len(word), affix("#", u.CompleteRoom(strings.TrimPrefix(word, "#")), " "), true
	case strings.Contains(takes, "NAME"):
		return len(rest), affix("", u.CompleteName(strings.TrimPrefix(rest, "@")), " "), true
	}
	return 0, nil, true
}

func affix(before string, words []string, after string) []string {
	for i := range words {
		words[i] = before + words[i] + after
	}
	return words
}

// completeEmoji returns the emoji whose names, such as :tea:, begin with typed, shortest name
// first.
func completeEmoji(typed string) []string {
	var names []string
	for name := range emoji.CodeMap() {
		if strings.HasPrefix(name, typed) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	var options []string
	for _, name := range names {
		picture := strings.TrimSpace(emoji.CodeMap()[name])
		if len(options) < maxEmoji && !slices.Contains(options, picture) {
			options = append(options, picture)
		}
	}
	return options
}
