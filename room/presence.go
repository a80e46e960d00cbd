package room

import (
	"slices"
	"sync/atomic"
	"time"
)

// A presence is a person who is here, as the others see it. It has one session
// as a rule. Who came with a key may have more: a terminal, and beside it pipes;
// they are one person with one name, of whom nobody sees a part come or go.
type presence struct {
	who    atomic.Pointer[Who]
	absent atomic.Pointer[absence] // nil for who has not said that it is away
	teller atomic.Pointer[Who]     // who sent the last private message, as it was then
	pace   atomic.Pointer[pace]    // of all sessions; nil where there are no limits

	// The rest is guarded by House.mu.
	identity  identity
	sessions  []*User
	rooms     []*Room     // that it is in, beside the lobby
	terminal  *User       // the one of the sessions that is at a terminal, or nil
	takeovers []time.Time // when another took that one's place, lately
	away      time.Time   // when the last terminal left, where others of its sessions stay
	named     time.Time   // since when it is called so, at home
	wished    string      // what it is called at home in another house, where here it is not
	enrolled  string      // the name by which it is in the house's roll
	given     bool        // the name was given to it in place of another
}

// addLocked makes u a session of p.
func (p *presence) addLocked(u *User) {
	p.sessions = append(p.sessions, u)
	u.house.changedLocked(u)
	if u.visitor.Terminal {
		p.terminal = u
	}
}

// removeLocked takes u off. It reports whether it was the last session.
func (p *presence) removeLocked(u *User) (last bool) {
	before := len(p.sessions)
	p.sessions = slices.DeleteFunc(p.sessions, func(other *User) bool { return other == u })
	if p.terminal == u {
		p.terminal, p.away = nil, time.Now()
		for _, other := range p.sessions { // in another house, where it has not heard of u
			if other.visitor.Terminal {
				p.terminal = other
			}
		}
	}
	return before > 0 && len(p.sessions) == 0
}

// listener returns the session that private messages go to.
func (p *presence) listener() *User {
	if p.terminal != nil {
		return p.terminal
	}
	return p.sessions[0]
}

// unreadLocked returns the private messages that went to sessions of p other than
// u, which may not have shown them to anybody.
func (p *presence) unreadLocked(u *User) (unread []*Event) {
	for _, s := range p.sessions {
		if s != u {
			unread = append(unread, s.unread()...)
		}
	}
	return unread
}

// enterLocked makes the presence of somebody who was not here before.
func (h *House) enterLocked(p *presence) {
	h.online[p.identity.key] = p
	h.roll.add(p)
	for _, look := range p.identity.looks {
		h.looks[look] = p
	}
	who := p.who.Load()
	if who.Key != "" {
		h.people[who.Key] = p // never under "", so that nobody is found there
	}
	if who.Unnamed {
		h.addresses[who.Address] = p
	}
}

// leaveLocked ends a presence: its name is free.
func (h *House) leaveLocked(p *presence) {
	for _, r := range p.rooms {
		delete(r.members, p)
		if len(r.members) == 0 {
			r.emptySince = time.Now()
		}
	}
	h.unnameLocked(p)
	who := p.who.Load()
	if h.people[who.Key] == p {
		delete(h.people, who.Key)
	}
	if h.addresses[who.Address] == p {
		delete(h.addresses, who.Address)
	}
}

// unnameLocked takes p's name from it.
func (h *House) unnameLocked(p *presence) {
	h.roll.remove(p)
	if h.online[p.identity.key] == p {
		delete(h.online, p.identity.key)
	}
	for _, look := range p.identity.looks {
		if h.looks[look] == p {
			delete(h.looks, look)
		}
	}
}

// nameLocked gives p another name, which is free.
func (h *House) nameLocked(p *presence, id identity, who *Who) {
	h.unnameLocked(p)
	p.identity = id
	h.becomeLocked(p, who)
	h.enterLocked(p)
}

// heldLocked returns who is here, other than p, under a name that is the same as,
// or looks like, the given one; nil where nobody is.
func (h *House) heldLocked(id identity, p *presence) *presence {
	if holder := h.online[id.key]; holder != nil && holder != p {
		return holder
	}
	for _, look := range id.looks {
		if holder := h.looks[look]; holder != nil && holder != p {
			return holder
		}
	}
	return nil
}

// namedLocked reports whether anybody who is here, other than p, asked for a name
// that is the same as, or looks like, the given one. The number of a guest is none.
func (h *House) namedLocked(id identity, p *presence) bool {
	holders := []*presence{h.online[id.key]}
	for _, look := range id.looks {
		holders = append(holders, h.looks[look])
	}
	return slices.ContainsFunc(holders, func(holder *presence) bool {
		return holder != nil && holder != p && !holder.who.Load().Unnamed
	})
}
