package room

import (
	"strings"

	"teahouse/internal/inbox"
	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// A pendingCommand was handed to a bot's session, but it is not known yet whether the bot's client
// has it. It is never handed out again: running a command twice may be worse than not running it.
// If the session ends before the client confirms it, the asker is told.
type pendingCommand struct {
	asker *User  // nil if the asker is not at this node
	line  string // what was asked
}

// QueueCommand hands a command to a bot's session. A nil session means that the bot does not
// follow the room.
func (s *Session) QueueCommand(e *BotCommand, bot *Session, called, line string) (Reply, error) {
	switch {
	case bot == nil:
		return nil, reply.Refuse(reply.BotAway, called, s.RoomName(), line)
	case bot.IgnoresUser(e.User):
		return nil, reply.Refuse(reply.Ignored, called)
	case len(bot.pendingCommands) >= inbox.Size, !bot.Post(e):
		return nil, reply.Refuse(reply.MailboxFull, called)
	}
	bot.pendingCommands = append(bot.pendingCommands, pendingCommand{s.User, line})
	return NewNotice(reply.HandedToBot, called, line), nil
}

// ReceiveCommand hands s, which follows a room, a command from another node. The error is a
// [*reply.Refusal] or [ErrSessionOver].
func (s *Session) ReceiveCommand(e *BotCommand) error {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	by := st.Online.ByPerson[e.User.Person]
	if by == nil {
		by = st.Online.ByName[names.Key(e.User.Name)]
	}
	switch {
	case !s.Following:
		return ErrSessionOver
	case s.IgnoresUser(e.User):
		return reply.Refuse(reply.Ignored, s.UserInfo().Name)
	case len(s.pendingCommands) >= inbox.Size, !s.Post(e):
		return reply.Refuse(reply.MailboxFull, s.UserInfo().Name)
	}
	s.pendingCommands = append(s.pendingCommands, pendingCommand{by, strings.TrimSpace("/" + e.Name + " " + e.Args)})
	return nil
}

// LatestFollower returns the latest of a person's sessions that follow a room, or nil. A
// command goes to one session only, and an older one may have lost its client.
func (st *State) LatestFollower(person string, r *Room) (latest *Session) {
	for s := range st.Following {
		if s.Person == person && s.Room() == r && (latest == nil || s.id > latest.id) {
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
	st := h.Lock()
	defer st.Unlock()
	for _, e := range s.pendingCommands {
		if e.asker != nil && len(e.asker.Sessions) > 0 { // an asker who has left cannot be told
			e.asker.recipient().Post(NewNotice(reply.BotLeft, s.UserInfo().Name, e.line))
		}
	}
	s.pendingCommands = nil
}
