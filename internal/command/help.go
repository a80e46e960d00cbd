package command

import (
	"slices"
	"strings"

	"teahouse/internal/reply"
	"teahouse/room"
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
	room.PlainReply
	Group    string // "" is for what most people need
	Commands []*Command
}

func (r *HelpReply) Cost() (items int, messages []*room.Event) { return len(r.Commands), nil }

// help implements /help, /help GROUP and /help COMMAND.
func help(s *Runner, args []string) (room.Reply, error) {
	group := ""
	if len(args) > 0 {
		group = strings.ToLower(strings.TrimPrefix(args[0], "/"))
	}
	switch {
	case group == groupBots:
		return listBotCommands(s.hub)
	case group != "" && !slices.Contains(helpGroups(), group):
		return explain(s, group)
	}
	operator := s.IsOperator()
	r := &HelpReply{Group: group}
	for _, c := range table {
		if c.Group == group && (operator || !c.Operator) {
			r.Commands = append(r.Commands, c)
		}
	}
	return r, nil
}

// explain implements /help COMMAND.
func explain(s *Runner, name string) (room.Reply, error) {
	form, slash := helpSyntax(s)
	c := find(name, form)
	switch {
	case c == nil:
		if e := explainBotCommand(s.hub, name); e != nil {
			return e, nil
		}
		return nil, unknownCommand(s, name, form)
	case c.Operator && !s.IsOperator():
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
func helpSyntax(s *Runner) (form Syntax, slash string) {
	if s.OneShot {
		return ExecSyntax, ""
	}
	return SlashSyntax, "/"
}
