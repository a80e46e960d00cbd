package room

import (
	"slices"
	"time"
)

// A Form is a way of writing commands. A door takes the forms that its people
// know, any number of them.
type Form uint8

// The forms of commands.
const (
	Piped   Form = 1 << iota // who, rename|NEW, to|NAME|TEXT: those of the original chat
	Slashed                  // /who, /nick NEW, /msg NAME TEXT
	Exec                     // ssh host who, ssh host to NAME TEXT
)

// A Command is something that users can ask for. The one table of
// them is what typed lines, exec requests and help read.
type Command struct {
	Names  []string // the first is the one that help shows; the others work too
	Piped  string   // the name in the Piped form, where it has one
	Params []string // names of the parameters; the last takes the rest of the line
	Least  int      // how many parameters must be given
	Forms  Form     // where it can be used
	Help   Phrase   // one line

	// run does it. The event, if any, is the answer, for the user alone.
	run func(u *User, args []string) (*Event, error)
}

// What help says of each command.
const (
	HelpWho     Phrase = "who is here"
	HelpSay     Phrase = "say something to the room"
	HelpMsg     Phrase = "say something to one person, in private"
	HelpNick    Phrase = "take another name"
	HelpHistory Phrase = "what was said before"
	HelpSearch  Phrase = "lines with these words in them"
	HelpMore    Phrase = "more of what was found"
	HelpForget  Phrase = "have what you said removed from what is kept"
	HelpExport  Phrase = "all that is kept of you, as JSON lines"
	HelpHelp    Phrase = "this list"
	HelpQuit    Phrase = "leave"
)

// commands returns the table, in the order of help.
func commands() []*Command {
	return []*Command{
		{Names: []string{"who"}, Piped: "who", Forms: Piped | Slashed | Exec, Help: HelpWho, run: runWho},
		{Names: []string{"say"}, Params: []string{"TEXT"}, Least: 1, Forms: Slashed | Exec, Help: HelpSay, run: runSay},
		{Names: []string{"msg", "to"}, Piped: "to", Params: []string{"NAME", "TEXT"}, Least: 2, Forms: Piped | Slashed | Exec, Help: HelpMsg, run: runTell},
		{Names: []string{"nick", "rename"}, Piped: "rename", Params: []string{"NAME"}, Least: 1, Forms: Piped | Slashed, Help: HelpNick, run: runRename},
		{Names: []string{"history"}, Params: []string{"[N|since TIME|NAME]"}, Forms: Slashed | Exec, Help: HelpHistory, run: runHistory},
		{Names: []string{"search"}, Params: []string{"WORDS"}, Least: 1, Forms: Slashed | Exec, Help: HelpSearch, run: runSearch},
		{Names: []string{"more"}, Forms: Slashed, Help: HelpMore, run: runMore},
		{Names: []string{"forget"}, Params: []string{"me"}, Least: 1, Forms: Slashed | Exec, Help: HelpForget, run: runForget},
		{Names: []string{"export"}, Forms: Exec, Help: HelpExport, run: runExport},
		{Names: []string{"help"}, Forms: Slashed | Exec, Help: HelpHelp, run: runHelp},
		{Names: []string{"quit", "exit"}, Forms: Slashed, Help: HelpQuit, run: runQuit},
	}
}

// command returns the command of that name in one form, or nil.
func (h *House) command(name string, form Form) *Command {
	for _, c := range h.commands {
		if c.Forms&form != 0 && slices.Contains(c.Names, name) {
			return c
		}
	}
	return nil
}

// Usage returns how the command is written in a form, as in "/msg NAME TEXT".
func (c *Command) Usage(form Form) string {
	usage := c.Names[0]
	switch {
	case form == Slashed:
		usage = "/" + usage
	case c.Piped != "": // commands go by the original names
		usage = c.Piped
	}
	for _, p := range c.Params {
		usage += " " + p
	}
	return usage
}

func runWho(u *User, _ []string) (*Event, error) {
	return &Event{Time: time.Now(), Kind: Listed, Online: u.house.who(u.room)}, nil
}

func runSay(u *User, args []string) (*Event, error) {
	return nil, u.Say(args[0])
}

func runTell(u *User, args []string) (*Event, error) {
	return u.Tell(args[0], args[1])
}

func runRename(u *User, args []string) (*Event, error) {
	return u.Rename(args[0])
}

func runHistory(u *User, args []string) (*Event, error) {
	if len(args) == 0 {
		return u.history("")
	}
	return u.history(args[0])
}

func runSearch(u *User, args []string) (*Event, error) { return u.search(args[0]) }

func runMore(u *User, _ []string) (*Event, error) { return u.more() }

func runForget(u *User, args []string) (*Event, error) { return u.forget(args[0]) }

func runExport(u *User, _ []string) (*Event, error) { return u.export() }

func runHelp(u *User, _ []string) (*Event, error) {
	return &Event{Time: time.Now(), Kind: Helped, Commands: u.house.commands}, nil
}

func runQuit(u *User, _ []string) (*Event, error) {
	u.Leave(Quit)
	return nil, nil
}
