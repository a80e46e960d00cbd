package room

import (
	"slices"
	"sync/atomic"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/ratelimit"
	"teahouse/internal/roster"
)

// A User is an online person as others see them. Most have one session. Somebody with a key may
// have several: a terminal, and pipes beside it. They share one name, and others do not see single
// sessions come or go.
type User struct {
	roster.Entry
	Away       atomic.Pointer[AwayState]        // nil unless the person said that they are away
	LastSender atomic.Pointer[UserInfo]         // the sender of the last private message, as they were then
	rateLimit  atomic.Pointer[ratelimit.Person] // for all sessions together; nil without limits

	// The rest is guarded by Hub.mu.
	Sessions       []*Session
	Rooms          []*Room     // the rooms that the user has joined, besides the lobby
	Terminal       *Session    // the session at a terminal, or nil
	takeovers      []time.Time // when terminals took over recently
	terminalLeftAt time.Time   // when the last terminal left while other sessions stayed
	NamedAt        time.Time   // since when the user has this name, according to its own node
	Assigned       bool        // the name was assigned in place of the requested one
}

// addLocked makes s a session of u.
func (u *User) addLocked(s *Session) {
	u.Sessions = append(u.Sessions, s)
	s.hub.state.sessionChanged(s)
	if s.Client.Terminal {
		u.Terminal = s
	}
}

// removeLocked removes s from u's sessions. It reports whether s was the last one.
func (u *User) removeLocked(s *Session) (last bool) {
	before := len(u.Sessions)
	u.Sessions = slices.DeleteFunc(u.Sessions, func(other *Session) bool { return other == s })
	if u.Terminal == s {
		u.Terminal, u.terminalLeftAt = nil, time.Now()
		for _, other := range u.Sessions { // at another node, which has not heard of s yet
			if other.Client.Terminal {
				u.Terminal = other
			}
		}
	}
	return before > 0 && len(u.Sessions) == 0
}

// Recipient returns the session that gets u's private messages. Hub.mu is held.
func (u *User) Recipient() *Session {
	if u.Terminal != nil {
		return u.Terminal
	}
	return u.Sessions[0]
}

// unseenMessagesLocked returns the private messages that went to other sessions of u than s, and
// which those may not have shown to anybody.
func (u *User) unseenMessagesLocked(s *Session) (unread []*Event) {
	for _, other := range u.Sessions {
		if other != s {
			unread = append(unread, TakeUnseenMessages(other)...)
		}
	}
	return unread
}

// leaveRoomsLocked removes u, which is leaving, from the rooms that it has joined besides the
// lobby.
func (u *User) leaveRoomsLocked() {
	for _, r := range u.Rooms {
		delete(r.Members, u)
		if len(r.Members) == 0 {
			r.emptySince = time.Now()
		}
	}
}

// set gives u another name, which must be free.
func (n *Naming) set(u *User, id names.Identity, who *UserInfo) {
	n.st.Online.RemoveName(u)
	u.Identity = id
	n.st.SetUserInfo(u, who)
	n.st.Online.Add(u)
}

// Recipient returns the session of u that gets private messages, or nil if u has left.
func (h *Hub) Recipient(u *User) *Session {
	st := h.Lock()
	defer st.Unlock()
	if len(u.Sessions) == 0 {
		return nil
	}
	return u.Recipient()
}
