package room

import (
	"slices"
	"sync/atomic"
	"time"

	"teahouse/internal/names"
)

// A user is an online person as others see them. Most have one session. Somebody with a key may
// have several: a terminal, and pipes beside it. They share one name, and others do not see single
// sessions come or go.
type user struct {
	info       atomic.Pointer[UserInfo]
	awayState  atomic.Pointer[awayState] // nil unless the person said that they are away
	lastSender atomic.Pointer[UserInfo]  // the sender of the last private message, as they were then
	rateLimit  atomic.Pointer[rateLimit] // for all sessions together; nil without limits

	// The rest is guarded by Hub.mu.
	identity       names.Identity
	sessions       []*Session
	rooms          []*Room     // the rooms that the user has joined, besides the lobby
	terminal       *Session    // the session at a terminal, or nil
	takeovers      []time.Time // when terminals took over recently
	terminalLeftAt time.Time   // when the last terminal left while other sessions stayed
	namedAt        time.Time   // since when the user has this name, according to its own node
	remoteName     string      // the name at the user's own node, if it has another one here
	indexedName    string      // the name under which the roster lists the user
	assigned       bool        // the name was assigned in place of the requested one
}

// addLocked makes s a session of u.
func (u *user) addLocked(s *Session) {
	u.sessions = append(u.sessions, s)
	s.hub.sessionChangedLocked(s)
	if s.client.Terminal {
		u.terminal = s
	}
}

// removeLocked removes s from u's sessions. It reports whether s was the last one.
func (u *user) removeLocked(s *Session) (last bool) {
	before := len(u.sessions)
	u.sessions = slices.DeleteFunc(u.sessions, func(other *Session) bool { return other == s })
	if u.terminal == s {
		u.terminal, u.terminalLeftAt = nil, time.Now()
		for _, other := range u.sessions { // at another node, which has not heard of s yet
			if other.client.Terminal {
				u.terminal = other
			}
		}
	}
	return before > 0 && len(u.sessions) == 0
}

// recipient returns the session that gets u's private messages.
func (u *user) recipient() *Session {
	if u.terminal != nil {
		return u.terminal
	}
	return u.sessions[0]
}

// unseenMessagesLocked returns the private messages that went to other sessions of u than s, and
// which those may not have shown to anybody.
func (u *user) unseenMessagesLocked(s *Session) (unread []*Event) {
	for _, other := range u.sessions {
		if other != s {
			unread = append(unread, other.unseenMessages()...)
		}
	}
	return unread
}

// leaveRoomsLocked removes u, which is leaving, from the rooms that it has joined besides the
// lobby.
func (u *user) leaveRoomsLocked() {
	for _, r := range u.rooms {
		delete(r.members, u)
		if len(r.members) == 0 {
			r.emptySince = time.Now()
		}
	}
}

// setNameLocked gives u another name, which must be free.
func (h *Hub) setNameLocked(u *user, id names.Identity, who *UserInfo) {
	h.online.removeName(u)
	u.identity = id
	h.setUserInfoLocked(u, who)
	h.online.add(u)
}
