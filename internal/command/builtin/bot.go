package builtin

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"bot"}, Params: []string{"commands|list|remove", "[COMMAND]"}, MinParams: 1,
		Syntaxes: command.ExecSyntax, Visibility: command.Visible,
		Help: i18n.Words{
			"list the commands of bots, or register your bot's",
			"查看机器人的命令，或登记自己的",
			"查看機器人的指令，或登記自己的",
		},
		Explanation: i18n.Words{
			"commands registers the commands in the JSON array on standard input, for the bot whose key you use. list shows the commands of all bots. remove unregisters your bot's.",
			"commands 从标准输入读取 JSON 数组，登记为您所用密钥的机器人的命令。list 列出所有机器人的命令，remove 取消登记。",
			"commands 從標準輸入讀取 JSON 陣列，註冊為您所用金鑰的機器人的指令。list 列出所有機器人的指令，remove 取消註冊。",
		},
		Example: "bot list",
		Run:     bot,
	})
}

// bot implements bot commands, bot list and bot remove.
func bot(s *command.Runner, args []string) (room.Reply, error) {
	switch what := args[0]; {
	case what == "list" && len(args) == 1:
		return command.ListBotCommands(s.Hub())
	case s.Person == "":
		return nil, reply.Refuse(reply.NeedKey)
	case what == "commands" && len(args) == 2:
		return registerCommands(s, args[1])
	case what == "remove" && len(args) == 1:
		return setCommands(s, nil)
	case what == "remove":
		return removeCommand(s, args[1])
	}
	return nil, reply.Refuse(reply.Usage, "bot commands < FILE | list | remove [COMMAND]")
}

// registerCommands replaces the commands of s, a bot, by those in a JSON array.
func registerCommands(s *command.Runner, array string) (room.Reply, error) {
	var list []accounts.BotCommand
	d := json.NewDecoder(strings.NewReader(array))
	d.DisallowUnknownFields() // so that a misspelt field is noticed
	if err := d.Decode(&list); err != nil || list == nil {
		return nil, reply.Refuse(reply.InvalidCommands)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, reply.Refuse(reply.InvalidCommands)
	}
	if len(list) > accounts.MaxCommandsPerBot {
		return nil, reply.Refuse(reply.TooManyCommands, accounts.MaxCommandsPerBot)
	}
	return setCommands(s, list)
}

// setCommands replaces the commands of s, a bot, by a list. If one of them is refused, nothing
// changes.
func setCommands(s *command.Runner, list []accounts.BotCommand) (room.Reply, error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	b := st.Bots.Get(s.Person)
	switch {
	case st.People.IsRevoked(s.Session):
		return nil, room.Revoked
	case b == nil:
		return nil, reply.Refuse(reply.IsNoBot)
	}
	if n := countCommands(st) - len(b.Commands); len(list) > len(b.Commands) && st.People.IsFullFor(s.Person, n+len(list)-1, command.MaxBotCommands) {
		return nil, reply.Refuse(reply.NewcomersFull)
	}
	for i, c := range list {
		if err := checkCommand(st, s.Person, &c, list[:i]); err != nil {
			return nil, err
		}
	}
	if len(list) > 0 {
		if err := st.Access.MaySpeak(s.Session); err != nil { // everybody can read the help texts
			return nil, err
		}
	}
	st.Bots.Put(s.Person, &accounts.Bot{Name: s.UserInfo().Name, Since: b.Since, LastSeen: time.Now(), Commands: list})
	return room.NewNotice(reply.CommandsKept, len(list)), nil
}

func countCommands(st *room.State) (n int) {
	for _, b := range st.Bots.All() {
		n += len(b.Commands)
	}
	return n
}

// checkCommand returns why a bot may not register a command in addition to others, or nil.
func checkCommand(st *room.State, person ids.Account, c *accounts.BotCommand, others []accounts.BotCommand) error {
	isIt := func(other accounts.BotCommand) bool { return other.Name == c.Name }
	switch owner, _ := command.FindBotCommand(st, c.Name); {
	case !accounts.IsBotCommandName(c.Name):
		return reply.Refuse(reply.InvalidCommandName, text.Clean(c.Name))
	case command.Find(c.Name, ^command.Syntax(0)) != nil, slices.Contains(command.HelpGroups(), c.Name), slices.ContainsFunc(others, isIt):
		return reply.Refuse(reply.CommandExists, c.Name)
	case owner != "" && owner != person:
		return reply.Refuse(reply.CommandTaken, c.Name, st.Bots.Get(owner).Name)
	case !c.FitsHelp():
		return reply.Refuse(reply.CommandText, c.Name, accounts.MaxBotHelp, accounts.MaxBotParams)
	}
	return nil
}

// removeCommand implements bot remove COMMAND, for the command's bot and for operators.
func removeCommand(s *command.Runner, name string) (room.Reply, error) {
	st := s.Hub().Lock()
	person, c := command.FindBotCommand(st, strings.TrimPrefix(name, "/"))
	operator := st.Moderation.IsOperator(s.Person)
	if c == nil || person != s.Person && !operator {
		st.Unlock()
		if operator || c == nil {
			return nil, reply.Refuse(reply.UnknownCommand, text.Clean(name))
		}
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	b := *st.Bots.Get(person)
	b.Commands = slices.DeleteFunc(slices.Clone(b.Commands), func(other accounts.BotCommand) bool { return other == *c })
	st.Bots.Put(person, &b)
	st.Unlock()
	if person != s.Person {
		s.Audit("bot remove", name+" ("+b.Name+")", "")
	}
	return room.NewNotice(reply.Done), nil
}
