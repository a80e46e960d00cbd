package room

import (
	"slices"
	"strings"
	"time"
	"unicode"
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

// A Speech says whether others read what somebody types after a command. There is no
// command without one.
type Speech uint8

// What others read of what is typed after a command.
const (
	Unheard Speech = iota + 1 // nothing
	Speaks                    // some of it: the command asks [User.maySpeak]
	Orders                    // some of it, and operators alone may, whom nobody mutes
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
	Group  string   // under what help lists it; "" is what most people need
	Speech Speech   // whether others read what is typed after it

	Operator bool // only operators may
	Private  bool // it says something to one person, which all others must never read
	Verbatim bool // its parameters are kept as they are written

	looks through // how much there may be to look at: then it waits for its turn

	// run does it. The event, if any, is the answer, for the user alone. What cannot be
	// taken back has final instead: unless u is sure it does nothing, and the refusal tells
	// what would be done, and how one says that one is sure.
	run   func(u *User, args []string) (*Event, error)
	final func(u *User, args []string, sure bool) (*Event, error)
}

// agreed is what one adds to a command that cannot be taken back, having read what it
// does. Programs do the same. No name ends in it.
const agreed = "yes"

// agreement cuts that word off what follows a command that asks for it, and reports
// whether it was there.
func (c *Command) agreement(rest string) (params string, sure bool) {
	params = strings.TrimRightFunc(rest, unicode.IsSpace)
	i := strings.LastIndexFunc(params, unicode.IsSpace)
	if c.final == nil || i < 0 || !strings.EqualFold(spelled(params[i:]), agreed) {
		return rest, false
	}
	return strings.TrimRightFunc(params[:i], unicode.IsSpace), true
}

// What help says of each command.
const (
	HelpWho     Phrase = "who is here"
	HelpSay     Phrase = "say something to the room"
	HelpMe      Phrase = "say what you do, as in /me waves"
	HelpMsg     Phrase = "say something to one person, in private"
	HelpDone    Phrase = "talk to the room again"
	HelpReply   Phrase = "answer the last private message, in private"
	HelpAway    Phrase = "say that you are not reading"
	HelpBack    Phrase = "say that you read again, as saying anything does"
	HelpNick    Phrase = "take another name"
	HelpHistory Phrase = "what was said before"
	HelpFollow  Phrase = "what happens in the room, until you interrupt it"
	HelpBot     Phrase = "the commands of bots; register yours"
	HelpSearch  Phrase = "lines with these words in them"
	HelpMore    Phrase = "more of what was found, or the whole message N"
	HelpForget  Phrase = "have what you said removed"
	HelpExport  Phrase = "all that is kept of you, as JSON lines"
	HelpWhois   Phrase = "who somebody is"
	HelpName    Phrase = "your names; give one up"
	HelpKey     Phrase = "your keys; add another one, remove one"
	HelpEnter   Phrase = "have your key let in, by a code of an operator"
	HelpIgnore  Phrase = "read no more of somebody; whom you ignore"
	HelpHeed    Phrase = "read somebody again"
	HelpSet     Phrase = "what you have set; set it"
	HelpLang    Phrase = "the language you read"
	HelpTheme   Phrase = "the colours you see"
	HelpTime    Phrase = "how you see times, or in which zone"
	HelpBell    Phrase = "a bell when somebody means you"
	HelpQuiet   Phrase = "whether you read who comes and goes"
	HelpNotify  Phrase = "a sign of your terminal when somebody means you"
	HelpTopic   Phrase = "what the talk is about"
	HelpMotd    Phrase = "what everybody reads who comes in"
	HelpOp      Phrase = "make somebody an operator; become the first"
	HelpDeop    Phrase = "make somebody an operator no more"
	HelpKick    Phrase = "have somebody leave"
	HelpBan     Phrase = "keep a name, key or address out"
	HelpUnban   Phrase = "let somebody in again"
	HelpBans    Phrase = "who is kept out, and who is muted"
	HelpMute    Phrase = "let a name, key or address say nothing"
	HelpUnmute  Phrase = "let somebody speak again"
	HelpSlow    Phrase = "one line in so many seconds each; 0 is off"
	HelpLock    Phrase = "let in only those whose key was here before"
	HelpInvite  Phrase = "invite somebody to the room"
	HelpJoin    Phrase = "go to a room, or found it"
	HelpPart    Phrase = "leave the room, for the lobby"
	HelpRooms   Phrase = "which rooms there are"
	HelpRoom    Phrase = "let in only those whom you invite, or all"
	HelpClose   Phrase = "close a room"
	HelpUnbot   Phrase = "have a bot be a person again"
	HelpFree    Phrase = "take a name from whose it is"
	HelpAudit   Phrase = "what operators did, or the owners of rooms"
	HelpHelp    Phrase = "this list, or what a command does"
	HelpQuit    Phrase = "leave"
	HelpElse    Phrase = "More: /help settings, /help rooms, /help bots, /help operators; /help COMMAND"
	HelpExample Phrase = "Example: %s"
	HelpFinal   Phrase = "What cannot be taken back needs yes as the last word. Without it you are told what would happen."
	HelpFlags   Phrase = "Flags come before its other words: --json answers in JSON lines, --room ROOM does it there, -- ends them."

	SayByExec    Phrase = "Says the text to everybody in the room. Without a text it says standard input, as one message."
	MsgByExec    Phrase = "Says the text to one person alone. Who is away and has a key reads it later."
	InviteByExec Phrase = "Invites somebody to the room of --room. Operators, without a name, get a code by which a key may enter the house from then on."
)

// commands returns the table, in the order of help.
func commands() []*Command {
	const anywhere = Slashed | Exec
	whom := []string{"NAME", "[TIME] [WHY]"}
	return []*Command{
		{Names: []string{"who"}, Speech: Unheard, Piped: "who", Forms: Piped | anywhere, looks: throughMemory, Help: HelpWho, run: runWho},
		{Names: []string{"say"}, Speech: Speaks, Params: []string{"TEXT"}, Least: 1, Forms: anywhere, Help: HelpSay, run: runSay},
		{Names: []string{"me"}, Speech: Speaks, Params: []string{"TEXT"}, Least: 1, Forms: anywhere, Help: HelpMe, run: runMe},
		{Names: []string{"msg", "to"}, Speech: Speaks, Piped: "to", Params: []string{"NAME", "TEXT"}, Least: 1, Forms: Piped | anywhere, Private: true, Help: HelpMsg, run: runTell},
		{Names: []string{"done"}, Speech: Unheard, Forms: Slashed, Help: HelpDone, run: runDone},
		{Names: []string{"reply"}, Speech: Speaks, Params: []string{"TEXT"}, Least: 1, Forms: anywhere, Private: true, Help: HelpReply, run: runReply},
		{Names: []string{"nick", "rename"}, Speech: Speaks, Piped: "rename", Params: []string{"NAME"}, Least: 1, Forms: Piped | Slashed, Verbatim: true, Help: HelpNick, run: runRename},
		{Names: []string{"name"}, Speech: Unheard, Group: groupOwn, Params: []string{"[release", "NAME]"}, Forms: anywhere, Help: HelpName, final: (*User).nameCommand},
		{Names: []string{"key"}, Speech: Unheard, Group: groupOwn, Params: []string{"list|add|remove|bot|person", "[CODE]"}, Least: 1, Forms: anywhere, Help: HelpKey, final: (*User).keyCommand},
		{Names: []string{"enter"}, Speech: Unheard, Group: groupOwn, Params: []string{"CODE"}, Least: 1, Forms: Exec, Help: HelpEnter, run: (*User).enterByCode},
		{Names: []string{"whois"}, Speech: Unheard, Params: []string{"NAME"}, Least: 1, Forms: anywhere, looks: throughMemory, Help: HelpWhois, run: runWhois},
		{Names: []string{"away"}, Speech: Speaks, Params: []string{"[WHY]"}, Forms: Slashed, Help: HelpAway, run: (*User).away},
		{Names: []string{"back"}, Speech: Unheard, Forms: Slashed, Help: HelpBack, run: runBack},
		{Names: []string{"history"}, Speech: Unheard, Params: []string{"[N|since TIME|NAME]"}, Forms: anywhere, looks: throughMemory, Help: HelpHistory, run: runHistory},
		{Names: []string{"follow"}, Speech: Unheard, Params: []string{"[--since ID|last|TIME]"}, Forms: Exec, looks: throughMemory, Help: HelpFollow, run: (*User).follow},
		{Names: []string{"bot"}, Speech: Speaks, Params: []string{"commands|list|remove", "[COMMAND]"}, Least: 1, Forms: Exec, Help: HelpBot, run: (*User).botCommand},
		{Names: []string{"search"}, Speech: Unheard, Params: []string{"WORDS"}, Least: 1, Forms: anywhere, looks: throughMemory, Help: HelpSearch, run: runSearch},
		{Names: []string{"more"}, Speech: Unheard, Params: []string{"[N]"}, Forms: Slashed, looks: throughMemory, Help: HelpMore, run: (*User).more},
		{Names: []string{"join"}, Speech: Speaks, Params: []string{"#ROOM"}, Least: 1, Forms: Slashed, Help: HelpJoin, run: runJoin},
		{Names: []string{"part"}, Speech: Unheard, Group: groupRooms, Forms: Slashed, Help: HelpPart, run: runPart},
		{Names: []string{"rooms"}, Speech: Unheard, Group: groupRooms, Forms: anywhere, looks: throughMemory, Help: HelpRooms, run: runRooms},
		{Names: []string{"room"}, Speech: Unheard, Group: groupRooms, Params: []string{"private|public"}, Least: 1, Forms: Slashed, Help: HelpRoom, final: runRoom},
		{Names: []string{"topic"}, Speech: Speaks, Group: groupRooms, Params: []string{"[TEXT|off]"}, Forms: anywhere, Help: HelpTopic, run: (*User).topic},
		{Names: []string{"invite"}, Speech: Speaks, Group: groupRooms, Params: []string{"[NAME]"}, Forms: anywhere, Help: HelpInvite, run: (*User).invite},
		{Names: []string{"ignore"}, Speech: Unheard, Params: []string{"[NAME]"}, Forms: anywhere, Help: HelpIgnore, run: runIgnore},
		{Names: []string{"unignore"}, Speech: Unheard, Params: []string{"NAME"}, Least: 1, Forms: anywhere, Help: HelpHeed, run: runUnignore},
		{Names: []string{"set"}, Speech: Unheard, Params: []string{"[WHAT", "VALUE]"}, Forms: anywhere, Help: HelpSet, run: (*User).set},
		{Names: []string{"lang"}, Speech: Unheard, Group: groupOwn, Params: []string{"auto|en|zh|zh-TW"}, Least: 1, Forms: anywhere, Help: HelpLang, run: runLang},
		{Names: []string{"theme"}, Speech: Unheard, Group: groupOwn, Params: []string{"auto|" + Themes}, Least: 1, Forms: anywhere, Help: HelpTheme, run: runTheme},
		{Names: []string{"time"}, Speech: Unheard, Group: groupOwn, Params: []string{"24|12|off|ZONE"}, Least: 1, Forms: anywhere, Help: HelpTime, run: runTime},
		{Names: []string{"bell"}, Speech: Unheard, Group: groupOwn, Params: []string{"[on|off]"}, Forms: anywhere, Help: HelpBell, run: runBell},
		{Names: []string{"quiet"}, Speech: Unheard, Group: groupOwn, Params: []string{"[on|off]"}, Forms: anywhere, Help: HelpQuiet, run: runQuiet},
		{Names: []string{"notify"}, Speech: Unheard, Group: groupOwn, Params: []string{"[on|off]"}, Forms: anywhere, Help: HelpNotify, run: runNotify},
		{Names: []string{"motd"}, Speech: Orders, Group: groupOperators, Params: []string{"[TEXT|off]"}, Forms: anywhere, Help: HelpMotd, run: (*User).motd},
		{Names: []string{"forget"}, Speech: Unheard, Params: []string{"me|NAME"}, Least: 1, Forms: anywhere, looks: throughStore, Help: HelpForget, final: runForget},
		{Names: []string{"export"}, Speech: Unheard, Forms: Exec, looks: throughStore, Help: HelpExport, run: runExport},
		{Names: []string{"op"}, Speech: Unheard, Group: groupOperators, Params: []string{"NAME|CODE"}, Least: 1, Forms: anywhere, Help: HelpOp, run: runOp},
		{Names: []string{"deop"}, Speech: Unheard, Group: groupOperators, Params: []string{"NAME"}, Least: 1, Forms: anywhere, Help: HelpDeop, Operator: true, run: runDeop},
		{Names: []string{"kick"}, Speech: Orders, Group: groupOperators, Params: []string{"NAME", "[WHY]"}, Least: 1, Forms: anywhere, Help: HelpKick, Operator: true, run: (*User).kick},
		{Names: []string{"ban"}, Speech: Orders, Group: groupOperators, Params: whom, Least: 1, Forms: anywhere, Help: HelpBan, Operator: true, run: (*User).ban},
		{Names: []string{"unban"}, Speech: Orders, Group: groupOperators, Params: whom[:1], Least: 1, Forms: anywhere, Help: HelpUnban, Operator: true, run: runUnban},
		{Names: []string{"bans"}, Speech: Unheard, Group: groupOperators, Forms: anywhere, looks: throughMemory, Help: HelpBans, Operator: true, run: runBans},
		{Names: []string{"mute"}, Speech: Orders, Group: groupOperators, Params: whom, Least: 1, Forms: anywhere, Help: HelpMute, Operator: true, run: (*User).mute},
		{Names: []string{"unmute"}, Speech: Orders, Group: groupOperators, Params: whom[:1], Least: 1, Forms: anywhere, Help: HelpUnmute, Operator: true, run: runUnmute},
		{Names: []string{"slow"}, Speech: Unheard, Group: groupOperators, Params: []string{"[SECONDS]"}, Forms: anywhere, Help: HelpSlow, Operator: true, run: (*User).slow},
		{Names: []string{"lockdown"}, Speech: Unheard, Group: groupOperators, Params: []string{"[on|off]"}, Forms: anywhere, Help: HelpLock, Operator: true, run: (*User).lockdown},
		{Names: []string{"close"}, Speech: Unheard, Group: groupOperators, Params: []string{"#ROOM"}, Least: 1, Forms: anywhere, Help: HelpClose, Operator: true, final: runClose},
		{Names: []string{"unbot"}, Speech: Unheard, Group: groupOperators, Params: []string{"NAME"}, Least: 1, Forms: anywhere, Help: HelpUnbot, Operator: true, run: runUnbot},
		{Names: []string{"free"}, Speech: Unheard, Group: groupOperators, Params: []string{"NAME"}, Least: 1, Forms: anywhere, Help: HelpFree, Operator: true, final: runFree},
		{Names: []string{"audit"}, Speech: Unheard, Group: groupOperators, Params: []string{"[rooms]", "[N]"}, Forms: anywhere, looks: throughMemory, Help: HelpAudit, Operator: true, run: runAudit},
		{Names: []string{"help"}, Speech: Unheard, Params: []string{"[COMMAND]"}, Forms: anywhere, looks: throughMemory, Help: HelpHelp, run: (*User).help},
		{Names: []string{"quit", "exit"}, Speech: Unheard, Forms: Slashed, Help: HelpQuit, run: runQuit},
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
	return &Event{Time: time.Now(), Kind: Listed, Online: u.house.who(u.here())}, nil
}

func runSay(u *User, args []string) (*Event, error) {
	return nil, u.Say(args[0])
}

func runJoin(u *User, args []string) (*Event, error) { return u.join(args[0]) }

func runPart(u *User, _ []string) (*Event, error) { return u.part() }

func runRooms(u *User, _ []string) (*Event, error) { return u.listRooms() }

func runRoom(u *User, args []string, sure bool) (*Event, error) { return u.setRoom(args[0], sure) }

func runMe(u *User, args []string) (*Event, error) { return nil, u.say(args[0], true) }

func runTell(u *User, args []string) (*Event, error) {
	switch {
	case len(args) > 1:
		return u.Tell(args[0], args[1])
	case u.visitor.Terminal:
		return u.talkTo(args[0])
	case u.visiting:
		return nil, refuse(Usage, "to NAME TEXT")
	}
	return nil, refuse(TellFormat)
}

func runDone(u *User, _ []string) (*Event, error) { return u.done() }

func runReply(u *User, args []string) (*Event, error) { return u.reply(args[0]) }

func runBack(u *User, _ []string) (*Event, error) { return u.back() }

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

func runForget(u *User, args []string, sure bool) (*Event, error) { return u.forget(args[0], sure) }

func runExport(u *User, _ []string) (*Event, error) { return u.export() }

func runWhois(u *User, args []string) (*Event, error) { return u.whois(args[0]) }

func runIgnore(u *User, args []string) (*Event, error) { return u.ignore(args, true) }

func runUnignore(u *User, args []string) (*Event, error) { return u.ignore(args, false) }

func runLang(u *User, args []string) (*Event, error) { return u.choose("lang", args[0]) }

func runTheme(u *User, args []string) (*Event, error) { return u.choose("theme", args[0]) }

func runTime(u *User, args []string) (*Event, error) { return u.setTime(args[0]) }

func runBell(u *User, args []string) (*Event, error) { return u.toggle("bell", args) }

func runQuiet(u *User, args []string) (*Event, error) { return u.toggle("quiet", args) }

func runNotify(u *User, args []string) (*Event, error) { return u.toggle("notify", args) }

func runOp(u *User, args []string) (*Event, error) { return u.op(args[0]) }

func runDeop(u *User, args []string) (*Event, error) { return u.deop(args[0]) }

func runUnban(u *User, args []string) (*Event, error) {
	return u.lift(&u.house.bans, "unban", args[0], BannedNoMore)
}

func runBans(u *User, _ []string) (*Event, error) { return u.listBans() }

func runUnmute(u *User, args []string) (*Event, error) {
	return u.lift(&u.house.mutes, "unmute", args[0], MutedNoMore)
}

func runClose(u *User, args []string, sure bool) (*Event, error) { return u.closeRoom(args[0], sure) }

func runUnbot(u *User, args []string) (*Event, error) { return u.unmarkBot(args[0]) }

func runFree(u *User, args []string, sure bool) (*Event, error) { return u.freeName(args[0], sure) }

func runAudit(u *User, args []string) (*Event, error) {
	return u.listActs(args)
}

func runQuit(u *User, _ []string) (*Event, error) {
	u.Leave(Quit)
	return nil, nil
}

// notice makes an answer of one sentence.
func notice(p Phrase, args ...any) *Event {
	return &Event{Time: time.Now(), Kind: Noticed, Phrase: p, Args: args}
}

// answer makes an answer of several lines.
func answer(lines []Sentence) (*Event, error) {
	return &Event{Time: time.Now(), Kind: Answered, Lines: lines}, nil
}
