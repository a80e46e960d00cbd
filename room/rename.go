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
	if s.Person == "" || n.st.Names.Owns(s.Person, id) {
		return nil
	}
	if most := n.most(s.Person); len(n.st.Names.Of(s.Person)) >= most {
		if most < accounts.MaxNames {
			return reply.Refuse(reply.NewNamesFull, most, n.st.Names.Join(s.Person))
		}
		return reply.Refuse(reply.NamesFull, most, n.st.Names.Join(s.Person))
	}
	return nil
}

// Rename gives s's user another name, whose identity is id, tells the rooms, and makes the name the
// person's own if it can be. The error is a [*reply.Refusal], or the [Reason] why s has left; then
// nothing has changed.
func (n *Naming) Rename(s *Session, name string, id names.Identity) error {
	if err := n.st.Access.mayTakeName(&s.Client, s.Person, s.UserInfo().Subject()); err != nil {
		return err
	}
	n.noteAttempt(id, s.Person, s.UserInfo().Name)
	if n.st.Online.IsTaken(id, s.User) || n.st.Online.IsHeld(id, s.Person) {
		return reply.Refuse(reply.NameTaken, name)
	}
	if _, other := n.st.Names.Owners(id, s.Person); other != nil {
		return reply.Refuse(reply.NameOwned, name)
	}
	if n.isOfficialFor(id, s.Person) {
		return reply.Refuse(reply.NameOfficial, name)
	}
	if err := n.CheckQuota(s, id); err != nil {
		return err
	}
	if s.inbox.IsClosed() {
		return s.reason
	}
	if err := takeRenameToken(s); err != nil {
		return err
	}
	for holder := n.st.Online.Holder(id, s.User); holder != nil; holder = n.st.Online.Holder(id, s.User) {
		n.yield(holder) // the holder only has a number
	}
	old := *s.UserInfo()
	who := old
	who.SetName(name)
	who.Unnamed, who.Verified = false, false
	n.st.Online.RemoveAddress(s.User, old.Address)
	n.touch(s.User)
	s.User.Assigned, s.User.NamedAt = false, time.Now()
	n.set(s.User, id, &who)
	if r := n.Acquire(s, s.User); r != nil { // before the room is told, since the event says whether s owns the name
		s.Post(NewNotice(r.Code, r.Args...))
	}
	if name != old.Name { // a guest may ask for the number that they have
		n.st.Rooms.announce(s.User, &Event{Time: time.Now(), Kind: Renamed, User: s.UserInfo(), OldName: old.Name, OldUser: &old})
	}
	n.Reconcile()
	return nil
}
