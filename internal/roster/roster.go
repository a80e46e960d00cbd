package roster

import (
	"slices"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/internal/names"
)

// A Roster holds the online users, indexed by everything they can be found by. No two of them have
// the same name, or names that look alike. Its owner guards it by a lock.
type Roster[U User] struct {
	ByName     map[ids.NameKey]U // by the key of the name
	BySkeleton map[string]U      // by what the name looks like
	ByPerson   map[ids.Account]U // only users with a key
	ByAddress  map[string]U      // only users who have their address for a name
	Sorted     nameIndex[U]      // all users, by name

	Misnamed map[U]bool          // users at other nodes who have another name there
	holds    map[string]nameHold // by what the name looks like
}

// New returns a Roster without users.
func New[U User]() Roster[U] {
	return Roster[U]{
		ByName:     map[ids.NameKey]U{},
		BySkeleton: map[string]U{},
		ByPerson:   map[ids.Account]U{},
		ByAddress:  map[string]U{},
		Misnamed:   map[U]bool{},
		holds:      map[string]nameHold{},
	}
}

// Add adds a user, whose name must be free.
func (r *Roster[U]) Add(u U) {
	r.ByName[u.RosterEntry().Identity.Key] = u
	r.Sorted.add(u)
	for _, skeleton := range u.RosterEntry().Identity.Skeletons {
		r.BySkeleton[skeleton] = u
	}
	info := u.RosterEntry().Info()
	if info.Person != "" { // otherwise all users without a key would be the same person
		r.ByPerson[info.Person] = u
	}
	if info.Unnamed {
		r.ByAddress[info.Address] = u
	}
}

// Remove removes a user and frees their name.
func (r *Roster[U]) Remove(u U) {
	r.RemoveName(u)
	info := u.RosterEntry().Info()
	if r.ByPerson[info.Person] == u {
		delete(r.ByPerson, info.Person)
	}
	r.RemoveAddress(u, info.Address)
}

// RemoveName frees the name of a user who gets another one or leaves.
func (r *Roster[U]) RemoveName(u U) {
	r.Sorted.remove(u)
	if r.ByName[u.RosterEntry().Identity.Key] == u {
		delete(r.ByName, u.RosterEntry().Identity.Key)
	}
	for _, skeleton := range u.RosterEntry().Identity.Skeletons {
		if r.BySkeleton[skeleton] == u {
			delete(r.BySkeleton, skeleton)
		}
	}
}

// RemoveAddress removes a user from ByAddress, because they have a name now or leave.
func (r *Roster[U]) RemoveAddress(u U, address string) {
	if r.ByAddress[address] == u {
		delete(r.ByAddress, address)
	}
}

// Holder returns the user, other than one, whose name is the given one or looks like it, or nil.
func (r *Roster[U]) Holder(id names.Identity, but U) U {
	var none U
	for _, u := range r.holders(id) {
		if u != but {
			return u
		}
	}
	return none
}

// IsTaken reports whether a user, other than one, asked for the given name or one that looks like
// it. A guest with a number did not ask for it.
func (r *Roster[U]) IsTaken(id names.Identity, but U) bool {
	return slices.ContainsFunc(r.holders(id), func(u U) bool { return u != but && !u.RosterEntry().Info().Unnamed })
}

// holders returns the users whose name is the given one or looks like it.
func (r *Roster[U]) holders(id names.Identity) (all []U) {
	var none U
	if u := r.ByName[id.Key]; u != none {
		all = append(all, u)
	}
	for _, skeleton := range id.Skeletons {
		if u := r.BySkeleton[skeleton]; u != none {
			all = append(all, u)
		}
	}
	return all
}

// A nameHold keeps the name of a user whose node does not answer.
type nameHold struct {
	until  time.Time
	person ids.Account
}

// Hold keeps a user's name from others for a time.
func (r *Roster[U]) Hold(u U, d time.Duration) {
	if u.RosterEntry().RemoteName != "" {
		return // the user has another name at their own node
	}
	for _, skeleton := range u.RosterEntry().Identity.Skeletons {
		r.holds[skeleton] = nameHold{until: time.Now().Add(d), person: u.RosterEntry().Person()}
	}
}

// IsHeld reports whether a name is kept for somebody else: a user whose node does not answer, or a
// user who has that name at another node.
func (r *Roster[U]) IsHeld(id names.Identity, person ids.Account) bool {
	for u := range r.Misnamed {
		if theirs, err := names.Check(u.RosterEntry().RemoteName); err == nil && theirs.LooksLike(id) && (person == "" || u.RosterEntry().Person() != person) {
			return true
		}
	}
	for skeleton, hold := range r.holds {
		if time.Now().After(hold.until) {
			delete(r.holds, skeleton)
		}
	}
	for _, skeleton := range id.Skeletons {
		if hold, ok := r.holds[skeleton]; ok && (hold.person == "" || hold.person != person) {
			return true
		}
	}
	return false
}

// SetRemoteName notes the name that a user has at their own node, or "" if it is the same as here.
func (r *Roster[U]) SetRemoteName(u U, name string) {
	if u.RosterEntry().RemoteName = name; name == "" {
		delete(r.Misnamed, u)
	} else {
		r.Misnamed[u] = true
	}
}

// AsOf returns the user whom info described some time ago, under whatever name they have now. It
// returns nil if they have left: a guest who comes back is somebody else.
func (r *Roster[U]) AsOf(info *event.UserInfo) U {
	var none U
	if info.Person != "" {
		return r.ByPerson[info.Person]
	}
	is := func(u U) bool {
		now := u.RosterEntry().Info()
		return now.Person == "" && now.SessionID == info.SessionID
	}
	if u := r.ByName[info.NameKey()]; u != none && is(u) {
		return u // the usual case: the name has not changed
	}
	for _, u := range r.ByName {
		if is(u) {
			return u
		}
	}
	return none
}
