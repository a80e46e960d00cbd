package room

import (
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// CheckQuota refuses a name that s does not own if s cannot own any more: it would have to
// lose one.
func (n *Naming) CheckQuota(s *Session, id names.Identity) error {
	h := s.hub
	if s.Person == "" || h.state.Names.Owns(s.Person, id) {
		return nil
	}
	if most := h.state.Naming.most(s.Person); len(h.state.Names.Of(s.Person)) >= most {
		if most < accounts.MaxNames {
			return reply.Refuse(reply.NewNamesFull, most, h.state.Names.Join(s.Person))
		}
		return reply.Refuse(reply.NamesFull, most, h.state.Names.Join(s.Person))
	}
	return nil
}

func (n *Naming) Rename(s *Session, name string, id names.Identity) error {
	h := s.hub
	if err := h.state.Access.mayTakeName(&s.Client, s.Person, s.UserInfo().Subject()); err != nil {
		return err
	}
	h.state.Naming.noteAttempt(id, s.Person, s.UserInfo().Name)
	if h.state.Online.IsTaken(id, s.User) || h.state.Online.IsHeld(id, s.Person) {
		return reply.Refuse(reply.NameTaken, name)
	}
	if _, other := h.state.Names.Owners(id, s.Person); other != nil {
		return reply.Refuse(reply.NameOwned, name)
	}
	if h.state.Naming.isOfficialFor(id, s.Person) {
		return reply.Refuse(reply.NameOfficial, name)
	}
	if err := s.hub.state.Naming.CheckQuota(s, id); err != nil {
		return err
	}
	if s.IsClosed() {
		return s.reason
	}
	if err := takeRenameToken(s); err != nil {
		return err
	}
	for holder := h.state.Online.Holder(id, s.User); holder != nil; holder = h.state.Online.Holder(id, s.User) {
		h.state.Naming.yield(holder) // the holder only has a number
	}
	old := *s.UserInfo()
	who := old
	who.SetName(name)
	who.Unnamed, who.Verified = false, false
	h.state.Online.RemoveAddress(s.User, old.Address)
	h.state.Naming.touch(s.User)
	s.User.Assigned, s.User.NamedAt = false, time.Now()
	h.state.Naming.set(s.User, id, &who)
	if r := h.state.Naming.Acquire(s, s.User); r != nil { // before the room is told, since the event says whether s owns the name
		s.Post(NewNotice(r.Code, r.Args...))
	}
	if name != old.Name { // a guest may ask for the number that they have
		h.state.Rooms.announce(s.User, &Event{Time: time.Now(), Kind: Renamed, User: s.UserInfo(), OldName: old.Name, OldUser: &old})
	}
	h.state.Naming.Reconcile()
	return nil
}
