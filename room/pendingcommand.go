package room

import (
	"errors"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// A pendingCommand was handed to a bot's session, but it is not known yet whether the bot's client
// has it. It is never handed out again: running a command twice may be worse than not running it.
// If the session ends before the client confirms it, the asker is told.
type pendingCommand struct {
	asker *user  // nil if the asker is not at this node
	line  string // what was asked
}

// A BotCommand is a command that somebody typed, as the bot reads it.
type BotCommand struct {
	replied
	Time time.Time
	User *UserInfo // the user who typed it
	Name string
	Args string // what followed the name
}

// sendBotCommand hands a command from s to its bot, if the bot follows the room; nobody else reads
// it. It returns nil if there is no such command.
func (s *Session) sendBotCommand(name, params string) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	person, c := h.findBotCommandLocked(name)
	if c == nil {
		h.mu.Unlock()
		return nil, nil
	}
	called, away := h.bots.Get(person).Name, h.latestFollowerLocked(person, s.room()) == nil
	h.mu.Unlock()
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
	if err := s.maySpeak(); err != nil {
		return nil, err
	}
	s.endAway()
	e := &BotCommand{Time: time.Now(), User: s.User(), Name: name, Args: params}
	h.mu.Lock()
	bot := h.latestFollowerLocked(person, s.room())
	if bot == nil || bot.peer == nil {
		defer h.mu.Unlock()
		return s.queueCommandLocked(e, bot, called, line)
	}
	h.mu.Unlock()
	return s.sendCommandToPeer(e, bot, called, line)
}

// sendCommandToPeer hands a command to a bot at another node.
func (s *Session) sendCommandToPeer(e *BotCommand, bot *Session, called, line string) (Reply, error) {
	if bot.ignoresUser(e.User) {
		return nil, reply.Refuse(reply.Ignored, called)
	}
	switch err := bot.peer.remote.Deliver(bot.id, e); {
	case errors.Is(err, ErrSessionOver):
		return nil, reply.Refuse(reply.BotAway, called, s.RoomName(), line)
	case errors.Is(err, ErrUnreachable):
		return nil, reply.Refuse(reply.BotNotReached, called, line)
	case err != nil:
		return nil, err
	}
	return NewNotice(reply.HandedToBot, called, line), nil
}

// queueCommandLocked hands a command to a bot's session. A nil session means that the bot does not
// follow the room.
func (s *Session) queueCommandLocked(e *BotCommand, bot *Session, called, line string) (Reply, error) {
	switch {
	case bot == nil:
		return nil, reply.Refuse(reply.BotAway, called, s.RoomName(), line)
	case bot.ignoresUser(e.User):
		return nil, reply.Refuse(reply.Ignored, called)
	case len(bot.pendingCommands) >= mailboxSize, !bot.post(e):
		return nil, reply.Refuse(reply.MailboxFull, called)
	}
	bot.pendingCommands = append(bot.pendingCommands, pendingCommand{s.user, line})
	return NewNotice(reply.HandedToBot, called, line), nil
}

// receiveCommand hands s, which follows a room, a command from another node.
func (s *Session) receiveCommand(e *BotCommand) error {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	by := h.online.byPerson[e.User.Person]
	if by == nil {
		by = h.online.byName[names.Key(e.User.Name)]
	}
	switch {
	case !s.following:
		return ErrSessionOver
	case s.ignoresUser(e.User):
		return reply.Refuse(reply.Ignored, s.User().Name)
	case len(s.pendingCommands) >= mailboxSize, !s.post(e):
		return reply.Refuse(reply.MailboxFull, s.User().Name)
	}
	s.pendingCommands = append(s.pendingCommands, pendingCommand{by, strings.TrimSpace("/" + e.Name + " " + e.Args)})
	return nil
}

// latestFollowerLocked returns the latest of a person's sessions that follow a room, or nil. A
// command goes to one session only, and an older one may have lost its client.
func (h *Hub) latestFollowerLocked(person string, r *Room) (latest *Session) {
	for s := range h.followSessions {
		if s.Person == person && s.room() == r && (latest == nil || s.id > latest.id) {
			latest = s
		}
	}
	return latest
}

// ackCommandsLocked confirms that s's client has the n oldest of the commands handed to s.
func (s *Session) ackCommandsLocked(n int) {
	s.pendingCommands = s.pendingCommands[min(n, len(s.pendingCommands)):]
}

// failPendingCommands tells the askers of the commands that s's client may not have.
func (s *Session) failPendingCommands() {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range s.pendingCommands {
		if e.asker != nil && len(e.asker.sessions) > 0 { // an asker who has left cannot be told
			e.asker.recipient().post(NewNotice(reply.BotLeft, s.User().Name, e.line))
		}
	}
	s.pendingCommands = nil
}
