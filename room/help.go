package room

import (
	"slices"
	"strings"
	"time"
)

// The groups of commands that help lists apart: all together are more than a
// screen. Those of no group are what most people need.
const (
	groupSettings  = "settings"
	groupRooms     = "rooms"
	groupOperators = "operators"
	groupBots      = "bots" // those that bots registered
)

func helpGroups() []string { return []string{groupSettings, groupRooms, groupOperators, groupBots} }

// A commandHelp explains a command: what it does, and an example without the slash.
type commandHelp struct {
	text    Code
	example string
}

// helpTexts returns them by the first name of the command.
func helpTexts() map[string]commandHelp {
	return map[string]commandHelp{
		"who":      {"Lists who is in the room, and who of them is away.", "who"},
		"say":      {"Says the text to everybody in the room. What begins with no / is said as it is.", "say hello"},
		"me":       {"Says to everybody what you do, as if somebody told it.", "me pours tea"},
		"msg":      {"Says the text to one person alone; without a text, all that you say until /done. Put a name with spaces between double quotes. Who is away and has a key reads it later.", "msg bob tea at six?"},
		"done":     {"Has what you say go to the room again, after msg with a name alone.", "done"},
		"join":     {"Goes to a room. Where there is none of that name you found it; that needs a key.", "join #go"},
		"part":     {"Leaves the room that you are in, for the lobby.", "part"},
		"rooms":    {"Lists the rooms that you may enter, and what the talk there is about.", "rooms"},
		"room":     {"Makes your room private, for those whom you invite, or opens it to all again.", "room private"},
		"reply":    {"Says the text to whoever sent you the last private message.", "reply yes, gladly"},
		"nick":     {"Gives you another name. With a key it is yours from then on, if it was nobody's.", "nick 小明"},
		"name":     {"Lists the names that are yours by your key. With release and a name, that name is free again.", "name release bob"},
		"key":      {"Lists your keys. add gives you a code: type /key add CODE where you came with the other key. remove takes a key away. bot says that a program has this key, person that you do.", "key add"},
		"enter":    {"Lets your key into a house that is closed to it, by a code that an operator gave you.", "enter ABCD-EFGH-JKLM-NPQR"},
		"whois":    {"Tells whether a name is somebody's by a key, and how and when that person came.", "whois bob"},
		"away":     {"Tells who asks, or writes to you, that you are not reading, and why. Saying anything ends it.", "away tea with 小明"},
		"back":     {"Ends being away.", "back"},
		"history":  {"Shows the last lines: so many, those since a time, or those of one person.", "history since 2h"},
		"follow":   {"Prints what happens in the room as it happens. Since a time it begins with what was said since; since last, with what was said after the last line that you followed.", "follow --since last"},
		"bot":      {"commands makes what a JSON array on standard input lists the commands of the bot whose key you come with. list shows those of all bots, remove takes them back.", "bot list"},
		"search":   {"Shows the lines that have all of these words in them.", "search tea six"},
		"more":     {"Shows the next lines of what history or search found. With a number it shows all of a long message.", "more 1042"},
		"ignore":   {"You read nothing of that person any more. Without a name it lists whom you ignore.", "ignore bob"},
		"unignore": {"You read that person again.", "unignore bob"},
		"set":      {"Lists what you have set and what else each may be, or sets one. With a key it lasts.", "set clock 12"},
		"lang":     {"Sets the language in which the house speaks to you. auto is that of your terminal.", "lang zh"},
		"theme":    {"Sets the colours in which you see the room.", "theme ink"},
		"time":     {"Sets how you see the time of each line: of 24 hours, of 12, or not at all; or the zone it is in, as in Asia/Shanghai.", "time Asia/Shanghai"},
		"bell":     {"Has your terminal ring when somebody says your name. Without on or off it changes what is.", "bell on"},
		"quiet":    {"Leaves out who comes and goes. Without on or off it changes what is.", "quiet on"},
		"notify":   {"Has your terminal show a sign when somebody says your name, or ring where nobody knows how. Without on or off it changes what is.", "notify on"},
		"topic":    {"Tells what the talk is about. Operators, and who founded the room, set it, or take it away with off.", "topic"},
		"motd":     {"Shows what everybody reads who comes in. Operators set it, or take it away with off.", "motd"},
		"forget":   {"Removes what you said, here and in what is kept, and what you typed. Operators may do it for anybody by name.", "forget me"},
		"export":   {"Prints all that is kept of you, one line of JSON each.", "export"},
		"op":       {"Makes somebody with a key an operator. The first one becomes it by the code in the server's log.", "op bob"},
		"deop":     {"Takes from somebody what op gave.", "deop bob"},
		"kick":     {"Has somebody leave now. Nothing keeps that one from coming again.", "kick bob enough for today"},
		"ban":      {"Keeps out a name and its key, an address or a network, for a time, as in 90s, 10m, 2h, 3d, 4w or 1d12h, or for good.", "ban bob 3d too loud"},
		"unban":    {"Lets in again what a ban keeps out.", "unban bob"},
		"bans":     {"Lists who is kept out and who is muted, by whom and until when.", "bans"},
		"mute":     {"Lets somebody say nothing, for a time, as in 90s, 10m, 2h, 3d, 4w or 1d12h, or for good.", "mute bob 10m"},
		"unmute":   {"Lets somebody speak again.", "unmute bob"},
		"slow":     {"Lets each person say one line in so many seconds. 0 ends it; without a number it tells what holds.", "slow 10"},
		"lockdown": {"Lets in only those whose key was here before. Without on or off it tells what holds.", "lockdown on"},
		"invite":   {"Invites somebody to the room that you look at. Operators, without a name, get a code by which a key may enter the house from then on.", "invite"},
		"close":    {"Closes a room. Those in it go on in the lobby, and what was said there is forgotten.", "close #go"},
		"unbot":    {"Takes the mark of a bot from a key, and the commands that it registered.", "unbot robot"},
		"free":     {"Takes a name from the key that it belongs to. Whoever comes next with a key may have it.", "free bob"},
		"audit":    {"Lists the last things that operators did; with rooms, what the owners of rooms did.", "audit 20"},
		"help":     {"Lists commands, or explains one.", "help msg"},
		"quit":     {"Ends your session. ^D does, too.", "quit"},
	}
}

