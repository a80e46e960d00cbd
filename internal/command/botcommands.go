package command

import (
	"cmp"
	"slices"
	"strings"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/room"
)

// A BotCommandsReply lists the commands of bots.
type BotCommandsReply struct {
	room.PlainReply
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

func (r *BotCommandsReply) Cost() (items int, messages []*room.Event) { return len(r.Commands), nil }

// listBotCommands implements bot list and /help bots.
func listBotCommands(h *room.Hub) (room.Reply, error) {
	st := h.Lock()
	defer st.Unlock()
	var known, newcomers []ListedBotCommand
	for person, b := range st.Bots.All() {
		to := &known
		if st.People.IsNewcomer(person) {
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
func explainBotCommand(h *room.Hub, name string) room.Reply {
	st := h.Lock()
	defer st.Unlock()
	person, c := findBotCommand(st, name)
	if c == nil {
		return nil
	}
	e, _ := answer([]reply.Sentence{reply.Say(reply.Usage, c.Usage()), reply.Say(reply.BotHelp, st.Bots.Get(person).Name, c.Help)})
	return e
}

// botCommandNames returns the names of bots' commands that begin with what was typed.
func botCommandNames(h *room.Hub, typed string) (names []string) {
	typed = strings.ToLower(typed)
	st := h.Lock()
	defer st.Unlock()
	for _, b := range st.Bots.All() {
		for _, c := range b.Commands {
			if strings.HasPrefix(c.Name, typed) { // the names are in lower case
				names = append(names, c.Name)
			}
		}
	}
	return names
}

// findBotCommand returns a bot's command and the bot's person, or "" if there is none.
func findBotCommand(st *room.State, name string) (person string, c *accounts.BotCommand) {
	for person, b := range st.Bots.All() {
		for i := range b.Commands {
			if b.Commands[i].Name == name {
				return person, &b.Commands[i]
			}
		}
	}
	return "", nil
}
