package room

import (
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// A NameKept is the reply to a rename to the user's current name: others see no change. Doors
// without a form of their own for it show the sentence.
type NameKept struct {
	replied
	User, Former *UserInfo // the user now and before
	reply.Sentence
}

// Sentences is part of [TextReply].
func (n *NameKept) Sentences() []reply.Sentence { return []reply.Sentence{n.Sentence} }

// Rename gives s another name and tells the room. If s has that name already, nobody is told; s
// becomes its owner if possible, and a reply says so. Errors are as for [Session.Say].
func (s *Session) Rename(name string) (answer Reply, err error) {
	was := s.User()
	if len(name) <= names.MaxBytes {
		name = names.PlainSpelling(name)
	}
	if name == was.Name && !was.Unnamed {
		return s.acquireCurrentName()
	}
	id, err := names.Check(name)
	if err != nil {
		return nil, err
	}
	h := s.hub
	h.mu.Lock()
	err = s.renameLocked(name, id)
	h.mu.Unlock()
	h.wakeForJoinLeave()
	if err != nil || name != was.Name {
		return nil, err
	}
	return nameKept(s.User(), was, reply.NamedAlready), nil
}

func nameKept(who, was *UserInfo, code reply.Code) *NameKept {
	return &NameKept{User: who, Former: was, Sentence: reply.Say(code, who.Name)}
}

// acquireCurrentName makes s the owner of its current name, which it was assigned in place of
// another, or has released.
func (s *Session) acquireCurrentName() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	was := s.User()
	if s.Person == "" || was.Verified {
		return nameKept(was, was, reply.NamedAlready), nil
	}
	if err := s.hasNameQuotaLocked(s.user.identity); err != nil {
		return nil, err
	}
	s.user.assigned = false
	if r := h.acquireNameLocked(s, s.user); r != nil {
		return nil, r
	}
	if !s.User().Verified {
		return nameKept(was, was, reply.NamedAlready), nil
	}
	return nameKept(s.User(), was, reply.NameIsYours), nil
}

// hasNameQuotaLocked refuses a name that s does not own if s cannot own any more: it would have to
// lose one.
func (s *Session) hasNameQuotaLocked(id names.Identity) error {
	h := s.hub
	if s.Person == "" || h.names.Owns(s.Person, id) {
		return nil
	}
	if most := h.maxNamesLocked(s.Person); len(h.names.Of(s.Person)) >= most {
		if most < accounts.MaxNames {
			return reply.Refuse(reply.NewNamesFull, most, h.names.Join(s.Person))
		}
		return reply.Refuse(reply.NamesFull, most, h.names.Join(s.Person))
	}
	return nil
}

func (s *Session) renameLocked(name string, id names.Identity) error {
	h := s.hub
	if err := h.mayTakeNameLocked(&s.client, s.Person, s.User().subject()); err != nil {
		return err
	}
	h.noteNameAttemptLocked(id, s.Person, s.User().Name)
	if h.online.isTaken(id, s.user) || h.online.isHeld(id, s.Person) {
		return reply.Refuse(reply.NameTaken, name)
	}
	if _, other := h.names.Owners(id, s.Person); other != nil {
		return reply.Refuse(reply.NameOwned, name)
	}
	if h.isOfficialForLocked(id, s.Person) {
		return reply.Refuse(reply.NameOfficial, name)
	}
	if err := s.hasNameQuotaLocked(id); err != nil {
		return err
	}
	if s.departed.Load() {
		return s.reason
	}
	if err := s.takeRenameToken(); err != nil {
		return err
	}
	for holder := h.online.holder(id, s.user); holder != nil; holder = h.online.holder(id, s.user) {
		h.yieldNameLocked(holder) // the holder only has a number
	}
	old := *s.User()
	who := old
	who.Name, who.Unnamed, who.Verified, who.folded = name, false, false, names.Fold(name)
	h.online.removeAddress(s.user, old.Address)
	h.touchNameLocked(s.user)
	s.user.assigned, s.user.namedAt = false, time.Now()
	h.setNameLocked(s.user, id, &who)
	if r := h.acquireNameLocked(s, s.user); r != nil { // before the room is told, since the event says whether s owns the name
		s.post(NewNotice(r.Code, r.Args...))
	}
	if name != old.Name { // a guest may ask for the number that they have
		h.announceToRoomsLocked(s.user, &Event{Time: time.Now(), Kind: Renamed, User: s.User(), OldName: old.Name, OldUser: &old})
	}
	h.reconcileNamesLocked()
	return nil
}
