package room

import "time"

// Rename gives u another name and tells the room. The name that u has already is no
// news, but becomes u's own if it can: then the event that it returns is for u alone, and
// has a phrase that says so, for doors that have no words of their own. Errors are as with
// [User.Say].
func (u *User) Rename(name string) (answer *Event, err error) {
	was := u.Who()
	if len(name) <= maxNameBytes {
		name = asTyped.Replace(name)
	}
	if name == was.Name && !was.Unnamed {
		return u.keepName()
	}
	id, err := checkName(name)
	if err != nil {
		return nil, err
	}
	h := u.house
	h.mu.Lock()
	err = u.renameLocked(name, id)
	h.mu.Unlock()
	h.wakeForMove()
	if err != nil || name != was.Name {
		return nil, err
	}
	return named(u.Who(), was, NamedAlready), nil
}

// named is the answer to who asks for the name that it has.
func named(who, was *Who, p Phrase) *Event {
	return &Event{Time: time.Now(), Kind: Renamed, Who: who, Old: was.Name, Was: was, Phrase: p, Args: []any{who.Name}}
}

// keepName makes the name that u has its own: one that it was given in place of another,
// or has released.
func (u *User) keepName() (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	was := u.Who()
	if u.Key == "" || was.Verified {
		return named(was, was, NamedAlready), nil
	}
	if err := u.roomForNameLocked(u.presence.identity); err != nil {
		return nil, err
	}
	u.presence.given = false
	if r := h.claimLocked(u, u.presence); r != nil {
		return nil, r
	}
	if !u.Who().Verified {
		return named(was, was, NamedAlready), nil
	}
	return named(u.Who(), was, NameIsYours), nil
}

// roomForNameLocked refuses a name that is not u's own where u has as many as may be: it
// would have to lose one.
func (u *User) roomForNameLocked(id identity) error {
	h := u.house
	if u.Key == "" || h.ownsLocked(u.Key, id) {
		return nil
	}
	if most := h.mostNamesLocked(u.Key); len(h.claimed[u.Key]) >= most {
		if most < mostNames {
			return refuse(NewNamesFull, most, h.listNamesLocked(u.Key))
		}
		return refuse(NamesFull, most, h.listNamesLocked(u.Key))
	}
	return nil
}

func (u *User) renameLocked(name string, id identity) error {
	h := u.house
	if err := h.mayTakeNameLocked(&u.visitor, u.Key, u.Who().sign()); err != nil {
		return err
	}
	h.triedLocked(id, u.Key, u.Who().Name)
	if h.namedLocked(id, u.presence) || h.isKeptLocked(id, u.Key) {
		return refuse(NameTaken, name)
	}
	if _, other := h.claimedLocked(id, u.Key); other != nil {
		return refuse(NameOwned, name)
	}
	if h.isOfficeLocked(id, u.Key) {
		return refuse(NameOffice, name)
	}
	if err := u.roomForNameLocked(id); err != nil {
		return err
	}
	if u.departed.Load() {
		return u.reason
	}
	if err := u.takeRename(); err != nil {
		return err
	}
	for holder := h.heldLocked(id, u.presence); holder != nil; holder = h.heldLocked(id, u.presence) {
		h.giveWayLocked(holder) // it has only a number
	}
	old := *u.Who()
	who := old
	who.Name, who.Unnamed, who.Verified, who.folded = name, false, false, foldName(name)
	if h.addresses[old.Address] == u.presence {
		delete(h.addresses, old.Address)
	}
	h.seenLocked(u.presence)
	u.presence.given, u.presence.named = false, time.Now()
	h.nameLocked(u.presence, id, &who)
	if r := h.claimLocked(u, u.presence); r != nil { // before it is told, since it says whether the name is u's own
		u.post(notice(r.Phrase, r.Args...))
	}
	if name != old.Name { // a guest may ask for its number
		h.tellRoomsLocked(u.presence, &Event{Time: time.Now(), Kind: Renamed, Who: u.Who(), Old: old.Name, Was: &old})
	}
	h.grantWishesLocked()
	return nil
}
