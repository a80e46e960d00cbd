package command

import (
	"errors"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// kick implements /kick.
func kick(s *Runner, args []string) (room.Reply, error) {
	u := s.FindUser(args[0])
	switch {
	case u == nil:
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(args[0]))
	case u == s.User || u.Person() != "" && u.Person() == s.Person:
		return nil, reply.Refuse(reply.CannotKickSelf)
	}
	reason := ""
	if len(args) > 1 {
		reason = room.CleanReason(args[1])
	}
	farewell, why := reply.GoodbyeKicked, []any(nil)
	if reason != "" {
		farewell, why = reply.GoodbyeKickedReason, []any{reason}
	}
	h := s.hub
	st := h.Lock()
	name := u.Info().Name
	elsewhere := st.EndSessions(append(st.Followers(u), u.Sessions...), room.Kicked, farewell, why...)
	st.Unlock()
	s.Audit("kick", name, reason)
	for _, other := range elsewhere {
		if err := other.DisconnectAtPeer(room.Kicked, farewell, why); errors.Is(err, room.ErrUnreachable) {
			return nil, reply.Refuse(reply.KickUnconfirmed, name)
		}
	}
	return room.NewNotice(reply.KickedNow, name), nil
}
