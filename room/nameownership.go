package room

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// maxNames is how many names a person may own, and maxNewcomerNames one whose key is new. A
	// further one is not its own until it has given one up.
	maxNames         = 5
	maxNewcomerNames = 3

	// maxSpellings is how many other spellings a claim covers.
	maxSpellings = 4

	// maxOwnedNames is how many names are owned in all. With as many, those are free that nobody
	// uses, see [Hub.isUnused]; where there are none, a newcomer's name is not its own.
	// Whoever comes with many keys takes nobody's name away.
	maxOwnedNames = 50_000

	// lastUsedInterval is how often, at most, it is noted that a name is used.
	lastUsedInterval = 24 * time.Hour

	// attemptNoticeInterval is how often, at most, an owner is told that somebody else asked
	// for the name.
	attemptNoticeInterval = time.Minute
)

// A nameOwnership says whose a name is: the person's who first used it with a key.
type nameOwnership struct {
	Name      string    `json:"name"`
	Person    string    `json:"person"`
	Since     time.Time `json:"since,omitzero"`  // when it was claimed
	LastUsed  time.Time `json:"seen"`            // when the owner was last here under that name
	Attempts  int       `json:"tries,omitempty"` // how often others asked for it since the owner was last told
	Spellings []string  `json:"also,omitempty"`  // other spellings that the owner used, which look like more than Name does

	identity  names.Identity
	skeletons []string  // of Name and of Also, which nobody else may have
	toldAt    time.Time // when the owner was last told of Tries
}

// covers reports whether a name with this key is one that the claim is for.
func (o *nameOwnership) covers(key string) bool {
	return o.identity.Key == key || slices.ContainsFunc(o.Spellings, func(name string) bool { return names.Key(name) == key })
}

// addOwnershipLocked enters a claim. A name that is none any more is dropped.
func (h *Hub) addOwnershipLocked(o *nameOwnership) {
	id, err := names.Check(o.Name)
	if err != nil {
		return
	}
	h.indexOwnershipLocked(o, id)
	h.coverSpellingsLocked(o)
}

// indexOwnershipLocked enters a claim without its other spellings.
func (h *Hub) indexOwnershipLocked(o *nameOwnership, id names.Identity) {
	o.identity = id
	h.coverSkeletonsLocked(o, id)
	h.namesByPerson[o.Person] = append(h.namesByPerson[o.Person], o)
	h.nameCount++
}

// coverSpellingsLocked makes what o's other spellings look like part of it, as far as that is
// nobody's.
func (h *Hub) coverSpellingsLocked(o *nameOwnership) {
	for _, name := range o.Spellings {
		if also, err := names.Check(name); err == nil {
			h.coverSkeletonsLocked(o, also)
		}
	}
}

// coverSkeletonsLocked makes what a name looks like part of a claim, as far as it is
// nobody's. It reports whether anything was.
func (h *Hub) coverSkeletonsLocked(o *nameOwnership, id names.Identity) (more bool) {
	for _, look := range id.Skeletons {
		if h.ownerBySkeleton[look] == nil {
			h.ownerBySkeleton[look] = o
			o.skeletons = append(o.skeletons, look)
			more = true
		}
	}
	return more
}

// nameOwnersLocked returns the claims to a name, or to names that look like it: the
// person's own, and somebody else's. Either may be nil: a name can look like two
// that do not look like each other. Somebody else's claim that is too old is none any
// more.
func (h *Hub) nameOwnersLocked(id names.Identity, person string) (own, other *nameOwnership) {
	for _, look := range id.Skeletons {
		o := h.ownerBySkeleton[look]
		switch {
		case o == nil:
		case o.Person == person:
			own = cmp.Or(own, o)
		case h.isNameExpiredLocked(o):
			h.revokeNameLocked(o)
		default:
			other = cmp.Or(other, o)
		}
	}
	return own, other
}

// isNameExpiredLocked reports whether a name is free because its owner was away for too long,
// under whichever name it was here last.
func (h *Hub) isNameExpiredLocked(o *nameOwnership) bool {
	return h.isUnused(o.Since, o.LastUsed) && h.isUnused(o.Since, h.lastSeenLocked(o.Person))
}

// lastSeenLocked returns when a person who owns names was here last.
func (h *Hub) lastSeenLocked(person string) (last time.Time) {
	if h.online.byPerson[person] != nil || slices.ContainsFunc(h.allSessionsLocked(), func(s *Session) bool { return s.Person == person }) {
		return time.Now()
	}
	return h.lastSeenOfflineLocked(person)
}

