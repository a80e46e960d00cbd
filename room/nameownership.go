package room

import (
	"slices"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// lastUsedInterval is how often, at most, the last use of a name is updated.
const lastUsedInterval = 24 * time.Hour

// newNames returns the hub's names, none of which is owned yet.
func (h *Hub) newNames() *accounts.Names {
	return accounts.NewNames(accounts.NamesConfig{
		IsExpired: func(o *accounts.OwnedName) bool { // the owner may have used other names since
			return h.isUnused(o.Since, o.LastUsed) && h.isUnused(o.Since, h.lastSeenLocked(o.Person))
		},
		SameAs: h.keys.IDs,
		NextFree: func(name string) string {
			free, _ := h.nextNameLocked(name)
			return free
		},
		OnLost:  h.tellNameLostLocked,
		OnApply: h.enforceOwnerLocked,
	})
}

// lastSeenLocked returns when a person who owns names was last online.
func (h *Hub) lastSeenLocked(person string) (last time.Time) {
	if h.online.byPerson[person] != nil || slices.ContainsFunc(h.allSessionsLocked(), func(s *Session) bool { return s.Person == person }) {
		return time.Now()
	}
	return h.lastSeenOfflineLocked(person)
}

// lastSeenOfflineLocked is lastSeenLocked for somebody who is offline.
func (h *Hub) lastSeenOfflineLocked(person string) (last time.Time) {
	for _, o := range h.names.Of(person) {
		last = laterTime(last, o.LastUsed)
	}
	if h.Messages != nil { // the store also knows who was online when the process died
		p, _ := h.Messages.Account(person)
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

// acquireNameLocked makes u's name u's own, if u has a key and chose the name. Call it when u
// enters or renames themselves. A name assigned in place of another is not acquired. It returns why
// a name that could have been u's remains unowned, or nil.
func (h *Hub) acquireNameLocked(s *Session, u *user) *reply.Refusal {
	who := u.info.Load()
	if who.Person == "" {
		return nil
	}
	o, other := h.names.Owners(u.identity, who.Person)
	switch {
	case other != nil:
		return nil
	case o != nil:
		h.names.Use(o, who.Name, u.identity)
	case u.assigned:
		return nil
	default:
		if r := h.checkNameQuotaLocked(s, who.Name); r != nil {
			return r
		}
		h.names.Claim(who.Name, who.Person)
	}
	if !who.Verified {
		verified := *who
		verified.Verified = true
		h.setUserInfoLocked(u, &verified)
	}
	return nil
}

// checkNameQuotaLocked returns why s cannot own the unowned name that it uses, or nil.
func (h *Hub) checkNameQuotaLocked(s *Session, name string) *reply.Refusal {
	most := h.maxNamesLocked(s.Person)
	if len(h.names.Of(s.Person)) >= most {
		return reply.Refuse(reply.NameNotYours, name, most, h.names.Join(s.Person))
	}
	if h.isFullForLocked(s.Person, h.names.Len(), accounts.MaxOwnedNames) {
		h.sweepNamesLocked()
	}
	switch {
	case h.isFullForLocked(s.Person, h.names.Len(), accounts.MaxOwnedNames):
		return reply.Refuse(reply.NoNamesForNewKeys, name)
	case !h.takeQuotaLocked(s, nameQuota(), 1):
		return reply.Refuse(reply.TooManyNamesFromAddress, name)
	}
	return nil
}

func (h *Hub) maxNamesLocked(person string) int {
	if h.isNewcomerLocked(person) {
		return accounts.MaxNewcomerNames
	}
	return accounts.MaxNames
}

// latestOwnNameLocked returns the name that a person owns and used last. It returns the requested
// name if the person owns that, or owns none.
func (h *Hub) latestOwnNameLocked(person string, rn *requestedName) *requestedName {
	names := h.names.Of(person)
	if len(names) == 0 || h.names.Owns(person, rn.identity) {
		return rn
	}
	o := slices.MaxFunc(names, func(a, b *accounts.OwnedName) int { return a.LastUsed.Compare(b.LastUsed) })
	return &requestedName{name: o.Name, identity: o.Identity()}
}

// touchNameLocked notes that u has used their name until now.
func (h *Hub) touchNameLocked(u *user) {
	who := u.info.Load()
	if o, _ := h.names.Owners(u.identity, who.Person); o != nil {
		h.names.Touch(o)
	}
}

// touchNameDailyLocked notes, once a day, that a person uses a name that they own without entering,
// as bots do.
func (h *Hub) touchNameDailyLocked(u *user) {
	who := u.info.Load()
	if o, _ := h.names.Owners(u.identity, who.Person); o != nil && time.Since(o.LastUsed) > lastUsedInterval {
		h.touchNameLocked(u)
	}
}

// sweepNamesLocked frees names that nobody uses. It frees only so many at a time, because it holds
// the lock.
func (h *Hub) sweepNamesLocked() {
	if h.maySweepLocked("names") {
		h.names.Sweep(maxSwept)
	}
}

// noteNameAttemptLocked notes that a person asked for somebody else's name and got another one. The
// owner is told now, or on entering.
func (h *Hub) noteNameAttemptLocked(id names.Identity, person, called string) {
	_, o := h.names.Owners(id, person)
	if o == nil {
		return
	}
	u := h.online.byPerson[o.Person]
	if h.names.NoteAttempt(o, u != nil && u.terminal != nil) {
		u.terminal.post(NewNotice(reply.NameTried, o.Name, called))
	}
}

// nameCommand implements /name and /name release.
func (s *Session) nameCommand(args []string, sure bool) (Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.NeedKey)
	}
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(args) > 0 && args[0] != "release":
		return nil, reply.Refuse(reply.Usage, "/name [release NAME]")
	case len(args) > 1:
		return s.releaseOwnNameLocked(args[1], sure)
	case len(h.names.Of(s.Person)) == 0:
		return NewNotice(reply.NoNames), nil
	case len(args) > 0:
		return nil, reply.Refuse(reply.WhichName, h.names.Join(s.Person))
	}
	return h.namesReplyLocked(s.Person), nil
}

