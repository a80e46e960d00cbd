package command

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/follow"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

const (
	// MaxBotCommands is how many commands all bots may have together. MaxListedCommands is how many
	// are listed: bots with established keys come first, so that newcomers cannot crowd them out.
	MaxBotCommands    = 1000
	MaxListedCommands = 200
)

// A BotCommandsReply lists the commands of bots.
type BotCommandsReply struct {
	room.PlainReply
	Commands []ListedBotCommand
}

// A ListedBotCommand is a bot's command as help shows it.
type ListedBotCommand struct{ Usage, Help, Bot string }

// Sentences is part of [room.TextReply].
func (r *BotCommandsReply) Sentences() (lines []reply.Sentence) {
	for _, c := range r.Commands {
		lines = append(lines, reply.Say(reply.BotCommandLine, c.Usage, c.Help, c.Bot))
	}
	return lines
}

func (r *BotCommandsReply) Cost() (items int, messages []*room.Event) { return len(r.Commands), nil }

// ListBotCommands implements bot list and /help bots.
func ListBotCommands(h *room.Hub) (room.Reply, error) {
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
	return &BotCommandsReply{Commands: all[:min(len(all), MaxListedCommands)]}, nil
}

// ExplainBotCommand implements /help COMMAND for a bot's command. It returns nil if there is none.
func ExplainBotCommand(h *room.Hub, name string) room.Reply {
	st := h.Lock()
	defer st.Unlock()
	person, c := FindBotCommand(st, name)
	if c == nil {
		return nil
	}
	return &Answer{Lines: []reply.Sentence{reply.Say(reply.Usage, c.Usage()), reply.Say(reply.BotHelp, st.Bots.Get(person).Name, c.Help)}}
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

// isBotCommand reports whether a bot has a command with that name.
func isBotCommand(h *room.Hub, name string) bool {
	st := h.Lock()
	defer st.Unlock()
	_, c := FindBotCommand(st, name)
	return c != nil
}

// FindBotCommand returns a bot's command and the bot's person, or "" if there is none.
func FindBotCommand(st *room.State, name string) (person ids.Account, c *accounts.BotCommand) {
	for person, b := range st.Bots.All() {
		for i := range b.Commands {
			if b.Commands[i].Name == name {
				return person, &b.Commands[i]
			}
		}
	}
	return "", nil
}

// callBot hands a command from s to its bot, if the bot follows the room; nobody else reads
// it. It returns nil if there is no such command.
func callBot(s *Runner, name, params string) (room.Reply, error) {
	h := s.Hub()
	st := h.Lock()
	person, c := FindBotCommand(st, name)
	if c == nil {
		st.Unlock()
		return nil, nil
	}
	called, away := st.Bots.Get(person).Name, st.LatestFollower(person, s.Room()) == nil
	st.Unlock()
	line := strings.TrimSpace("/" + name + " " + text.Clean(params))
	if away {
		return nil, reply.Refuse(reply.BotAway, called, s.RoomName(), line)
	}
	if params != "" {
		var err error
		if params, err = text.CheckLine(params); err != nil {
			return nil, err
		}
	}
	if err := s.MaySpeak(); err != nil {
		return nil, err
	}
	s.EndAway()
	e := &room.BotCommand{Time: time.Now(), User: s.UserInfo(), Name: name, Args: params}
	st = h.Lock()
	bot := st.LatestFollower(person, s.Room())
	if bot == nil || !bot.IsRemote() {
		defer st.Unlock()
		return follow.HandCommand(s.Session, e, bot, called, line)
	}
	st.Unlock()
	return callBotAtPeer(s, e, bot, called, line)
}

// callBotAtPeer hands a command to a bot at another node.
func callBotAtPeer(s *Runner, e *room.BotCommand, bot *room.Session, called, line string) (room.Reply, error) {
	if bot.IgnoresUser(e.User) {
		return nil, reply.Refuse(reply.Ignored, called)
	}
	ctx := context.WithoutCancel(s.Context()) // as for a private message
	switch err := room.DeliverAtPeer(ctx, bot, e); {
	case errors.Is(err, room.ErrSessionOver):
		return nil, reply.Refuse(reply.BotAway, called, s.RoomName(), line)
	case errors.Is(err, room.ErrUnreachable):
		return nil, reply.Refuse(reply.BotNotReached, called, line)
	case err != nil:
		return nil, err
	}
	return room.NewNotice(reply.HandedToBot, called, line), nil
}
