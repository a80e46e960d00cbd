package cli

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// CompletedLine returns the command line that a shell wants to have completed, up to the cursor:
// bash's complete -C runs the program with COMP_LINE and COMP_POINT. ok is false if no shell asks.
func CompletedLine() (line string, ok bool) {
	line = os.Getenv("COMP_LINE")
	if cursor, err := strconv.Atoi(os.Getenv("COMP_POINT")); err == nil && cursor >= 0 && cursor < len(line) {
		line = line[:cursor]
	}
	return line, os.Getenv("COMP_LINE") != ""
}

// Complete returns what the last word of a command line may become: a flag, a flag's value, a
// command or its argument. The line begins with the program's name. There is nothing for what can
// have any value.
func Complete(app *kong.Application, line string) []string {
	words := strings.Fields(line)
	if last, _ := utf8.DecodeLastRuneInString(line); last == ' ' || last == '\t' {
		words = append(words, "")
	}
	if len(words) < 2 {
		return nil // the program's own name
	}
	before, typed := words[1:len(words)-1], words[len(words)-1]
	if flag, value, ok := strings.Cut(typed, "="); ok { // bash asks only for what follows the =
		before, typed = append(before, flag), value
	}
	return slices.DeleteFunc(candidates(app, before, typed), func(c string) bool {
		return c == "" || !strings.HasPrefix(c, typed)
	})
}

// candidates returns what may follow the words before, if it is typed like this.
func candidates(app *kong.Application, before []string, typed string) []string {
	var (
		command  *kong.Node
		args     int        // of the command
		awaiting *kong.Flag // the flag whose value comes next
	)
	for _, word := range before {
		switch {
		case awaiting != nil:
			awaiting = nil
		case strings.HasPrefix(word, "-"):
			awaiting = flagWithValue(app, word)
		case command == nil:
			command = commandNamed(app, word)
		default:
			args++
		}
	}
	switch {
	case awaiting != nil:
		return awaiting.EnumSlice()
	case strings.HasPrefix(typed, "-"):
		return flagNames(app)
	case command == nil:
		return commandNames(app)
	case args < len(command.Positional):
		return command.Positional[args].EnumSlice()
	}
	return nil
}

func flagNames(app *kong.Application) (names []string) {
	for _, flag := range app.Flags {
		names = append(names, "--"+flag.Name)
	}
	return names
}

func commandNames(app *kong.Application) (names []string) {
	for _, command := range app.Children {
		names = append(names, command.Name)
	}
	return names
}

// flagWithValue returns the flag that a word names if its value is the next word, and nil
// otherwise.
func flagWithValue(app *kong.Application, word string) *kong.Flag {
	i := slices.IndexFunc(app.Flags, func(f *kong.Flag) bool { return "--"+f.Name == word && !f.IsBool() })
	if i < 0 {
		return nil
	}
	return app.Flags[i]
}

// commandNamed returns the command with this name, or nil.
func commandNamed(app *kong.Application, name string) *kong.Node {
	i := slices.IndexFunc(app.Children, func(n *kong.Node) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return app.Children[i]
}