// releaseOwnNameLocked frees a name that s owns. Anybody may take it a moment later.
func (s *Session) releaseOwnNameLocked(name string, sure bool) (Reply, error) {
	id, err := names.Check(name)
	if err != nil {
		return nil, err
	}
	h := s.hub
	o, _ := h.names.Owners(id, s.Person)
	switch {
	case o == nil:
		return nil, reply.Refuse(reply.NameNotOwned, text.Clean(name))
	case !sure:
		return nil, reply.Refuse(reply.ConfirmRelease, o.Name, o.Name)
	}
	h.names.Release(o)
	who := *s.User()
	who.Verified = h.names.Owns(s.Person, s.user.identity)
	h.setUserInfoLocked(s.user, &who)
	return NewNotice(reply.NameReleased, o.Name), nil
}

// A NamesReply lists the names that a person owns.
type NamesReply struct {
	replied
	Names []OwnedName
}

// An OwnedName is a name in a [NamesReply], and when its owner last used it.
type OwnedName struct {
	Name     string
	LastUsed time.Time
}

// Sentences is part of [TextReply].
func (r *NamesReply) Sentences() (lines []reply.Sentence) {
	for _, o := range r.Names {
		lines = append(lines, reply.Say(reply.OwnedLine, o.Name, reply.Moment(o.LastUsed)))
	}
	return lines
}

func (r *NamesReply) size() (items int, messages []*Event) { return len(r.Names), nil }

func (h *Hub) namesReplyLocked(person string) *NamesReply {
	r := &NamesReply{}
	for _, o := range h.names.Sorted(person) {
		r.Names = append(r.Names, OwnedName{o.Name, o.LastUsed})
	}
	return r
}
