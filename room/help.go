package room

import (
	"slices"
	"strings"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// The groups of commands that help lists separately, because all commands together do not fit a
// screen. Commands without a group are what most people need.
const (
	groupSettings  = "settings"
	groupRooms     = "rooms"
	groupOperators = "operators"
	groupBots      = "bots" // the commands that bots have registered
)

func helpGroups() []string { return []string{groupSettings, groupRooms, groupOperators, groupBots} }

// A commandHelp explains a command: what it does, and an example without the slash.
type commandHelp struct {
	text    reply.Code
	example string
}

// helpTexts returns the explanations by the first name of the command.
func helpTexts() map[string]commandHelp {
	return map[string]commandHelp{
		"who":      {"explain-who", "who"},
		"say":      {"explain-say", "say hello"},
		"me":       {"explain-me", "me pours tea"},
		"msg":      {"explain-msg", "msg bob tea at six?"},
		"done":     {"explain-done", "done"},
		"join":     {"explain-join", "join #go"},
		"part":     {"explain-part", "part"},
		"rooms":    {"explain-rooms", "rooms"},
		"room":     {"explain-room", "room private"},
		"reply":    {"explain-reply", "reply yes, gladly"},
		"nick":     {"explain-nick", "nick 小明"},
		"name":     {"explain-name", "name release bob"},
		"key":      {"explain-key", "key add"},
		"enter":    {"explain-enter", "enter ABCD-EFGH-JKLM-NPQR"},
		"whois":    {"explain-whois", "whois bob"},
		"away":     {"explain-away", "away tea with 小明"},
		"back":     {"explain-back", "back"},
		"history":  {"explain-history", "history since 2h"},
		"follow":   {"explain-follow", "follow --since last"},
		"bot":      {"explain-bot", "bot list"},
		"search":   {"explain-search", "search tea six"},
		"more":     {"explain-more", "more 1042"},
		"ignore":   {"explain-ignore", "ignore bob"},
		"unignore": {"explain-unignore", "unignore bob"},
		"set":      {"explain-set", "set clock 12"},
		"lang":     {"explain-lang", "lang zh"},
		"theme":    {"explain-theme", "theme ink"},
		"time":     {"explain-time", "time Asia/Shanghai"},
		"bell":     {"explain-bell", "bell on"},
		"quiet":    {"explain-quiet", "quiet on"},
		"notify":   {"explain-notify", "notify on"},
		"topic":    {"explain-topic", "topic"},
		"motd":     {"explain-motd", "motd"},
		"forget":   {"explain-forget", "forget me"},
		"export":   {"explain-export", "export"},
		"op":       {"explain-op", "op bob"},
		"deop":     {"explain-deop", "deop bob"},
		"kick":     {"explain-kick", "kick bob enough for today"},
		"ban":      {"explain-ban", "ban bob 3d too loud"},
		"unban":    {"explain-unban", "unban bob"},
		"bans":     {"explain-bans", "bans"},
		"mute":     {"explain-mute", "mute bob 10m"},
		"unmute":   {"explain-unmute", "unmute bob"},
		"slow":     {"explain-slow", "slow 10"},
		"lockdown": {"explain-lockdown", "lockdown on"},
		"invite":   {"explain-invite", "invite"},
		"close":    {"explain-close", "close #go"},
		"unbot":    {"explain-unbot", "unbot robot"},
		"free":     {"explain-free", "free bob"},
		"audit":    {"explain-audit", "audit 20"},
		"help":     {"explain-help", "help msg"},
		"quit":     {"explain-quit", "quit"},
	}
}

// execHelpTexts returns explanations of commands that work differently as ssh HOST COMMAND.
func execHelpTexts() map[string]reply.Code {
	return map[string]reply.Code{"say": reply.HelpSayExec, "msg": reply.HelpMsgExec, "invite": reply.HelpInviteExec}
}

// A HelpReply lists commands: those that most people need, or those of a group.
type HelpReply struct {
	replied
	Group    string // "" is for what most people need
	Commands []*Command
}

func (r *HelpReply) size() (items int, messages []*Event) { return len(r.Commands), nil }

// help implements /help, /help GROUP and /help COMMAND.
func (s *Session) help(args []string) (Reply, error) {
	group := ""
	if len(args) > 0 {
		group = strings.ToLower(strings.TrimPrefix(args[0], "/"))
	}
	switch {
	case group == groupBots:
		return s.hub.listBotCommands()
	case group != "" && !slices.Contains(helpGroups(), group):
		return s.explain(group)
	}
	operator := s.isOperator()
	r := &HelpReply{Group: group}
	for _, c := range s.hub.commands {
		if c.Group == group && (operator || !c.Operator) {
			r.Commands = append(r.Commands, c)
		}
	}
	return r, nil
}

// explain implements /help COMMAND.
func (s *Session) explain(name string) (Reply, error) {
	form, slash := s.helpSyntax()
	c := s.hub.command(name, form)
	switch {
	case c == nil:
		if e := s.hub.explainBotCommand(name); e != nil {
			return e, nil
		}
		return nil, s.unknownCommand(name, form)
	case c.Operator && !s.isOperator():
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	l := helpTexts()[c.Names[0]]
	lines := []reply.Sentence{reply.Say(reply.Usage, c.Usage(form)), reply.Say(l.text), reply.Say(reply.HelpExample, slash+l.example)}
	if c.runConfirmed != nil {
		lines = append(lines, reply.Say(reply.HelpConfirm))
	}
	if form == ExecSyntax {
		if says, ok := execHelpTexts()[c.Names[0]]; ok {
			lines[1].Code = says
		}
		lines = append(lines, reply.Say(reply.HelpFlags))
	}
	return answer(lines)
}

// helpSyntax returns the syntax that s uses for the commands in help, and the prefix that they have
// in it.
func (s *Session) helpSyntax() (form Syntax, slash string) {
	if s.oneShot {
		return ExecSyntax, ""
	}
	return SlashSyntax, "/"
}

// unknownCommand returns the refusal of an unknown command. It suggests the command that was
// probably meant, or says that it needs a terminal.
func (s *Session) unknownCommand(typed string, form Syntax) error {
	name := s.nearestCommand(typed, form)
	if form == SlashSyntax {
		if name == "" || s.hub.command(typed, ExecSyntax) != nil { // a real command is not a typo
			return reply.Refuse(reply.UnknownSlashCommand, "/"+text.Clean(typed))
		}
		return reply.Refuse(reply.UnknownSlashMeant, "/"+text.Clean(typed), "/"+name)
	}
	switch elsewhere := s.hub.command(typed, SlashSyntax) != nil; {
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
func (s *Session) nearestCommand(typed string, form Syntax) (name string) {
	if len(typed) > maxTypoLength {
		return ""
	}
	typed = strings.ToLower(typed)
	if name := aliasElsewhere(typed); name != "" {
		return name
	}
	word := []rune(typed)
	least := min(maxTypos, len(word)/2) + 1
	for _, n := range s.commandNames(form) {
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
func (s *Session) commandNames(form Syntax) (names []string) {
	operator := s.isOperator()
	for _, c := range s.hub.commands {
		if c.Syntaxes&form != 0 && (operator || !c.Operator) {
			names = append(names, c.Names...)
		}
	}
	return append(names, slices.Sorted(slices.Values(s.hub.botCommandNames("")))...)
}
