package room

import "time"

// Where houses share people, two may give out one name at the same time. The rules
// by which each of them finds whose it is ask for nothing that not all know: whose
// the name is in the book; else who has been here for longer.

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

// isReservedLocked reports whether a name is kept for somebody else than a person.
func (h *House) isReservedLocked(id identity, person string) bool {
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
		p.wished = name
		return h.nextNameLocked(fallbackName)
	}
	for holder := h.heldLocked(id, p); holder != nil; holder = h.heldLocked(id, p) {
		if !h.yieldsLocked(holder, p, id) {
			p.wished = name
			return h.nextNameLocked(name)
		}
		h.giveWayLocked(holder)
	}
	p.wished = ""
	return name, id
}

// yieldsLocked reports whether the one who has a name must leave it to another. Two
// of the same house never contend: the one who has it there has it here.
func (h *House) yieldsLocked(holder, to *presence, id identity) bool {
	if n := to.sessions[0].neighbour; !holder.isOurs() && holder.sessions[0].neighbour == n {
		return true
	}
	if _, other := h.claimedLocked(id, holder.who.Load().Key); other != nil && other.Person == to.person() {
		return true
	}
	if _, other := h.claimedLocked(id, to.person()); other != nil && other.Person == holder.person() {
		return false
	}
	a, b := holder.since(), to.since()
	return b.Before(a) || b.Equal(a) && to.sessions[0].id < holder.sessions[0].id
}

// giveWayLocked gives p another name: its own is somebody else's.
func (h *House) giveWayLocked(p *presence) {
	old := p.who.Load().Name
	name, id := h.nextNameLocked(old)
	if p.isOurs() {
		p.given = true
	} else {
		p.wished = old
	}
	h.callLocked(p, name, id)
	for _, u := range p.sessions {
		if u.neighbour == nil {
			u.post(notice(NameLost, old, name))
		}
	}
}

// callLocked gives p another name, which is free, and tells the rooms.
func (h *House) callLocked(p *presence, name string, id identity) {
	was := *p.who.Load()
	who := was
	who.Name, who.folded = name, fold(name)
	who.Verified = h.ownsLocked(who.Key, id)
	h.nameLocked(p, id, &who)
	h.tellRoomsLocked(p, &Event{Time: time.Now(), Kind: Renamed, Who: &who, Old: was.Name, Was: &was})
}

// settleLocked has the owner of a name be called so, and nobody else.
func (h *House) settleLocked(id identity, owner string) {
	if holder := h.heldLocked(id, nil); holder != nil && holder.isOurs() && holder.person() != owner {
		h.giveWayLocked(holder)
	}
	for _, n := range h.neighbours {
		for _, u := range n.people {
			if p := u.presence; p.wished != "" && p.person() == owner {
				if name, id := h.contendLocked(p, p.wished); name != p.who.Load().Name {
					h.callLocked(p, name, id)
				}
			}
		}
	}
}

// isOurs reports whether one of p's sessions is in this house.
func (p *presence) isOurs() bool {
	for _, u := range p.sessions {
		if u.neighbour == nil {
			return true
		}
	}
	return false
}

// from returns where what p does happens, as in [Event].
func (p *presence) from() string {
	if len(p.sessions) == 0 || p.isOurs() {
		return ""
	}
	return p.sessions[0].neighbour.name
}

// since returns when the first of p's sessions came.
func (p *presence) since() time.Time {
	first := p.sessions[0].Since
	for _, u := range p.sessions {
		if u.Since.Before(first) {
			first = u.Since
		}
	}
	return first
}

func (p *presence) person() string { return p.who.Load().Key }
