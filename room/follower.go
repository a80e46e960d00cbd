package room

import (
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/reply"
)

// Follow makes s, a one-shot session, read what happens in its room from now on, including what the
// settings of its person hide at a terminal. It returns the sequence number of the next event, and
// the time of the last event before that, which is never zero. The error is the [Reason] why s has
// left.
func (st *State) Follow(s *Session) (next uint64, last time.Time, err error) {
	if s.inbox.IsClosed() {
		return 0, last, s.reason
	}
	s.Following, st.Following[s] = true, true
	st.sessionChanged(s)
	s.settings.Store(nil)
	if next, last = s.Room().Log.Position(); last.IsZero() {
		last = time.Unix(0, 0).UTC()
	}
	s.inbox.StartAt(next)
	return next, last, nil
}

// Followers returns the sessions of a user that follow rooms.
func (st *State) Followers(u *User) (following []*Session) {
	for s := range st.Following {
		if s.UserInfo().Subject() == u.Info().Subject() {
			following = append(following, s)
		}
	}
	return following
}

// LatestFollower returns the latest of a person's sessions that follow a room, or nil. A
// command goes to one session only, and an older one may have lost its client.
func (st *State) LatestFollower(person ids.Account, r *Room) (latest *Session) {
	for s := range st.Following {
		if s.Person == person && s.Room() == r && (latest == nil || s.id > latest.id) {
			latest = s
		}
	}
	return latest
}

// evictFollowers ends the sessions that follow a room but may no longer enter it.
func (rs *Rooms) evictFollowers(r *Room) {
	for s := range rs.st.Sessions {
		if s.Following && s.Room() == r && rs.MayEnter(s, r) != nil {
			rs.st.leave(s, Kicked, reply.GoodbyePrivateRoom, r.Name)
		}
	}
}

// A PendingCommand was handed to a bot's session, but it is not known yet whether the bot's client
// has it. It is never handed out again: running a command twice may be worse than not running it.
// If the session ends before the client confirms it, the asker is told.
type PendingCommand struct {
	Asker *User  // nil if the asker is not at this node
	Line  string // what was asked
}
