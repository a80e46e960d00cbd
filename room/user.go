package room

import (
	"slices"
	"sync/atomic"
	"time"

	"teahouse/internal/names"
)

// A user is a person who is here, as the others see it. It has one session
// as a rule. Who came with a key may have more: a terminal, and beside it pipes;
// they are one person with one name, of whom nobody sees a part come or go.
type user struct {
	info       atomic.Pointer[UserInfo]
	awayState  atomic.Pointer[awayState] // nil for who has not said that it is away
	lastSender atomic.Pointer[UserInfo]  // who sent the last private message, as it was then
	rateLimit  atomic.Pointer[rateLimit] // of all sessions; nil where there are no limits

	// The rest is guarded by Hub.mu.
	identity       names.Identity
	sessions       []*Session
	rooms          []*Room     // that it is in, beside the lobby
	terminal       *Session    // the one of the sessions that is at a terminal, or nil
	takeovers      []time.Time // when another took that one's place, lately
	terminalLeftAt time.Time   // when the last terminal left, where others of its sessions stay
	namedAt        time.Time   // since when it is called so, at home
	remoteName     string      // what it is called at home in another house, where here it is not
	indexedName    string      // the name by which it is in the house's roll
	assigned       bool        // the name was given to it in place of another
}

// addLocked makes s a session of u.
func (u *user) addLocked(s *Session) {
	u.sessions = append(u.sessions, s)
	s.hub.sessionChangedLocked(s)
	if s.client.Terminal {
		u.terminal = s
	}
}

// removeLocked takes s off. It reports whether it was the last session.
func (u *user) removeLocked(s *Session) (last bool) {
	before := len(u.sessions)
	u.sessions = slices.DeleteFunc(u.sessions, func(other *Session) bool { return other == s })
	if u.terminal == s {
		u.terminal, u.terminalLeftAt = nil, time.Now()
		for _, other := range u.sessions { // in another house, where it has not heard of s
			if other.client.Terminal {
				u.terminal = other
			}
		}
	}
	return before > 0 && len(u.sessions) == 0
}

// recipient returns the session that private messages go to.
func (u *user) recipient() *Session {
	if u.terminal != nil {
		return u.terminal
	}
	return u.sessions[0]
}

// unseenMessagesLocked returns the private messages that went to sessions of u other than
// s, which may not have shown them to anybody.
func (u *user) unseenMessagesLocked(s *Session) (unread []*Event) {
	for _, other := range u.sessions {
		if other != s {
			unread = append(unread, other.unseenMessages()...)
		}
	}
	return unread
}

// leaveRoomsLocked takes u, which leaves, out of the rooms that it is in beside the lobby.
func (u *user) leaveRoomsLocked() {
	for _, r := range u.rooms {
		delete(r.members, u)
		if len(r.members) == 0 {
			r.emptySince = time.Now()
		}
	}
}

// setNameLocked gives u another name, which is free.
func (h *Hub) setNameLocked(u *user, id names.Identity, who *UserInfo) {
	h.online.removeName(u)
	u.identity = id
	h.setUserInfoLocked(u, who)
	h.online.add(u)
}
