package room

import (
	"slices"
	"time"
)

// Where houses share people, two may give out one name at the same time. The rules
// by which each of them finds whose it is ask for nothing that not all know: whose
// the name is in the book; else who has been called so for longer.

// A reservation keeps a name for somebody whose house does not answer.
type reservation struct {
	until  time.Time
	person string
}

// reserveLocked keeps p's name from others for a time.
func (h *House) reserveLocked(p *presence, d time.Duration) {
	if p.wished != "" {
		return // it is not the name that it has at home
	}
	for _, look := range p.identity.looks {
		h.reserved[look] = reservation{until: time.Now().Add(d), person: p.who.Load().Key}
	}
}

// isKeptLocked reports whether a name is kept for somebody else than a person: one of
// another house, which does not answer, or where that one is called so.
func (h *House) isKeptLocked(id identity, person string) bool {
	for p := range h.wishing {
		if theirs, err := checkName(p.wished); err == nil && theirs.looksLike(id) && (person == "" || p.person() != person) {
			return true
		}
	}
	if len(h.reserved) == 0 {
		return false
	}
	for look, r := range h.reserved {
		if time.Now().After(r.until) {
			delete(h.reserved, look)
		}
	}
	for _, look := range id.looks {
		if r, ok := h.reserved[look]; ok && (r.person == "" || r.person != person) {
			return true
		}
	}
	return false
}

// contendLocked returns what p, who is somebody of a neighbour's, is called here: its
// name, which whoever has it and must yield loses, or another one.
func (h *House) contendLocked(p *presence, name string) (string, identity) {
	id, err := checkName(name)
	if err != nil { // by the rules of another version
		h.wishLocked(p, name)
		return h.nextNameLocked(fallbackName)
	}
	for holder := h.heldLocked(id, p); holder != nil; holder = h.heldLocked(id, p) {
		if !h.yieldsLocked(holder, p, id) {
			h.wishLocked(p, name)
			return h.nextNameLocked(name)
		}
		h.giveWayLocked(holder)
	}
	h.wishLocked(p, "")
	return name, id
}

// yieldsLocked reports whether the one who has a name must leave it to another. Two
// of the same house never contend: the one who has it there has it here.
func (h *House) yieldsLocked(holder, to *presence, id identity) bool {
	if n := to.sessions[0].neighbour; !holder.isOurs() && holder.sessions[0].neighbour == n {
		return true
	}
	if number := holder.who.Load().Unnamed; number != to.who.Load().Unnamed {
		return number
	}
	if _, other := h.claimedLocked(id, holder.who.Load().Key); other != nil && other.Person == to.person() {
		return true
	}
	if _, other := h.claimedLocked(id, to.person()); other != nil && other.Person == holder.person() {
		return false
	}
	if to.named.Equal(holder.named) {
		return to.who.Load().ID < holder.who.Load().ID
	}
	return to.named.Before(holder.named)
}

// giveWayLocked gives p another name: its own is somebody else's. Who asked for no
// name gets another number, and need not know.
func (h *House) giveWayLocked(p *presence) {
	old, wished := p.who.Load().Name, p.who.Load().Name
	if p.who.Load().Unnamed {
		wished = fallbackName
	}
	name, id := h.nextNameLocked(wished)
	switch {
	case p.isOurs():
		p.given, p.named = true, time.Now()
	case p.wished == "":
		h.wishLocked(p, old)
	}
	h.callLocked(p, name, id)
	for _, u := range p.sessions {
		if u.neighbour == nil && !p.who.Load().Unnamed {
			u.post(notice(NameLost, old, name))
		}
	}
}

// callLocked gives p another name, which is free, and tells the rooms.
func (h *House) callLocked(p *presence, name string, id identity) {
	was := *p.who.Load()
	who := was
	who.Name, who.folded = name, foldName(name)
	who.Verified = h.ownsLocked(who.Key, id)
	h.nameLocked(p, id, &who)
	h.tellRoomsLocked(p, &Event{Time: time.Now(), Kind: Renamed, Who: &who, Old: was.Name, Was: &was})
}

// settleLocked has the owner of a name be called so, and nobody else.
func (h *House) settleLocked(id identity, owner string) {
	if holder := h.heldLocked(id, nil); holder != nil && holder.isOurs() && holder.person() != owner {
		h.giveWayLocked(holder)
	}
	h.grantWishesLocked()
}

// wishLocked notes what p is called at home, where here it is not; "" where it is.
func (h *House) wishLocked(p *presence, name string) {
	if p.wished = name; name == "" {
		delete(h.wishing, p)
	} else {
		h.wishing[p] = true
	}
}

// grantWishesLocked has those of other houses be called as they are at home whose
// names have become free.
func (h *House) grantWishesLocked() {
	for p := range h.wishing {
		switch id, err := checkName(p.wished); {
		case !p.isTheirs():
			h.wishLocked(p, "")
		case p.isOurs():
		case err == nil && h.heldLocked(id, p) == nil:
			name := p.wished
			h.wishLocked(p, "")
			h.callLocked(p, name, id)
		}
	}
}

// isOurs reports whether one of p's sessions is in this house.
func (p *presence) isOurs() bool {
	return slices.ContainsFunc(p.sessions, func(u *User) bool { return u.neighbour == nil })
}

// isTheirs reports whether one of p's sessions is in another house.
func (p *presence) isTheirs() bool {
	return slices.ContainsFunc(p.sessions, func(u *User) bool { return u.neighbour != nil })
}

// from returns where what p does happens, as in [Event].
func (p *presence) from() string {
	if len(p.sessions) == 0 || p.isOurs() {
		return ""
	}
	return p.sessions[0].neighbour.name
}

func (p *presence) person() string { return p.who.Load().Key }
