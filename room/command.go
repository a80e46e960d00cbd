package room

import (
	"slices"
	"strings"
	"unicode"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
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
	Visible                               // some of it: the command asks [Session.maySpeak]
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

	scan scanKind // how much it may have to scan; such commands wait for their turn

	// run executes the command. The reply, which may be nil, is for s alone. A command that cannot
	// be undone has runConfirmed instead: unless sure is set, it does nothing and returns a refusal
	// that says what it would do, and how to confirm it.
	run          func(u *Session, args []string) (Reply, error)
	runConfirmed func(u *Session, args []string, sure bool) (Reply, error)
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

// commands returns the table of commands, in the order in which help lists them.
func commands() []*Command {
	const anywhere = SlashSyntax | ExecSyntax
	whom := []string{"NAME", "[TIME] [WHY]"}
	return []*Command{
		{Names: []string{"who"}, Visibility: NotVisible, PipeName: "who", Syntaxes: PipeSyntax | anywhere, scan: scanMemory, Help: reply.HelpWho, run: runWho},
		{Names: []string{"say"}, Visibility: Visible, Params: []string{"TEXT"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpSay, run: runSay},
		{Names: []string{"me"}, Visibility: Visible, Params: []string{"TEXT"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpMe, run: runMe},
		{Names: []string{"msg", "to"}, Visibility: Visible, PipeName: "to", Params: []string{"NAME", "TEXT"}, MinParams: 1, Syntaxes: PipeSyntax | anywhere, Private: true, Help: reply.HelpMsg, run: runMsg},
		{Names: []string{"done"}, Visibility: NotVisible, Syntaxes: SlashSyntax, Help: reply.HelpDone, run: runDone},
		{Names: []string{"reply"}, Visibility: Visible, Params: []string{"TEXT"}, MinParams: 1, Syntaxes: anywhere, Private: true, Help: reply.HelpReply, run: runReply},
		{Names: []string{"nick", "rename"}, Visibility: Visible, PipeName: "rename", Params: []string{"NAME"}, MinParams: 1, Syntaxes: PipeSyntax | SlashSyntax, Verbatim: true, Help: reply.HelpNick, run: runRename},
		{Names: []string{"name"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"[release", "NAME]"}, Syntaxes: anywhere, Help: reply.HelpName, runConfirmed: (*Session).nameCommand},
		{Names: []string{"key"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"list|add|remove|bot|person", "[CODE]"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpKey, runConfirmed: (*Session).keyCommand},
		{Names: []string{"enter"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"CODE"}, MinParams: 1, Syntaxes: ExecSyntax, Help: reply.HelpEnter, run: (*Session).redeemCommand},
		{Names: []string{"whois"}, Visibility: NotVisible, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, scan: scanMemory, Help: reply.HelpWhois, run: runWhois},
		{Names: []string{"away"}, Visibility: Visible, Params: []string{"[WHY]"}, Syntaxes: SlashSyntax, Help: reply.HelpAway, run: (*Session).setAway},
		{Names: []string{"back"}, Visibility: NotVisible, Syntaxes: SlashSyntax, Help: reply.HelpBack, run: runBack},
		{Names: []string{"history"}, Visibility: NotVisible, Params: []string{"[N|since TIME|NAME]"}, Syntaxes: anywhere, scan: scanMemory, Help: reply.HelpHistory, run: runHistory},
		{Names: []string{"follow"}, Visibility: NotVisible, Params: []string{"[--since ID|last|TIME]"}, Syntaxes: ExecSyntax, scan: scanMemory, Help: reply.HelpFollow, run: (*Session).follow},
		{Names: []string{"bot"}, Visibility: Visible, Params: []string{"commands|list|remove", "[COMMAND]"}, MinParams: 1, Syntaxes: ExecSyntax, Help: reply.HelpBot, run: (*Session).botCommand},
		{Names: []string{"search"}, Visibility: NotVisible, Params: []string{"WORDS"}, MinParams: 1, Syntaxes: anywhere, scan: scanMemory, Help: reply.HelpSearch, run: runSearch},
		{Names: []string{"more"}, Visibility: NotVisible, Params: []string{"[N]"}, Syntaxes: SlashSyntax, scan: scanMemory, Help: reply.HelpMore, run: (*Session).more},
		{Names: []string{"join"}, Visibility: Visible, Params: []string{"#ROOM"}, MinParams: 1, Syntaxes: SlashSyntax, Help: reply.HelpJoin, run: runJoin},
		{Names: []string{"part"}, Visibility: NotVisible, Group: groupRooms, Syntaxes: SlashSyntax, Help: reply.HelpPart, run: runPart},
		{Names: []string{"rooms"}, Visibility: NotVisible, Group: groupRooms, Syntaxes: anywhere, scan: scanMemory, Help: reply.HelpRooms, run: runRooms},
		{Names: []string{"room"}, Visibility: NotVisible, Group: groupRooms, Params: []string{"private|public"}, MinParams: 1, Syntaxes: SlashSyntax, Help: reply.HelpRoom, runConfirmed: runRoom},
		{Names: []string{"topic"}, Visibility: Visible, Group: groupRooms, Params: []string{"[TEXT|off]"}, Syntaxes: anywhere, Help: reply.HelpTopic, run: (*Session).topic},
		{Names: []string{"invite"}, Visibility: Visible, Group: groupRooms, Params: []string{"[NAME]"}, Syntaxes: anywhere, Help: reply.HelpInvite, run: (*Session).invite},
		{Names: []string{"ignore"}, Visibility: NotVisible, Params: []string{"[NAME]"}, Syntaxes: anywhere, Help: reply.HelpIgnore, run: runIgnore},
		{Names: []string{"unignore"}, Visibility: NotVisible, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpUnignore, run: runUnignore},
		{Names: []string{"set"}, Visibility: NotVisible, Params: []string{"[WHAT", "VALUE]"}, Syntaxes: anywhere, Help: reply.HelpSet, run: (*Session).setCommand},
		{Names: []string{"lang"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"auto|en|zh|zh-TW"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpLang, run: runLang},
		{Names: []string{"theme"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"auto|" + accounts.Themes}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpTheme, run: runTheme},
		{Names: []string{"time"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"24|12|off|ZONE"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpTime, run: runTime},
		{Names: []string{"bell"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"[on|off]"}, Syntaxes: anywhere, Help: reply.HelpBell, run: runBell},
		{Names: []string{"quiet"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"[on|off]"}, Syntaxes: anywhere, Help: reply.HelpQuiet, run: runQuiet},
		{Names: []string{"notify"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"[on|off]"}, Syntaxes: anywhere, Help: reply.HelpNotify, run: runNotify},
		{Names: []string{"motd"}, Visibility: OperatorVisible, Group: groupOperators, Params: []string{"[TEXT|off]"}, Syntaxes: anywhere, Help: reply.HelpMotd, run: (*Session).motd},
		{Names: []string{"forget"}, Visibility: NotVisible, Params: []string{"me|NAME"}, MinParams: 1, Syntaxes: anywhere, scan: scanStore, Help: reply.HelpForget, runConfirmed: runForget},
		{Names: []string{"export"}, Visibility: NotVisible, Syntaxes: ExecSyntax, scan: scanStore, Help: reply.HelpExport, run: runExport},
		{Names: []string{"op"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"NAME|CODE"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpOp, run: runOp},
		{Names: []string{"deop"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpDeop, Operator: true, run: runDeop},
		{Names: []string{"kick"}, Visibility: OperatorVisible, Group: groupOperators, Params: []string{"NAME", "[WHY]"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpKick, Operator: true, run: (*Session).kick},
		{Names: []string{"ban"}, Visibility: OperatorVisible, Group: groupOperators, Params: whom, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpBan, Operator: true, run: (*Session).ban},
		{Names: []string{"unban"}, Visibility: OperatorVisible, Group: groupOperators, Params: whom[:1], MinParams: 1, Syntaxes: anywhere, Help: reply.HelpUnban, Operator: true, run: runUnban},
		{Names: []string{"bans"}, Visibility: NotVisible, Group: groupOperators, Syntaxes: anywhere, scan: scanMemory, Help: reply.HelpBans, Operator: true, run: runBans},
		{Names: []string{"mute"}, Visibility: OperatorVisible, Group: groupOperators, Params: whom, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpMute, Operator: true, run: (*Session).mute},
		{Names: []string{"unmute"}, Visibility: OperatorVisible, Group: groupOperators, Params: whom[:1], MinParams: 1, Syntaxes: anywhere, Help: reply.HelpUnmute, Operator: true, run: runUnmute},
		{Names: []string{"slow"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"[SECONDS]"}, Syntaxes: anywhere, Help: reply.HelpSlow, Operator: true, run: (*Session).slowCommand},
		{Names: []string{"lockdown"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"[on|off]"}, Syntaxes: anywhere, Help: reply.HelpLockdown, Operator: true, run: (*Session).lockdown},
		{Names: []string{"close"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"#ROOM"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpClose, Operator: true, runConfirmed: runClose},
		{Names: []string{"unbot"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpUnbot, Operator: true, run: runUnbot},
		{Names: []string{"free"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpFree, Operator: true, runConfirmed: runFree},
		{Names: []string{"audit"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"[rooms]", "[N]"}, Syntaxes: anywhere, scan: scanMemory, Help: reply.HelpAudit, Operator: true, run: runAudit},
		{Names: []string{"help"}, Visibility: NotVisible, Params: []string{"[COMMAND]"}, Syntaxes: anywhere, scan: scanMemory, Help: reply.HelpHelp, run: (*Session).help},
		{Names: []string{"quit", "exit"}, Visibility: NotVisible, Syntaxes: SlashSyntax, Help: reply.HelpQuit, run: runQuit},
	}
}

// command returns the command with a name in a syntax, or nil.
func (h *Hub) command(name string, form Syntax) *Command {
	for _, c := range h.commands {
		if c.Syntaxes&form != 0 && slices.Contains(c.Names, name) {
			return c
		}
	}
	return nil
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

// A WhoReply lists the members of a room.
type WhoReply struct {
	replied
	Users []*UserInfo
}

func (w *WhoReply) size() (items int, messages []*Event) { return len(w.Users), nil }

func runWho(s *Session, _ []string) (Reply, error) {
	return &WhoReply{Users: s.hub.usersIn(s.room())}, nil
}

func runSay(s *Session, args []string) (Reply, error) {
	return nil, s.Say(args[0])
}

func runJoin(s *Session, args []string) (Reply, error) { return s.join(args[0]) }

func runPart(s *Session, _ []string) (Reply, error) { return s.part() }

func runRooms(s *Session, _ []string) (Reply, error) { return s.listRooms() }

func runRoom(s *Session, args []string, sure bool) (Reply, error) {
	return s.setRoomPrivacy(args[0], sure)
}

func runMe(s *Session, args []string) (Reply, error) { return nil, s.say(args[0], true) }

func runMsg(s *Session, args []string) (Reply, error) {
	switch {
	case len(args) > 1:
		return s.SendDirect(args[0], args[1])
	case s.client.Terminal:
		return s.setRecipient(args[0])
	case s.oneShot:
		return nil, reply.Refuse(reply.Usage, "to NAME TEXT")
	}
	return nil, reply.Refuse(reply.MessageFormat)
}

func runDone(s *Session, _ []string) (Reply, error) { return s.clearRecipient() }

func runReply(s *Session, args []string) (Reply, error) { return s.reply(args[0]) }

func runBack(s *Session, _ []string) (Reply, error) { return s.clearAway() }

func runRename(s *Session, args []string) (Reply, error) {
	return s.Rename(args[0])
}

func runHistory(s *Session, args []string) (Reply, error) {
	if len(args) == 0 {
		return s.history("")
	}
	return s.history(args[0])
}

func runSearch(s *Session, args []string) (Reply, error) { return s.search(args[0]) }

func runForget(s *Session, args []string, sure bool) (Reply, error) {
	return s.forgetCommand(args[0], sure)
}

func runExport(s *Session, _ []string) (Reply, error) { return s.export() }

func runWhois(s *Session, args []string) (Reply, error) { return s.whois(args[0]) }

func runIgnore(s *Session, args []string) (Reply, error) { return s.ignore(args, true) }

func runUnignore(s *Session, args []string) (Reply, error) { return s.ignore(args, false) }

func runLang(s *Session, args []string) (Reply, error) { return s.changeSetting("lang", args[0]) }

func runTheme(s *Session, args []string) (Reply, error) { return s.changeSetting("theme", args[0]) }

func runTime(s *Session, args []string) (Reply, error) { return s.setTime(args[0]) }

func runBell(s *Session, args []string) (Reply, error) { return s.toggle("bell", args) }

func runQuiet(s *Session, args []string) (Reply, error) { return s.toggle("quiet", args) }

func runNotify(s *Session, args []string) (Reply, error) { return s.toggle("notify", args) }

func runOp(s *Session, args []string) (Reply, error) { return s.op(args[0]) }

func runDeop(s *Session, args []string) (Reply, error) { return s.deop(args[0]) }

func runUnban(s *Session, args []string) (Reply, error) {
	return s.liftPenalties(&s.hub.moderation.Bans, "unban", args[0], reply.BannedNoMore)
}

func runBans(s *Session, _ []string) (Reply, error) { return s.listBans() }

func runUnmute(s *Session, args []string) (Reply, error) {
	return s.liftPenalties(&s.hub.moderation.Mutes, "unmute", args[0], reply.MutedNoMore)
}

func runClose(s *Session, args []string, sure bool) (Reply, error) {
	return s.closeRoom(args[0], sure)
}

func runUnbot(s *Session, args []string) (Reply, error) { return s.unmarkBot(args[0]) }

func runFree(s *Session, args []string, sure bool) (Reply, error) {
	return s.freeNameCommand(args[0], sure)
}

func runAudit(s *Session, args []string) (Reply, error) {
	return s.listAudit(args)
}

func runQuit(s *Session, _ []string) (Reply, error) {
	s.Leave(Quit)
	return nil, nil
}

// answer returns a reply of several lines.
func answer(lines []reply.Sentence) (Reply, error) { return &Answer{Lines: lines}, nil }