// lastSeenOfflineLocked is the same for somebody who is not here.
func (h *Hub) lastSeenOfflineLocked(person string) (last time.Time) {
	for _, o := range h.namesByPerson[person] {
		last = laterTime(last, o.LastUsed)
	}
	if h.Messages != nil { // it knows of those, too, who were here when the process died
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

// ownsNameLocked reports whether a name, or one that looks like it, is a person's.
func (h *Hub) ownsNameLocked(person string, id names.Identity) bool {
	own, other := h.nameOwnersLocked(id, person)
	return own != nil && other == nil
}

// acquireNameLocked makes the name of u, which is s's, its own, where it has a key and chose the
// name: u is about to enter, or has just renamed itself. A name that was given to it in
// place of another is not. It returns why one stays nobody's that might have been u's, or nil.
func (h *Hub) acquireNameLocked(s *Session, u *user) *reply.Refusal {
	who := u.info.Load()
	if who.Person == "" {
		return nil
	}
	o, other := h.nameOwnersLocked(u.identity, who.Person)
	switch {
	case other != nil:
		return nil
	case o != nil:
		o.LastUsed = time.Now()
		if len(o.Spellings) < maxSpellings && h.coverSkeletonsLocked(o, u.identity) {
			o.Spellings = append(o.Spellings, who.Name)
		}
	case u.assigned:
		return nil
	default:
		if r := h.checkNameQuotaLocked(s, who.Name); r != nil {
			return r
		}
		o = &nameOwnership{Name: who.Name, Person: who.Person, Since: time.Now(), LastUsed: time.Now()}
		h.addOwnershipLocked(o)
	}
	h.names.Write(o.identity.Key, o)
	if !who.Verified {
		verified := *who
		verified.Verified = true
		h.setUserInfoLocked(u, &verified)
	}
	return nil
}

// checkNameQuotaLocked returns why a name that is nobody's cannot be s's, who is called so, or nil.
func (h *Hub) checkNameQuotaLocked(s *Session, name string) *reply.Refusal {
	most := h.maxNamesLocked(s.Person)
	if len(h.namesByPerson[s.Person]) >= most {
		return reply.Refuse(reply.NameNotYours, name, most, h.joinNamesLocked(s.Person))
	}
	if h.isFullForLocked(s.Person, h.nameCount, maxOwnedNames) {
		h.sweepNamesLocked()
	}
	switch {
	case h.isFullForLocked(s.Person, h.nameCount, maxOwnedNames):
		return reply.Refuse(reply.NoNamesForNewKeys, name)
	case !h.takeQuotaLocked(s, nameQuota(), 1):
		return reply.Refuse(reply.TooManyNamesFromAddress, name)
	}
	return nil
}

func (h *Hub) maxNamesLocked(person string) int {
	if h.isNewcomerLocked(person) {
		return maxNewcomerNames
	}
	return maxNames
}

// latestOwnNameLocked returns the name which a person owns and used last, or what it
// wishes for where it owns that, or none.
func (h *Hub) latestOwnNameLocked(person string, rn *requestedName) *requestedName {
	names := h.namesByPerson[person]
	if len(names) == 0 || h.ownsNameLocked(person, rn.identity) {
		return rn
	}
	o := slices.MaxFunc(names, func(a, b *nameOwnership) int { return a.LastUsed.Compare(b.LastUsed) })
	return &requestedName{name: o.Name, identity: o.identity}
}

// touchNameLocked notes that u was here under its name until now.
func (h *Hub) touchNameLocked(u *user) {
	who := u.info.Load()
	if o, _ := h.nameOwnersLocked(u.identity, who.Person); o != nil {
		o.LastUsed = time.Now()
		h.names.Write(o.identity.Key, o)
	}
}

// touchNameDailyLocked notes that a person does something under a name that it owns, once a day:
// some, such as bots, never come in.
func (h *Hub) touchNameDailyLocked(u *user) {
	who := u.info.Load()
	if o, _ := h.nameOwnersLocked(u.identity, who.Person); o != nil && time.Since(o.LastUsed) > lastUsedInterval {
		h.touchNameLocked(u)
	}
}

// releaseNameLocked makes a name free.
func (h *Hub) releaseNameLocked(o *nameOwnership) {
	h.removeOwnershipLocked(o)
	h.names.WriteDelete(o.identity.Key)
}

// removeOwnershipLocked takes a claim out. What it covered another one of the same person may
// cover, too: two houses may have given it names that look alike.
func (h *Hub) removeOwnershipLocked(o *nameOwnership) {
	for _, look := range o.skeletons {
		delete(h.ownerBySkeleton, look)
	}
	names := slices.DeleteFunc(h.namesByPerson[o.Person], func(other *nameOwnership) bool { return other == o })
	if h.namesByPerson[o.Person] = names; len(names) == 0 {
		delete(h.namesByPerson, o.Person)
	}
	for _, other := range names {
		h.coverSkeletonsLocked(other, other.identity)
		h.coverSpellingsLocked(other)
	}
	h.nameCount--
}

// sweepNamesLocked makes names free that nobody uses: so many at a time, as everybody waits.
func (h *Hub) sweepNamesLocked() {
	if !h.maySweepLocked(h.names.Name) {
		return
	}
	var unused []*nameOwnership
	for claims := range maps.Values(h.namesByPerson) {
		for _, o := range claims {
			if len(unused) < maxSwept && h.isNameExpiredLocked(o) {
				unused = append(unused, o)
			}
		}
	}
	for _, o := range unused {
		h.revokeNameLocked(o)
	}
}

// ownedNameBeforeLocked reports whether a person had a name of its own at a moment.
func (h *Hub) ownedNameBeforeLocked(person string, t time.Time) bool {
	return slices.ContainsFunc(h.namesByPerson[person], func(o *nameOwnership) bool { return o.Since.Before(t) })
}

// noteNameAttemptLocked notes that a person asked for a name that is another's, and is
// called something else. The owner is told: now, or when it comes.
func (h *Hub) noteNameAttemptLocked(id names.Identity, person, called string) {
	_, o := h.nameOwnersLocked(id, person)
	if o == nil {
		return
	}
	o.Attempts++
	u := h.online.byPerson[o.Person]
	if u == nil || u.terminal == nil || time.Since(o.toldAt) < attemptNoticeInterval {
		h.names.Write(o.identity.Key, o)
		return
	}
	o.toldAt, o.Attempts = time.Now(), 0
	u.terminal.post(&Event{Time: o.toldAt, Kind: Noticed, Code: reply.NameTried, Args: []any{o.Name, called}})
}

// takeNameAttemptsLocked returns, once, what a person is to be told of those who asked for
// its names.
func (h *Hub) takeNameAttemptsLocked(person string) (told []reply.Sentence) {
	for _, o := range h.namesByPerson[person] {
		if o.Attempts > 0 {
			told = append(told, reply.Say(reply.NameTriedOften, o.Name, o.Attempts))
			o.Attempts, o.toldAt = 0, time.Now()
			h.names.Write(o.identity.Key, o)
		}
	}
	return told
}

// nameCommand does /name and /name release.
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
	case len(h.namesByPerson[s.Person]) == 0:
		return notice(reply.NoNames), nil
	case len(args) > 0:
		return nil, reply.Refuse(reply.WhichName, h.joinNamesLocked(s.Person))
	}
	return answer(h.nameLinesLocked(s.Person))
}

