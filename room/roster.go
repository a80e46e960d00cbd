package room

import (
	"slices"
	"time"

	"teahouse/internal/names"
)

// A roster has the users who are online, by everything that they are found by. No two of them
// have the same name, or names that look alike. Hub.mu guards it.
type roster struct {
	byName     map[string]*user // by the key of the name
	bySkeleton map[string]*user // by what the name looks like
	byPerson   map[string]*user // those who have a key
	byAddress  map[string]*user // those whose name is their address
	sorted     nameIndex        // all of them, by name

	misnamed map[*user]bool      // those of other nodes who have another name there
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

// add enters a user whose name is free.
func (r *roster) add(u *user) {
	r.byName[u.identity.Key] = u
	r.sorted.add(u)
	for _, skeleton := range u.identity.Skeletons {
		r.bySkeleton[skeleton] = u
	}
	info := u.info.Load()
	if info.Person != "" { // or everybody without a key would be the same person
		r.byPerson[info.Person] = u
	}
	if info.Unnamed {
		r.byAddress[info.Address] = u
	}
}

// remove takes a user off. Its name is free from then on.
func (r *roster) remove(u *user) {
	r.removeName(u)
	info := u.info.Load()
	if r.byPerson[info.Person] == u {
		delete(r.byPerson, info.Person)
	}
	r.removeAddress(u, info.Address)
}

// removeName frees the name of a user, who gets another one or leaves.
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

// removeAddress makes a user unknown by an address: it has a name now, or leaves.
func (r *roster) removeAddress(u *user, address string) {
	if r.byAddress[address] == u {
		delete(r.byAddress, address)
	}
}

// holder returns the user, other than one, whose name is the given one or looks like it; nil if
// there is none.
func (r *roster) holder(id names.Identity, but *user) *user {
	for _, u := range r.holders(id) {
		if u != but {
			return u
		}
	}
	return nil
}

// isTaken reports whether a user, other than one, asked for the given name or one that looks like
// it. A guest's number was not asked for.
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

// A nameHold keeps the name of somebody at a node that doesn't answer.
type nameHold struct {
	until  time.Time
	person string
}

// hold keeps a user's name from others for a time.
func (r *roster) hold(u *user, d time.Duration) {
	if u.remoteName != "" {
		return // this isn't its name at its own node
	}
	for _, skeleton := range u.identity.Skeletons {
		r.holds[skeleton] = nameHold{until: time.Now().Add(d), person: u.person()}
	}
}

// isHeld reports whether a name is kept for somebody other than a person: a user of another node
// which doesn't answer, or where the user has that name.
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

// setRemoteName notes a user's name at its own node, if that is another one than here; "" if it
// is the same.
func (r *roster) setRemoteName(u *user, name string) {
	if u.remoteName = name; name == "" {
		delete(r.misnamed, u)
	} else {
		r.misnamed[u] = true
	}
}

// asOf returns the user whom info described some time ago, under whatever name. It returns nil
// for one who has left: a guest who comes again is somebody else.
func (r *roster) asOf(info *UserInfo) *user {
	if info.Person != "" {
		return r.byPerson[info.Person]
	}
	is := func(u *user) bool { now := u.info.Load(); return now.Person == "" && now.SessionID == info.SessionID }
	if u := r.byName[info.nameKey()]; u != nil && is(u) {
		return u // under the same name, as nearly always
	}
	for _, u := range r.byName {
		if is(u) {
			return u
		}
	}
	return nil
}
