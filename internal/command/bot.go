package command

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

const (
	// maxBotCommands is how many commands all bots may have together. maxListedCommands is how many
	// are listed: bots with established keys come first, so that newcomers cannot crowd them out.
	maxBotCommands    = 1000
	maxListedCommands = 200
)

// botCommand implements bot commands, bot list and bot remove.
func botCommand(s *Runner, args []string) (room.Reply, error) {
	switch what := args[0]; {
	case what == "list" && len(args) == 1:
		return listBotCommands(s.hub)
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
func registerCommands(s *Runner, array string) (room.Reply, error) {
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
func setCommands(s *Runner, list []accounts.BotCommand) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	b := st.Bots.Get(s.Person)
	switch {
	case st.People.IsRevoked(s.Session):
		return nil, room.Revoked
	case b == nil:
		return nil, reply.Refuse(reply.IsNoBot)
	}
	if n := countCommands(st) - len(b.Commands); len(list) > len(b.Commands) && st.People.IsFullFor(s.Person, n+len(list)-1, maxBotCommands) {
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
func checkCommand(st *room.State, person string, c *accounts.BotCommand, others []accounts.BotCommand) error {
	isIt := func(other accounts.BotCommand) bool { return other.Name == c.Name }
	switch owner, _ := findBotCommand(st, c.Name); {
	case !accounts.IsBotCommandName(c.Name):
		return reply.Refuse(reply.InvalidCommandName, text.Clean(c.Name))
	case find(c.Name, ^Syntax(0)) != nil, slices.Contains(helpGroups(), c.Name), slices.ContainsFunc(others, isIt):
		return reply.Refuse(reply.CommandExists, c.Name)
	case owner != "" && owner != person:
		return reply.Refuse(reply.CommandTaken, c.Name, st.Bots.Get(owner).Name)
	case !c.FitsHelp():
		return reply.Refuse(reply.CommandText, c.Name, accounts.MaxBotHelp, accounts.MaxBotParams)
	}
	return nil
}

// removeCommand implements bot remove COMMAND, for the command's bot and for operators.
func removeCommand(s *Runner, name string) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	person, c := findBotCommand(st, strings.TrimPrefix(name, "/"))
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
