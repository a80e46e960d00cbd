package room

import (
	"slices"
	"time"

	"teahouse/internal/names"
)

// A Roster holds the online users, indexed by everything they can be found by. No two of them have
// the same name, or names that look alike. Hub.mu guards it.
type Roster struct {
	ByName     map[string]*User // by the key of the name
	BySkeleton map[string]*User // by what the name looks like
	ByPerson   map[string]*User // only users with a key
	ByAddress  map[string]*User // only users who have their address for a name
	Sorted     nameIndex        // all users, by name

	misnamed map[*User]bool      // users at other nodes who have another name there
	holds    map[string]nameHold // by what the name looks like
}

func newRoster() Roster {
	return Roster{
		ByName:     map[string]*User{},
		BySkeleton: map[string]*User{},
		ByPerson:   map[string]*User{},
		ByAddress:  map[string]*User{},
		misnamed:   map[*User]bool{},
		holds:      map[string]nameHold{},
	}
}

// add adds a user, whose name must be free.
func (r *Roster) add(u *User) {
	r.ByName[u.Identity.Key] = u
	r.Sorted.add(u)
	for _, skeleton := range u.Identity.Skeletons {
		r.BySkeleton[skeleton] = u
	}
	info := u.info.Load()
	if info.Person != "" { // otherwise all users without a key would be the same person
		r.ByPerson[info.Person] = u
	}
	if info.Unnamed {
		r.ByAddress[info.Address] = u
	}
}

// remove removes a user and frees their name.
func (r *Roster) remove(u *User) {
	r.removeName(u)
	info := u.info.Load()
	if r.ByPerson[info.Person] == u {
		delete(r.ByPerson, info.Person)
	}
	r.removeAddress(u, info.Address)
}

// removeName frees the name of a user who gets another one or leaves.
func (r *Roster) removeName(u *User) {
	r.Sorted.remove(u)
	if r.ByName[u.Identity.Key] == u {
		delete(r.ByName, u.Identity.Key)
	}
	for _, skeleton := range u.Identity.Skeletons {
		if r.BySkeleton[skeleton] == u {
			delete(r.BySkeleton, skeleton)
		}
	}
}

// removeAddress removes a user from ByAddress, because they have a name now or leave.
func (r *Roster) removeAddress(u *User, address string) {
	if r.ByAddress[address] == u {
		delete(r.ByAddress, address)
	}
}

// Holder returns the user, other than one, whose name is the given one or looks like it, or nil.
func (r *Roster) Holder(id names.Identity, but *User) *User {
	for _, u := range r.holders(id) {
		if u != but {
			return u
		}
	}
	return nil
}

// isTaken reports whether a user, other than one, asked for the given name or one that looks like
// it. A guest with a number did not ask for it.
func (r *Roster) isTaken(id names.Identity, but *User) bool {
	return slices.ContainsFunc(r.holders(id), func(u *User) bool { return u != but && !u.info.Load().Unnamed })
}

// holders returns the users whose name is the given one or looks like it.
func (r *Roster) holders(id names.Identity) (all []*User) {
	if u := r.ByName[id.Key]; u != nil {
		all = append(all, u)
	}
	for _, skeleton := range id.Skeletons {
		if u := r.BySkeleton[skeleton]; u != nil {
			all = append(all, u)
		}
	}
	return all
}

// A nameHold keeps the name of a user whose node does not answer.
type nameHold struct {
	until  time.Time
	person string
}

// Hold keeps a user's name from others for a time.
func (r *Roster) Hold(u *User, d time.Duration) {
	if u.RemoteName != "" {
		return // the user has another name at their own node
	}
	for _, skeleton := range u.Identity.Skeletons {
		r.holds[skeleton] = nameHold{until: time.Now().Add(d), person: u.Person()}
	}
}

// isHeld reports whether a name is kept for somebody else: a user whose node does not answer, or a
// user who has that name at another node.
func (r *Roster) isHeld(id names.Identity, person string) bool {
	for u := range r.misnamed {
		if theirs, err := names.Check(u.RemoteName); err == nil && theirs.LooksLike(id) && (person == "" || u.Person() != person) {
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

// setRemoteName notes the name that a user has at their own node, or "" if it is the same as here.
func (r *Roster) setRemoteName(u *User, name string) {
	if u.RemoteName = name; name == "" {
		delete(r.misnamed, u)
	} else {
		r.misnamed[u] = true
	}
}

// AsOf returns the user whom info described some time ago, under whatever name they have now. It
// returns nil if they have left: a guest who comes back is somebody else.
func (r *Roster) AsOf(info *UserInfo) *User {
	if info.Person != "" {
		return r.ByPerson[info.Person]
	}
	is := func(u *User) bool { now := u.info.Load(); return now.Person == "" && now.SessionID == info.SessionID }
	if u := r.ByName[info.NameKey()]; u != nil && is(u) {
		return u // the usual case: the name has not changed
	}
	for _, u := range r.ByName {
		if is(u) {
			return u
		}
	}
	return nil
}
