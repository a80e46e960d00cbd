package room

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"

	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// A requestedName is a name, of a user or a room, that a client asks for.
type requestedName struct {
	name     string
	identity names.Identity
	repaired bool  // the client's text was no valid name, and name is the nearest one
	err      error // why it cannot be repaired either
}

// parseRequestedName returns the name that ci asks for. Call it without Hub.mu: comparing names
// takes a while.
func (h *Hub) parseRequestedName(ci *ClientInfo) *requestedName {
	rn := &requestedName{name: ci.RequestedName}
	if ci.Unnamed {
		rn.name = names.Fallback + "-" + strconv.FormatUint(h.guestCount.Add(1), 10)
	}
	if rn.identity, rn.err = names.Check(rn.name); rn.err != nil {
		rn.name, rn.identity, rn.err = names.Repair(ci.RequestedName)
		rn.repaired = rn.err == nil
	}
	return rn
}

// parseRequestedRoom returns a room's name, given with or without #. For "" it returns nil. Call it
// without Hub.mu, too.
func parseRequestedRoom(name string) *requestedName {
	if name == "" {
		return nil
	}
	rn := &requestedName{name: roomName(name)}
	rn.identity, rn.err = names.Check(rn.name)
	return rn
}

// newUserLocked returns a user for s, which asks for the name rn. Nobody else knows of the user
// yet. The notice, which may be nil, tells s why it got another name.
func (h *Hub) newUserLocked(s *Session, rn *requestedName) (u *user, notice *Notice) {
	ci := &s.client
	rn, silenced := h.nameWhileMutedLocked(s, rn)
	name, id, why := h.assignNameLocked(s.Person, rn)
	u = &user{identity: id, assigned: why != "" || rn.err != nil || silenced != nil}
	u.namedAt = s.Since
	u.rateLimit.Store(h.rateLimitLocked(s.Person))
	u.info.Store(&UserInfo{SessionID: s.id, Name: name, Address: ci.Address, Person: s.Person, Verified: h.names.Owns(s.Person, id), Bot: h.bots.Get(s.Person) != nil, Unnamed: ci.Unnamed, folded: names.Fold(name)})
	switch {
	case ci.Unnamed:
	case silenced != nil:
		notice = NewNotice(silenced.Code, silenced.Args...)
	case rn.err != nil, rn.repaired && why == "" && !u.info.Load().Verified:
		notice = NewNotice(reply.AssignedNotAllowed, name)
	case why != "":
		notice = NewNotice(why, rn.name, name)
		h.noteNameAttemptLocked(rn.identity, s.Person, name)
	}
	return u, notice
}

// assignNameLocked returns the name for a person who asks for rn, and the reason if it is another
// one. If nobody may have the requested name, the person gets the last used of their own names, or
// else a guest's.
func (h *Hub) assignNameLocked(person string, rn *requestedName) (name string, id names.Identity, why reply.Code) {
	why = h.whyNameTakenLocked(rn.identity, person)
	if rn.err != nil || why == reply.AssignedOfficial {
		guest, _ := names.Check(names.Fallback)
		own := h.latestOwnNameLocked(person, &requestedName{name: names.Fallback, identity: guest})
		if h.whyNameTakenLocked(own.identity, person) == "" {
			return own.name, own.identity, why
		}
		name, id = h.nextNameLocked(names.Fallback)
		return name, id, why
	}
	if why != "" {
		name, id = h.nextNameLocked(rn.name)
		return name, id, why
	}
	return rn.name, rn.identity, ""
}

// nameWhileMutedLocked returns the name under which s enters if it is muted and may not show the
// requested one: the last used of its own, or a guest's. The refusal says why. One-shot sessions
// keep the requested name, because nobody sees it before they speak.
func (h *Hub) nameWhileMutedLocked(s *Session, rn *requestedName) (*requestedName, *reply.Refusal) {
	ci := &s.client
	if s.oneShot || ci.Unnamed || rn.err != nil || h.mayKeepNameLocked(ci, s.Person, rn.identity) {
		return rn, nil
	}
	var refusal *reply.Refusal
	if !errors.As(h.mayTakeNameLocked(ci, s.Person, s.Person), &refusal) {
		return rn, nil
	}
	id, _ := names.Check(names.Fallback)
	return h.latestOwnNameLocked(s.Person, &requestedName{name: names.Fallback, identity: id}), refusal
}

// whyNameTakenLocked returns why a person cannot have a name, or "".
func (h *Hub) whyNameTakenLocked(id names.Identity, person string) (why reply.Code) {
	if h.isOfficialForLocked(id, person) {
		return reply.AssignedOfficial
	}
	if h.online.holder(id, nil) != nil || h.online.isHeld(id, person) {
		return reply.AssignedTaken
	}
	if _, other := h.names.Owners(id, person); other != nil {
		return reply.AssignedOwned
	}
	return ""
}

// isOfficialForLocked reports whether a name sounds official and a person may not use it: only
// operators may take one. A person who owned it already keeps it.
func (h *Hub) isOfficialForLocked(id names.Identity, person string) bool {
	return id.IsOfficial() && !h.moderation.IsOperator(person) && !h.names.Owns(person, id)
}

// isNameFreeLocked reports whether nobody has a name, or one that looks like it.
func (h *Hub) isNameFreeLocked(id names.Identity) bool {
	_, other := h.names.Owners(id, "")
	return other == nil && h.online.holder(id, nil) == nil && !h.online.isHeld(id, "")
}

// maxNameTries is how many candidates are compared in full, one after the other.
const maxNameTries = 20

// nextNameLocked returns the first free name among name-2, name-3 and so on. If shortening it to
// make room for the number leaves no valid name, the result is a guest's.
func (h *Hub) nextNameLocked(name string) (string, names.Identity) {
	var base, baseKey string
	digits := 0
	for n, tries := uint64(2), 0; ; n++ {
		suffix := "-" + strconv.FormatUint(n, 10)
		if len(suffix) != digits {
			digits = len(suffix)
			base = strings.TrimRight(names.Truncate(name, names.MaxLength-digits), names.TrailingMarks) // so that "alice." becomes "alice-2"
			baseKey = names.Key(base)
		}
		if h.online.byName[baseKey+suffix] != nil {
			continue // the usual case in a crowd; the full comparison is slower
		}
		if tries++; tries > maxNameTries {
			n = rand.Uint64N(1 << 40) // counting on to a free number would take too long
			tries, digits = 0, 0
			continue
		}
		id, err := names.Check(base + suffix)
		switch {
		case err != nil:
			name, digits = names.Fallback, 0
		case h.isNameFreeLocked(id):
			return base + suffix, id
		}
	}
}
