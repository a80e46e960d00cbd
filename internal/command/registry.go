package command

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"teahouse/internal/i18n"
)

// table has all commands, in the order in which help lists them. Only init functions write it, by
// Register; from then on it is read only, and any goroutine may read it.
var table []*Command

// Register adds a command to those that people can use, and its words to the catalogues. Only init
// functions may call it. It panics if another command has one of the names, or if the command lacks
// something that every command has.
func Register(c *Command) {
	if (c.Run == nil) == (c.RunConfirmed == nil) || c.Visibility == 0 || c.Syntaxes == 0 || c.Example == "" {
		panic(fmt.Sprintf("command: %s is not complete", c.Names[0]))
	}
	for _, name := range c.Names {
		if Find(name, ^Syntax(0)) != nil {
			panic(fmt.Sprintf("command: two commands are called %s", name))
		}
	}
	i18n.Add(string(c.helpCode()), c.Help)
	i18n.Add(string(c.explanationCode()), c.Explanation)
	if c.ExecExplanation != (i18n.Words{}) {
		i18n.Add(string(c.execExplanationCode()), c.ExecExplanation)
	}
	at, _ := slices.BinarySearchFunc(table, c, compareInHelp)
	table = slices.Insert(table, at, c)
}

// All returns all commands, in the order in which help lists them. The caller must not change them.
func All() []*Command { return table }

// Find returns the command with a name in a syntax, or nil.
func Find(name string, form Syntax) *Command {
	for _, c := range table {
		if c.Syntaxes&form != 0 && slices.Contains(c.Names, name) {
			return c
		}
	}
	return nil
}

// compareInHelp compares the places of two commands in help.
func compareInHelp(a, b *Command) int {
	return cmp.Or(cmp.Compare(helpPlace(a), helpPlace(b)), strings.Compare(a.Names[0], b.Names[0]))
}
