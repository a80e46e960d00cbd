package command

import (
	"errors"
	"strings"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// callBot hands a command from s to its bot, if the bot follows the room; nobody else reads
// it. It returns nil if there is no such command.
func callBot(s *Runner, name, params string) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	person, c := findBotCommand(st, name)
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
		return s.QueueCommand(e, bot, called, line)
	}
	st.Unlock()
	return callBotAtPeer(s, e, bot, called, line)
}

// callBotAtPeer hands a command to a bot at another node.
func callBotAtPeer(s *Runner, e *room.BotCommand, bot *room.Session, called, line string) (room.Reply, error) {
	if bot.IgnoresUser(e.User) {
		return nil, reply.Refuse(reply.Ignored, called)
	}
	switch err := bot.DeliverAtPeer(e); {
	case errors.Is(err, room.ErrSessionOver):
		return nil, reply.Refuse(reply.BotAway, called, s.RoomName(), line)
	case errors.Is(err, room.ErrUnreachable):
		return nil, reply.Refuse(reply.BotNotReached, called, line)
	case err != nil:
		return nil, err
	}
	return room.NewNotice(reply.HandedToBot, called, line), nil
}
