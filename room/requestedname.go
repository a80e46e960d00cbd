package room

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// A RequestedName is a name, of a user or a room, that a client asks for.
type RequestedName struct {
	Name     string
	Identity names.Identity
	repaired bool  // the client's text was no valid name, and name is the nearest one
	Err      error // why it cannot be repaired either
}

// parseRequestedName returns the name that ci asks for. Call it without Hub.mu: comparing names
// takes a while.
func parseRequestedName(h *Hub, ci *ClientInfo) *RequestedName {
	rn := &RequestedName{Name: ci.RequestedName}
	if ci.Unnamed {
		rn.Name = names.Fallback + "-" + strconv.FormatUint(h.guestCount.Add(1), 10)
	}
	if rn.Identity, rn.Err = names.Check(rn.Name); rn.Err != nil {
		rn.Name, rn.Identity, rn.Err = names.Repair(ci.RequestedName)
		rn.repaired = rn.Err == nil
	}
	return rn
}

// newUser returns a user for s, which asks for the name rn. Nobody else knows of the user
// yet. The notice, which may be nil, tells s why it got another name.
func (n *Naming) newUser(s *Session, rn *RequestedName) (u *User, notice *Notice) {
	ci := &s.Client
	rn, silenced := n.whileMuted(s, rn)
	name, id, why := n.assign(s.Person, rn)
	u = &User{Assigned: why != "" || rn.Err != nil || silenced != nil}
	u.Identity, u.NamedAt = id, s.Since
	u.rateLimit.Store(n.st.Access.rateLimit(s.Person))
	who := &UserInfo{SessionID: s.id, Address: ci.Address, Person: s.Person, Verified: n.st.Names.Owns(s.Person, id), Bot: n.st.Bots.Get(s.Person) != nil, Unnamed: ci.Unnamed}
	who.SetName(name)
	u.SetInfo(who)
	switch {
	case ci.Unnamed:
	case silenced != nil:
		notice = NewNotice(silenced.Code, silenced.Args...)
	case rn.Err != nil, rn.repaired && why == "" && !u.Info().Verified:
		notice = NewNotice(reply.AssignedNotAllowed, name)
	case why != "":
		notice = NewNotice(why, rn.Name, name)
		n.noteAttempt(rn.Identity, s.Person, name)
	}
	return u, notice
}

// assign returns the name for a person who asks for rn, and the reason if it is another
// one. If nobody may have the requested name, the person gets the last used of their own names, or
// else a guest's.
func (n *Naming) assign(person ids.Account, rn *RequestedName) (name string, id names.Identity, why reply.Code) {
	why = n.whyTaken(rn.Identity, person)
	if rn.Err != nil || why == reply.AssignedOfficial {
		guest, _ := names.Check(names.Fallback)
		own := n.latestOwn(person, &RequestedName{Name: names.Fallback, Identity: guest})
		if n.whyTaken(own.Identity, person) == "" {
			return own.Name, own.Identity, why
		}
		name, id = n.next(names.Fallback)
		return name, id, why
	}
	if why != "" {
		name, id = n.next(rn.Name)
		return name, id, why
	}
	return rn.Name, rn.Identity, ""
}

// whileMuted returns the name under which s enters if it is muted and may not show the
// requested one: the last used of its own, or a guest's. The refusal says why. One-shot sessions
// keep the requested name, because nobody sees it before they speak.
func (n *Naming) whileMuted(s *Session, rn *RequestedName) (*RequestedName, *reply.Refusal) {
	ci := &s.Client
	if s.OneShot || ci.Unnamed || rn.Err != nil || n.st.Access.mayKeepName(ci, s.Person, rn.Identity) {
		return rn, nil
	}
	var refusal *reply.Refusal
	if !errors.As(n.st.Access.mayTakeName(ci, s.Person, string(s.Person)), &refusal) {
		return rn, nil
	}
	id, _ := names.Check(names.Fallback)
	return n.latestOwn(s.Person, &RequestedName{Name: names.Fallback, Identity: id}), refusal
}

// whyTaken returns why a person cannot have a name, or "".
func (n *Naming) whyTaken(id names.Identity, person ids.Account) (why reply.Code) {
	if n.isOfficialFor(id, person) {
		return reply.AssignedOfficial
	}
	if n.st.Online.Holder(id, nil) != nil || n.st.Online.IsHeld(id, person) {
		return reply.AssignedTaken
	}
	if _, other := n.st.Names.Owners(id, person); other != nil {
		return reply.AssignedOwned
	}
	return ""
}

// isOfficialFor reports whether a name sounds official and a person may not use it: only
// operators may take one. A person who owned it already keeps it.
func (n *Naming) isOfficialFor(id names.Identity, person ids.Account) bool {
	return id.IsOfficial() && !n.st.Moderation.IsOperator(person) && !n.st.Names.Owns(person, id)
}

// isFree reports whether nobody has a name, or one that looks like it.
func (n *Naming) isFree(id names.Identity) bool {
	_, other := n.st.Names.Owners(id, "")
	return other == nil && n.st.Online.Holder(id, nil) == nil && !n.st.Online.IsHeld(id, "")
}

// maxNameTries is how many candidates are compared in full, one after the other.
const maxNameTries = 20

// next returns the first free name among name-2, name-3 and so on. If shortening it to
// make room for the number leaves no valid name, the result is a guest's.
func (n *Naming) next(name string) (string, names.Identity) {
	var base string
	var baseKey ids.NameKey
	digits := 0
	for number, tries := uint64(2), 0; ; number++ {
		suffix := "-" + strconv.FormatUint(number, 10)
		if len(suffix) != digits {
			digits = len(suffix)
			base = strings.TrimRight(names.Truncate(name, names.MaxLength-digits), names.TrailingMarks) // so that "alice." becomes "alice-2"
			baseKey = names.Key(base)
		}
		if n.st.Online.ByName[baseKey+ids.NameKey(suffix)] != nil {
			continue // the usual case in a crowd; the full comparison is slower
		}
		if tries++; tries > maxNameTries {
			number = rand.Uint64N(1 << 40) // counting on to a free number would take too long
			tries, digits = 0, 0
			continue
		}
		id, err := names.Check(base + suffix)
		switch {
		case err != nil:
			name, digits = names.Fallback, 0
		case n.isFree(id):
			return base + suffix, id
		}
	}
}
