package room

import (
	"slices"
	"time"

	"teahouse/internal/names"
)

// A roster holds the online users, indexed by everything they can be found by. No two of them have
// the same name, or names that look alike. Hub.mu guards it.
type roster struct {
	byName     map[string]*user // by the key of the name
	bySkeleton map[string]*user // by what the name looks like
	byPerson   map[string]*user // only users with a key
	byAddress  map[string]*user // only users who have their address for a name
	sorted     nameIndex        // all users, by name

	misnamed map[*user]bool      // users at other nodes who have another name there
	holds    map[string]nameHold // by what the name looks like
}

func newRoster() roster {
	return roster{
		byName:     map[string]*user{},
		bySkeleton: map[string]*user{},
		byPerson:   map[string]*user{},
		byAddress:  map[string]*user{},
		misnamed:   map[*user]bool{},
		holds:      map[string]nameHold{},
	}
}

// add adds a user, whose name must be free.
func (r *roster) add(u *user) {
	r.byName[u.identity.Key] = u
	r.sorted.add(u)
	for _, skeleton := range u.identity.Skeletons {
		r.bySkeleton[skeleton] = u
	}
	info := u.info.Load()
	if info.Person != "" { // otherwise all users without a key would be the same person
		r.byPerson[info.Person] = u
	}
	if info.Unnamed {
		r.byAddress[info.Address] = u
	}
}

// remove removes a user and frees their name.
func (r *roster) remove(u *user) {
	r.removeName(u)
	info := u.info.Load()
	if r.byPerson[info.Person] == u {
		delete(r.byPerson, info.Person)
	}
	r.removeAddress(u, info.Address)
}

// removeName frees the name of a user who gets another one or leaves.
func (r *roster) removeName(u *user) {
	r.sorted.remove(u)
	if r.byName[u.identity.Key] == u {
		delete(r.byName, u.identity.Key)
	}
	for _, skeleton := range u.identity.Skeletons {
		if r.bySkeleton[skeleton] == u {
			delete(r.bySkeleton, skeleton)
		}
	}
}

// removeAddress removes a user from byAddress, because they have a name now or leave.
func (r *roster) removeAddress(u *user, address string) {
	if r.byAddress[address] == u {
		delete(r.byAddress, address)
	}
}

// holder returns the user, other than one, whose name is the given one or looks like it, or nil.
func (r *roster) holder(id names.Identity, but *user) *user {
	for _, u := range r.holders(id) {
		if u != but {
			return u
		}
	}
	return nil
}

// isTaken reports whether a user, other than one, asked for the given name or one that looks like
// it. A guest with a number did not ask for it.
func (r *roster) isTaken(id names.Identity, but *user) bool {
	return slices.ContainsFunc(r.holders(id), func(u *user) bool { return u != but && !u.info.Load().Unnamed })
}

// holders returns the users whose name is the given one or looks like it.
func (r *roster) holders(id names.Identity) (all []*user) {
	if u := r.byName[id.Key]; u != nil {
		all = append(all, u)
	}
	for _, skeleton := range id.Skeletons {
		if u := r.bySkeleton[skeleton]; u != nil {
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

// hold keeps a user's name from others for a time.
func (r *roster) hold(u *user, d time.Duration) {
	if u.remoteName != "" {
		return // the user has another name at their own node
	}
	for _, skeleton := range u.identity.Skeletons {
		r.holds[skeleton] = nameHold{until: time.Now().Add(d), person: u.person()}
	}
}

// isHeld reports whether a name is kept for somebody else: a user whose node does not answer, or a
// user who has that name at another node.
func (r *roster) isHeld(id names.Identity, person string) bool {
	for u := range r.misnamed {
		if theirs, err := names.Check(u.remoteName); err == nil && theirs.LooksLike(id) && (person == "" || u.person() != person) {
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
func (r *roster) setRemoteName(u *user, name string) {
	if u.remoteName = name; name == "" {
		delete(r.misnamed, u)
	} else {
		r.misnamed[u] = true
	}
}

// asOf returns the user whom info described some time ago, under whatever name they have now. It
// returns nil if they have left: a guest who comes back is somebody else.
func (r *roster) asOf(info *UserInfo) *user {
	if info.Person != "" {
		return r.byPerson[info.Person]
	}
	is := func(u *user) bool { now := u.info.Load(); return now.Person == "" && now.SessionID == info.SessionID }
	if u := r.byName[info.nameKey()]; u != nil && is(u) {
		return u // the usual case: the name has not changed
	}
	for _, u := range r.byName {
		if is(u) {
			return u
		}
	}
	return nil
}
