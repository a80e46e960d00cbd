package command

import (
	"strings"
	"unicode"

	"teahouse/internal/reply"
	"teahouse/room"
)

// A Syntax is a set of ways to write commands. Each door accepts those that its users know.
type Syntax uint8

// The ways to write commands.
const (
	PipeSyntax  Syntax = 1 << iota // who, rename|NEW, to|NAME|TEXT: the syntax of the original chat
	SlashSyntax                    // /who, /nick NEW, /msg NAME TEXT
	ExecSyntax                     // ssh host who, ssh host to NAME TEXT
)

// A Visibility says whether others can read what somebody types after a command. Each command has
// one.
type Visibility uint8

// What others read of what is typed after a command.
const (
	NotVisible      Visibility = iota + 1 // nothing
	Visible                               // some of it: the command asks [Session.MaySpeak]
	OperatorVisible                       // some of it, but only operators may use the command, and they are never muted
)

// A Command is something that users can ask for. The one table of commands serves typed lines, exec
// requests and help.
type Command struct {
	Names      []string   // help shows the first; the others work too
	PipeName   string     // the name in PipeSyntax, if it differs
	Params     []string   // names of the parameters; the last takes the rest of the line
	MinParams  int        // how many parameters are required
	Syntaxes   Syntax     // the ways in which it can be written
	Help       reply.Code // one line
	Group      string     // the group that help lists it under; "" is for what most people need
	Visibility Visibility // whether others can read what is typed after it

	Operator bool // only for operators
	Private  bool // it says something to one person; nobody else must ever read it
	Verbatim bool // its parameters are kept as they were typed

	scan room.ScanKind // how much it may have to scan; such commands wait for their turn

	// run executes the command. The reply, which may be nil, is for s alone. A command that cannot
	// be undone has runConfirmed instead: unless sure is set, it does nothing and returns a refusal
	// that says what it would do, and how to confirm it.
	run          func(u *Runner, args []string) (room.Reply, error)
	runConfirmed func(u *Runner, args []string, sure bool) (room.Reply, error)
}

// confirmWord confirms a command that cannot be undone. Users add it after reading what the command
// will do; programs add it too. No name ends in it.
const confirmWord = "yes"

// cutConfirmation cuts confirmWord off the text after a command that asks for it. It reports
// whether the word was there.
func (c *Command) cutConfirmation(rest string) (params string, sure bool) {
	params = strings.TrimRightFunc(rest, unicode.IsSpace)
	i := strings.LastIndexFunc(params, unicode.IsSpace)
	if c.runConfirmed == nil || i < 0 || !strings.EqualFold(normalizeName(params[i:]), confirmWord) {
		return rest, false
	}
	return strings.TrimRightFunc(params[:i], unicode.IsSpace), true
}

// Usage returns how to write the command in a syntax, as in "/msg NAME TEXT".
func (c *Command) Usage(form Syntax) string {
	usage := c.Names[0]
	switch {
	case form == SlashSyntax:
		usage = "/" + usage
	case c.PipeName != "": // messages use the names of the original chat
		usage = c.PipeName
	}
	for _, p := range c.Params {
		usage += " " + p
	}
	return usage
}