// execHelpTexts returns what those commands do that do something else by ssh HOST COMMAND.
func execHelpTexts() map[string]Code {
	return map[string]Code{"say": HelpSayExec, "msg": HelpMsgExec, "invite": HelpInviteExec}
}

// help does /help, /help GROUP and /help COMMAND.
func (s *Session) help(args []string) (*Event, error) {
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
	e := &Event{Time: time.Now(), Kind: Helped}
	for _, c := range s.hub.commands {
		if c.Group == group && (operator || !c.Operator) {
			e.Commands = append(e.Commands, c)
		}
	}
	if group == "" {
		e.Code = HelpGroups
	}
	return e, nil
}

// explain does /help COMMAND.
func (s *Session) explain(name string) (*Event, error) {
	form, slash := s.helpSyntax()
	c := s.hub.command(name, form)
	switch {
	case c == nil:
		if e := s.hub.explainBotCommand(name); e != nil {
			return e, nil
		}
		return nil, s.unknownCommand(name, form)
	case c.Operator && !s.isOperator():
		return nil, refuse(OperatorsOnly)
	}
	l := helpTexts()[c.Names[0]]
	lines := []Sentence{{Usage, []any{c.Usage(form)}}, {l.text, nil}, {HelpExample, []any{slash + l.example}}}
	if c.runConfirmed != nil {
		lines = append(lines, Sentence{HelpConfirm, nil})
	}
	if form == ExecSyntax {
		if says, ok := execHelpTexts()[c.Names[0]]; ok {
			lines[1].Code = says
		}
		lines = append(lines, Sentence{HelpFlags, nil})
	}
	return answer(lines)
}

// helpSyntax returns the form in which s writes commands that help explains, and what
// they begin with there.
func (s *Session) helpSyntax() (form Syntax, slash string) {
	if s.oneShot {
		return ExecSyntax, ""
	}
	return SlashSyntax, "/"
}

// unknownCommand returns the refusal of a command that there is not in a form, with the one
// that may have been meant, or that it needs a terminal.
func (s *Session) unknownCommand(typed string, form Syntax) error {
	name := s.nearestCommand(typed, form)
	if form == SlashSyntax {
		if name == "" || s.hub.command(typed, ExecSyntax) != nil { // who typed that meant it
			return refuse(UnknownSlashCommand, "/"+Clean(typed))
		}
		return refuse(UnknownSlashMeant, "/"+Clean(typed), "/"+name)
	}
	switch elsewhere := s.hub.command(typed, SlashSyntax) != nil; {
	case elsewhere && typed == "join":
		return refuse(JoinTerminalOnly)
	case elsewhere:
		return refuse(TerminalOnly, typed, typed)
	case name == "":
		return refuse(UnknownCommand, Clean(typed))
	}
	return refuse(UnknownMeant, Clean(typed), name)
}

const (
	// maxTypos is how many mistakes are made out in a command, where at least half
	// of it is right, and maxTypoLength the length of the longest that is looked at.
	maxTypos      = 2
	maxTypoLength = 16
)

// nearestCommand returns the name of a command that s may use which is most like what was
// typed, or "".
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
		if d := editDistance(word, []rune(n)); d < least {
			name, least = n, d
		}
	}
	return name
}

// aliasElsewhere returns the command that other chat programs have under a name, or "".
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

// commandNames returns all names of the commands that s may use in a form, and then
// those of bots' commands.
func (s *Session) commandNames(form Syntax) (names []string) {
	operator := s.isOperator()
	for _, c := range s.hub.commands {
		if c.Syntaxes&form != 0 && (operator || !c.Operator) {
			names = append(names, c.Names...)
		}
	}
	return append(names, slices.Sorted(slices.Values(s.hub.botCommandNames("")))...)
}

// editDistance returns how many mistakes make one word of another: a character that is
// wrong, missing or too many, or two that changed places (the optimal string
// alignment distance).
func editDistance(a, b []rune) int {
	rows := [3][]int{} // the last two of the table, and the one to fill
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
	}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := range a {
		before, last, row := rows[0], rows[1], rows[2]
		row[0] = i + 1
		for j := range b {
			wrong := 1
			if a[i] == b[j] {
				wrong = 0
			}
			row[j+1] = min(last[j]+wrong, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		rows = [3][]int{last, row, before}
	}
	return rows[1][len(b)]
}
