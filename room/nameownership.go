package room

import (
	"slices"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
)

// lastUsedInterval is how often, at most, the last use of a name is updated.
const lastUsedInterval = 24 * time.Hour

// newNames returns the hub's names, none of which is owned yet.
func (n *Naming) newNames() *accounts.Names {
	return accounts.NewNames(accounts.NamesConfig{
		IsExpired: func(o *accounts.OwnedName) bool { // the owner may have used other names since
			return n.st.People.IsUnused(o.Since, o.LastUsed) && n.st.People.IsUnused(o.Since, n.st.People.lastSeen(o.Person))
		},
		SameAs: n.st.Keys.IDs,
		NextFree: func(name string) string {
			free, _ := n.next(name)
			return free
		},
		OnLost:  n.tellLost,
		OnApply: n.enforceOwner,
	})
}

// lastSeen returns when a person who owns names was last online.
func (p *People) lastSeen(person ids.Account) (last time.Time) {
	if p.st.Online.ByPerson[person] != nil || slices.ContainsFunc(p.st.allSessions(), func(s *Session) bool { return s.Person == person }) {
		return time.Now()
	}
	return p.lastSeenOffline(person)
}

// lastSeenOffline is lastSeen for somebody who is offline.
func (p *People) lastSeenOffline(person ids.Account) (last time.Time) {
	for _, o := range p.st.Names.Of(person) {
		last = laterTime(last, o.LastUsed)
	}
	if p.st.hub.config.Messages != nil { // the store also knows who was online when the process died
		p, _ := p.st.hub.config.Messages.Account(person)
		last = laterTime(last, p.LastSeen)
	}
	return last
}

func laterTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Acquire makes u's name u's own, if u has a key and chose the name. Call it when u
// enters or renames themselves. A name assigned in place of another is not acquired. It returns why
// a name that could have been u's remains unowned, or nil.
func (n *Naming) Acquire(s *Session, u *User) *reply.Refusal {
	who := u.Info()
	if who.Person == "" {
		return nil
	}
	o, other := n.st.Names.Owners(u.Identity, who.Person)
	switch {
	case other != nil:
		return nil
	case o != nil:
		n.st.Names.Use(o, who.Name, u.Identity)
	case u.Assigned:
		return nil
	default:
		if r := n.checkNewName(s, who.Name); r != nil {
			return r
		}
		n.st.Names.Claim(who.Name, who.Person)
	}
	if !who.Verified {
		verified := *who
		verified.Verified = true
		n.st.SetUserInfo(u, &verified)
	}
	return nil
}

// checkNewName returns why s cannot own the unowned name that it uses, or nil.
func (n *Naming) checkNewName(s *Session, name string) *reply.Refusal {
	most := n.most(s.Person)
	if len(n.st.Names.Of(s.Person)) >= most {
		return reply.Refuse(reply.NameNotYours, name, most, n.st.Names.Join(s.Person))
	}
	if n.st.People.IsFullFor(s.Person, n.st.Names.Len(), accounts.MaxOwnedNames) {
		n.sweep()
	}
	switch {
	case n.st.People.IsFullFor(s.Person, n.st.Names.Len(), accounts.MaxOwnedNames):
		return reply.Refuse(reply.NoNamesForNewKeys, name)
	case !n.st.People.TakeQuota(s, ratelimit.NameQuota(), 1):
		return reply.Refuse(reply.TooManyNamesFromAddress, name)
	}
	return nil
}

func (n *Naming) most(person ids.Account) int {
	if n.st.People.IsNewcomer(person) {
		return accounts.MaxNewcomerNames
	}
	return accounts.MaxNames
}

// latestOwn returns the name that a person owns and used last. It returns the requested
// name if the person owns that, or owns none.
func (n *Naming) latestOwn(person ids.Account, rn *RequestedName) *RequestedName {
	names := n.st.Names.Of(person)
	if len(names) == 0 || n.st.Names.Owns(person, rn.Identity) {
		return rn
	}
	o := slices.MaxFunc(names, func(a, b *accounts.OwnedName) int { return a.LastUsed.Compare(b.LastUsed) })
	return &RequestedName{Name: o.Name, Identity: o.Identity()}
}

// touch notes that u has used their name until now.
func (n *Naming) touch(u *User) {
	who := u.Info()
	if o, _ := n.st.Names.Owners(u.Identity, who.Person); o != nil {
		n.st.Names.Touch(o)
	}
}

// touchDaily notes, once a day, that a person uses a name that they own without entering,
// as bots do.
func (n *Naming) touchDaily(u *User) {
	who := u.Info()
	if o, _ := n.st.Names.Owners(u.Identity, who.Person); o != nil && time.Since(o.LastUsed) > lastUsedInterval {
		n.touch(u)
	}
}

// sweep frees names that nobody uses. It frees only so many at a time, because it holds
// the lock.
func (n *Naming) sweep() {
	if n.st.People.MaySweep("names") {
		n.st.Names.Sweep(MaxSwept)
	}
}

// noteAttempt notes that a person asked for somebody else's name and got another one. The
// owner is told now, or on entering.
func (n *Naming) noteAttempt(id names.Identity, person ids.Account, called string) {
	_, o := n.st.Names.Owners(id, person)
	if o == nil {
		return
	}
	u := n.st.Online.ByPerson[o.Person]
	if n.st.Names.NoteAttempt(o, u != nil && u.Terminal != nil) {
		u.Terminal.Post(NewNotice(reply.NameTried, o.Name, called))
	}
}
