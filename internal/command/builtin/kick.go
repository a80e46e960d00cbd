package builtin

import (
	"context"
	"errors"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"kick"}, Params: []string{"NAME", "[WHY]"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.OperatorVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{"disconnect someone", "踢出某人", "踢出某人"},
		Explanation: i18n.Words{
			"Disconnects someone. They can come back at once.",
			"踢出某人。对方可以马上再进来。",
			"踢出某人。對方可以馬上再進來。",
		},
		Example: "kick bob enough for today",
		Run:     kick,
	})
}

// kick implements /kick.
func kick(s *command.Runner, args []string) (room.Reply, error) {
	u := room.FindUser(s.Session, args[0])
	switch {
	case u == nil:
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(args[0]))
	case u == s.User || u.Person() != "" && u.Person() == s.Person:
		return nil, reply.Refuse(reply.CannotKickSelf)
	}
	reason := ""
	if len(args) > 1 {
		reason = moderation.CleanReason(args[1])
	}
	farewell, why := reply.GoodbyeKicked, []any(nil)
	if reason != "" {
		farewell, why = reply.GoodbyeKickedReason, []any{reason}
	}
	st := s.Hub().Lock()
	name := u.Info().Name
	elsewhere := st.EndSessions(append(st.Followers(u), u.Sessions...), room.Kicked, farewell, why...)
	st.Unlock()
	s.Audit("kick", name, reason)
	ctx := context.WithoutCancel(s.Context()) // it is in the audit log, so it is done even if s leaves
	for _, other := range elsewhere {
		if err := room.DisconnectAtPeer(ctx, other, room.Kicked, farewell, why); errors.Is(err, room.ErrUnreachable) {
			return nil, reply.Refuse(reply.KickUnconfirmed, name)
		}
	}
	return room.NewNotice(reply.KickedNow, name), nil
}
