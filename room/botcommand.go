package room

import (
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// maxBotCommands is how many commands all bots may have together. maxListedCommands is how many
	// are listed: bots with established keys come first, so that newcomers cannot crowd them out.
	maxBotCommands    = 1000
	maxListedCommands = 200
)

// botCommand implements bot commands, bot list and bot remove.
func (s *Session) botCommand(args []string) (Reply, error) {
	switch what := args[0]; {
	case what == "list" && len(args) == 1:
		return s.hub.listBotCommands()
	case s.Person == "":
		return nil, reply.Refuse(reply.NeedKey)
	case what == "commands" && len(args) == 2:
		return s.registerCommands(args[1])
	case what == "remove" && len(args) == 1:
		return s.setCommands(nil)
	case what == "remove":
		return s.removeCommand(args[1])
	}
	return nil, reply.Refuse(reply.Usage, "bot commands < FILE | list | remove [COMMAND]")
}

// registerCommands replaces the commands of s, a bot, by those in a JSON array.
func (s *Session) registerCommands(array string) (Reply, error) {
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
	return s.setCommands(list)
}

// setCommands replaces the commands of s, a bot, by a list. If one of them is refused, nothing
// changes.
func (s *Session) setCommands(list []accounts.BotCommand) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.bots.Get(s.Person)
	switch {
	case s.isRevokedLocked():
		return nil, Revoked
	case b == nil:
		return nil, reply.Refuse(reply.IsNoBot)
	}
	if n := h.countCommandsLocked() - len(b.Commands); len(list) > len(b.Commands) && h.isFullForLocked(s.Person, n+len(list)-1, maxBotCommands) {
		return nil, reply.Refuse(reply.NewcomersFull)
	}
	for i, c := range list {
		if err := h.checkCommandLocked(s.Person, &c, list[:i]); err != nil {
			return nil, err
		}
	}
	if len(list) > 0 {
		if err := s.maySpeakLocked(); err != nil { // everybody can read the help texts
			return nil, err
		}
	}
	h.bots.Put(s.Person, &accounts.Bot{Name: s.User().Name, Since: b.Since, LastSeen: time.Now(), Commands: list})
	return NewNotice(reply.CommandsKept, len(list)), nil
}

func (h *Hub) countCommandsLocked() (n int) {
	for _, b := range h.bots.All() {
		n += len(b.Commands)
	}
	return n
}

// checkCommandLocked returns why a bot may not register a command in addition to others, or nil.
func (h *Hub) checkCommandLocked(person string, c *accounts.BotCommand, others []accounts.BotCommand) error {
	isIt := func(other accounts.BotCommand) bool { return other.Name == c.Name }
	switch owner, _ := h.findBotCommandLocked(c.Name); {
	case !accounts.IsBotCommandName(c.Name):
		return reply.Refuse(reply.InvalidCommandName, text.Clean(c.Name))
	case h.command(c.Name, ^Syntax(0)) != nil, slices.Contains(helpGroups(), c.Name), slices.ContainsFunc(others, isIt):
		return reply.Refuse(reply.CommandExists, c.Name)
	case owner != "" && owner != person:
		return reply.Refuse(reply.CommandTaken, c.Name, h.bots.Get(owner).Name)
	case !c.FitsHelp():
		return reply.Refuse(reply.CommandText, c.Name, accounts.MaxBotHelp, accounts.MaxBotParams)
	}
	return nil
}

// findBotCommandLocked returns a bot's command and the bot's person, or "" if there is none.
func (h *Hub) findBotCommandLocked(name string) (person string, c *accounts.BotCommand) {
	for person, b := range h.bots.All() {
		for i := range b.Commands {
			if b.Commands[i].Name == name {
				return person, &b.Commands[i]
			}
		}
	}
	return "", nil
}

// removeCommand implements bot remove COMMAND, for the command's bot and for operators.
func (s *Session) removeCommand(name string) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	person, c := h.findBotCommandLocked(strings.TrimPrefix(name, "/"))
	operator := h.moderation.IsOperator(s.Person)
	if c == nil || person != s.Person && !operator {
		h.mu.Unlock()
		if operator || c == nil {
			return nil, reply.Refuse(reply.UnknownCommand, text.Clean(name))
		}
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	b := *h.bots.Get(person)
	b.Commands = slices.DeleteFunc(slices.Clone(b.Commands), func(other accounts.BotCommand) bool { return other == *c })
	h.bots.Put(person, &b)
	h.mu.Unlock()
	if person != s.Person {
		s.audit("bot remove", name+" ("+b.Name+")", "")
	}
	return NewNotice(reply.Done), nil
}

// A BotCommandsReply lists the commands of bots.
type BotCommandsReply struct {
	replied
	Commands []ListedBotCommand
}

// A ListedBotCommand is a bot's command as help shows it.
type ListedBotCommand struct{ Usage, Help, Bot string }

// Sentences is part of [TextReply].
func (r *BotCommandsReply) Sentences() (lines []reply.Sentence) {
	for _, c := range r.Commands {
		lines = append(lines, reply.Say(reply.BotCommandLine, c.Usage, c.Help, c.Bot))
	}
	return lines
}

func (r *BotCommandsReply) size() (items int, messages []*Event) { return len(r.Commands), nil }

// listBotCommands implements bot list and /help bots.
func (h *Hub) listBotCommands() (Reply, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var known, newcomers []ListedBotCommand
	for person, b := range h.bots.All() {
		to := &known
		if h.isNewcomerLocked(person) {
			to = &newcomers
		}
		for _, c := range b.Commands {
			*to = append(*to, ListedBotCommand{Usage: c.Usage(), Help: c.Help, Bot: b.Name})
		}
	}
	if len(known)+len(newcomers) == 0 {
		return nil, reply.Refuse(reply.NoBotCommands)
	}
	byUsage := func(a, b ListedBotCommand) int { return cmp.Compare(a.Usage, b.Usage) }
	slices.SortFunc(known, byUsage)
	slices.SortFunc(newcomers, byUsage)
	all := append(known, newcomers...)
	return &BotCommandsReply{Commands: all[:min(len(all), maxListedCommands)]}, nil
}

// explainBotCommand implements /help COMMAND for a bot's command. It returns nil if there is none.
func (h *Hub) explainBotCommand(name string) Reply {
	h.mu.Lock()
	defer h.mu.Unlock()
	person, c := h.findBotCommandLocked(name)
	if c == nil {
		return nil
	}
	e, _ := answer([]reply.Sentence{reply.Say(reply.Usage, c.Usage()), reply.Say(reply.BotHelp, h.bots.Get(person).Name, c.Help)})
	return e
}
