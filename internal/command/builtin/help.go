package builtin

import (
	"slices"
	"strings"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"help"}, Params: []string{"[COMMAND]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{"list the commands, or explain one", "列出命令，或解释一个命令", "列出指令，或解釋一個指令"},
		Explanation: i18n.Words{
			"Lists the commands, or explains one.",
			"列出命令，或解释一个命令。",
			"列出指令，或解釋一個指令。",
		},
		Example:  "help msg",
		Complete: completeHelp,
		Run:      help,
	})
}

// A HelpReply lists commands: those that most people need, or those of a group.
type HelpReply struct {
	room.PlainReply
	Group    string // "" is for what most people need
	Commands []*command.Command
}

func (r *HelpReply) Cost() (items int, messages []*room.Event) { return len(r.Commands), nil }

// help implements /help, /help GROUP and /help COMMAND.
func help(s *command.Runner, args []string) (room.Reply, error) {
	group := ""
	if len(args) > 0 {
		group = strings.ToLower(strings.TrimPrefix(args[0], "/"))
	}
	switch {
	case group == command.GroupBots:
		return command.ListBotCommands(s.Hub())
	case group != "" && !slices.Contains(command.HelpGroups(), group):
		return explain(s, group)
	}
	operator := s.IsOperator()
	r := &HelpReply{Group: group}
	for _, c := range command.All() {
		if c.Group == group && (operator || !c.Operator) {
			r.Commands = append(r.Commands, c)
		}
	}
	return r, nil
}

// explain implements /help COMMAND.
func explain(s *command.Runner, name string) (room.Reply, error) {
	form, slash := helpSyntax(s)
	c := command.Find(name, form)
	switch {
	case c == nil:
		if e := command.ExplainBotCommand(s.Hub(), name); e != nil {
			return e, nil
		}
		return nil, command.UnknownCommand(s, name, form)
	case c.Operator && !s.IsOperator():
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	lines := []reply.Sentence{reply.Say(reply.Usage, c.Usage(form)), c.ExplanationSentence(form), reply.Say(reply.HelpExample, slash+c.Example)}
	if c.RunConfirmed != nil {
		lines = append(lines, reply.Say(reply.HelpConfirm))
	}
	if form == command.ExecSyntax {
		lines = append(lines, reply.Say(reply.HelpFlags))
	}
	return &command.Answer{Lines: lines}, nil
}

// helpSyntax returns the syntax that s uses for the commands in help, and the prefix that they have
// in it.
func helpSyntax(s *command.Runner) (form command.Syntax, slash string) {
	if s.OneShot {
		return command.ExecSyntax, ""
	}
	return command.SlashSyntax, "/"
}

// completeHelp completes what may follow /help: commands and groups of commands.
func completeHelp(s *command.Runner, words []string) []string {
	if len(words) > 1 {
		return nil
	}
	typed := strings.TrimPrefix(words[0], "/")
	names := s.CompleteCommand(typed, command.SlashSyntax)
	for _, group := range command.HelpGroups() {
		if text.HasPrefixFold(group, typed) && !slices.Contains(names, group) { // "rooms" is both
			names = append(names, group)
		}
	}
	return command.SortCompletions(names)
}
