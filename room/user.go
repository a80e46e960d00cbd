package room

import (
	"slices"
	"sync/atomic"
	"time"
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
	identity       nameIdentity
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

// addUserLocked makes the presence of somebody who was not here before.
func (h *Hub) addUserLocked(u *user) {
	h.usersByName[u.identity.key] = u
	h.nameIndex.add(u)
	for _, look := range u.identity.skeletons {
		h.usersBySkeleton[look] = u
	}
	who := u.info.Load()
	if who.Person != "" {
		h.usersByPerson[who.Person] = u // never under "", so that nobody is found there
	}
	if who.Unnamed {
		h.usersByAddress[who.Address] = u
	}
}

// removeUserLocked ends a presence: its name is free.
func (h *Hub) removeUserLocked(u *user) {
	for _, r := range u.rooms {
		delete(r.members, u)
		if len(r.members) == 0 {
			r.emptySince = time.Now()
		}
	}
	h.unindexNameLocked(u)
	who := u.info.Load()
	if h.usersByPerson[who.Person] == u {
		delete(h.usersByPerson, who.Person)
	}
	if h.usersByAddress[who.Address] == u {
		delete(h.usersByAddress, who.Address)
	}
}

// unindexNameLocked takes u's name from it.
func (h *Hub) unindexNameLocked(u *user) {
	h.nameIndex.remove(u)
	if h.usersByName[u.identity.key] == u {
		delete(h.usersByName, u.identity.key)
	}
	for _, look := range u.identity.skeletons {
		if h.usersBySkeleton[look] == u {
			delete(h.usersBySkeleton, look)
		}
	}
}

// setNameLocked gives u another name, which is free.
func (h *Hub) setNameLocked(u *user, id nameIdentity, who *UserInfo) {
	h.unindexNameLocked(u)
	u.identity = id
	h.setUserInfoLocked(u, who)
	h.addUserLocked(u)
}

// nameHolderLocked returns who is here, other than u, under a name that is the same as,
// or looks like, the given one; nil where nobody is.
func (h *Hub) nameHolderLocked(id nameIdentity, u *user) *user {
	if holder := h.usersByName[id.key]; holder != nil && holder != u {
		return holder
	}
	for _, look := range id.skeletons {
		if holder := h.usersBySkeleton[look]; holder != nil && holder != u {
			return holder
		}
	}
	return nil
}

// isNameTakenLocked reports whether anybody who is here, other than u, asked for a name
// that is the same as, or looks like, the given one. The number of a guest is none.
func (h *Hub) isNameTakenLocked(id nameIdentity, u *user) bool {
	holders := []*user{h.usersByName[id.key]}
	for _, look := range id.skeletons {
		holders = append(holders, h.usersBySkeleton[look])
	}
	return slices.ContainsFunc(holders, func(holder *user) bool {
		return holder != nil && holder != u && !holder.info.Load().Unnamed
	})
}