// releaseOwnNameLocked makes a name free that is s's own: somebody else may have it a moment later.
func (s *Session) releaseOwnNameLocked(name string, sure bool) (Reply, error) {
	id, err := names.Check(name)
	if err != nil {
		return nil, err
	}
	h := s.hub
	o, _ := h.nameOwnersLocked(id, s.Person)
	switch {
	case o == nil:
		return nil, reply.Refuse(reply.NameNotOwned, text.Clean(name))
	case !sure:
		return nil, reply.Refuse(reply.ConfirmRelease, o.Name, o.Name)
	}
	h.releaseNameLocked(o)
	who := *s.User()
	who.Verified = h.ownsNameLocked(s.Person, s.user.identity)
	h.setUserInfoLocked(s.user, &who)
	return notice(reply.NameReleased, o.Name), nil
}

// ownershipsLocked returns the claims of some people, by the key of the name.
func (h *Hub) ownershipsLocked(people ...string) iter.Seq2[string, *nameOwnership] {
	return func(yield func(string, *nameOwnership) bool) {
		for _, person := range people {
			for _, o := range h.namesByPerson[person] {
				if !yield(o.identity.Key, o) {
					return
				}
			}
		}
	}
}

// sortedOwnershipsLocked returns the claims of some people, by name.
func (h *Hub) sortedOwnershipsLocked(people ...string) (names []*nameOwnership) {
	for _, person := range people {
		names = append(names, h.namesByPerson[person]...)
	}
	slices.SortFunc(names, func(a, b *nameOwnership) int { return cmp.Compare(a.identity.Key, b.identity.Key) })
	return names
}

// joinNamesLocked returns the names of some people as they stand in a sentence.
func (h *Hub) joinNamesLocked(people ...string) string {
	var names []string
	for _, o := range h.sortedOwnershipsLocked(people...) {
		names = append(names, o.Name)
	}
	return strings.Join(names, ", ")
}

func (h *Hub) nameLinesLocked(person string) (lines []reply.Sentence) {
	for _, o := range h.sortedOwnershipsLocked(person) {
		lines = append(lines, reply.Say(reply.OwnedLine, o.Name, reply.Moment(o.LastUsed)))
	}
	return lines
}
