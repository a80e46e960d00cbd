package follow

import (
	"strings"

	"teahouse/internal/inbox"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/room"
)

// HandCommand hands a command that s typed to a bot's session at this node, and returns the answer
// for s. A nil session means that the bot does not follow the room. The hub is locked.
func HandCommand(s *room.Session, e *room.BotCommand, bot *room.Session, called, line string) (room.Reply, error) {
	if bot == nil {
		return nil, reply.Refuse(reply.BotAway, called, s.RoomName(), line)
	}
	if refusal := hand(bot, e, s.User, line); refusal != "" {
		return nil, reply.Refuse(refusal, called)
	}
	return room.NewNotice(reply.HandedToBot, called, line), nil
}

// ReceiveCommand hands a bot's session, which follows a room, a command from another node. The
// error is a [*reply.Refusal] or [room.ErrSessionOver].
func ReceiveCommand(bot *room.Session, e *room.BotCommand) error {
	st := bot.Hub().Lock()
	defer st.Unlock()
	asker := st.Online.ByPerson[e.User.Person]
	if asker == nil {
		asker = st.Online.ByName[names.Key(e.User.Name)]
	}
	if !bot.Following {
		return room.ErrSessionOver
	}
	if refusal := hand(bot, e, asker, strings.TrimSpace("/"+e.Name+" "+e.Args)); refusal != "" {
		return reply.Refuse(refusal, bot.UserInfo().Name)
	}
	return nil
}

// hand puts a command into the mailbox of a bot's session. If it cannot, it returns the code of a
// refusal, whose argument is the name of the bot.
func hand(bot *room.Session, e *room.BotCommand, asker *room.User, line string) (refusal reply.Code) {
	switch {
	case bot.IgnoresUser(e.User):
		return reply.Ignored
	case len(bot.PendingCommands) >= inbox.Size, bot.Post(e) != nil:
		return reply.MailboxFull
	}
	bot.PendingCommands = append(bot.PendingCommands, room.PendingCommand{Asker: asker, Line: line})
	return ""
}

// failPendingCommands tells the askers of the commands that s's client may not have.
func failPendingCommands(s *room.Session) {
	for _, c := range s.PendingCommands {
		if c.Asker != nil && len(c.Asker.Sessions) > 0 { // an asker who has left cannot be told
			c.Asker.Recipient().Post(room.NewNotice(reply.BotLeft, s.UserInfo().Name, c.Line))
		}
	}
	s.PendingCommands = nil
}
