package command

import (
	"strings"
	"unicode"

	"teahouse/internal/i18n"
	"teahouse/internal/ratelimit"
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

	Anywhere = SlashSyntax | ExecSyntax // at a terminal, and after ssh host
)

// A Visibility says whether others can read what somebody types after a command. Each command has
// one.
type Visibility uint8

// What others read of what is typed after a command.
const (
	NotVisible      Visibility = iota + 1 // nothing
	Visible                               // some of it: the command asks [room.Session.MaySpeak]
	OperatorVisible                       // some of it, but only operators may use the command, and they are never muted
)

// A Command is something that users can ask for. The file named after it registers it; typed lines,
// exec requests, completion and help all go by what is here.
type Command struct {
	Names      []string   // help shows the first; the others work too
	PipeName   string     // the name in PipeSyntax; "" if it has none
	Params     []string   // names of the parameters; the last takes the rest of the line
	MinParams  int        // how many parameters are required
	Syntaxes   Syntax     // the ways in which it can be written
	Visibility Visibility // whether others can read what is typed after it
	Group      string     // the group that help lists it under; "" is for what most people need

	Operator bool               // only for operators
	Private  bool               // it says something to one person; nobody else must ever read it
	Verbatim bool               // its parameters are kept as they were typed
	Scan     ratelimit.ScanKind // how much it may have to scan; such commands wait for their turn

	Help            i18n.Words // what it does, for a list of commands
	Explanation     i18n.Words // what /help NAME says about it
	ExecExplanation i18n.Words // the same, if it works differently as ssh HOST COMMAND
	Example         string     // one use, without the slash

	// Complete completes the last of the words that were typed after the command. Without it, the
	// names of the parameters say what is completed: NAME, ROOM, or nothing.
	Complete func(s *Runner, words []string) []string

	// Run executes the command. The reply, which may be nil, is for s alone. A command that cannot
	// be undone has RunConfirmed instead: unless sure is set, it does nothing and returns a refusal
	// that says what it would do, and how to confirm it.
	Run          func(s *Runner, args []string) (room.Reply, error)
	RunConfirmed func(s *Runner, args []string, sure bool) (room.Reply, error)
}

func (c *Command) helpCode() reply.Code            { return reply.Code("help-" + c.Names[0]) }
func (c *Command) explanationCode() reply.Code     { return reply.Code("explain-" + c.Names[0]) }
func (c *Command) execExplanationCode() reply.Code { return reply.Code("help-" + c.Names[0] + "-exec") }

// HelpSentence returns the line of the command in a list of commands.
func (c *Command) HelpSentence() reply.Sentence { return reply.Say(c.helpCode()) }

// ExplanationSentence returns what the command does, for somebody who writes it in a syntax.
func (c *Command) ExplanationSentence(form Syntax) reply.Sentence {
	if form == ExecSyntax && c.ExecExplanation != (i18n.Words{}) {
		return reply.Say(c.execExplanationCode())
	}
	return reply.Say(c.explanationCode())
}

// confirmWord confirms a command that cannot be undone. Users add it after reading what the command
// will do; programs add it too. No name ends in it.
const confirmWord = "yes"

// cutConfirmation cuts confirmWord off the text after a command that asks for it. It reports
// whether the word was there.
func (c *Command) cutConfirmation(rest string) (params string, sure bool) {
	params = strings.TrimRightFunc(rest, unicode.IsSpace)
	i := strings.LastIndexFunc(params, unicode.IsSpace)
	if c.RunConfirmed == nil || i < 0 || !strings.EqualFold(NormalizeName(params[i:]), confirmWord) {
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
