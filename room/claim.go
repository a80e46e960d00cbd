package room

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// mostNames is how many names a person may own, and mostNewNames one whose key is new. A
	// further one is not its own until it has given one up.
	mostNames    = 5
	mostNewNames = 3

	// mostAlso is how many other spellings a claim covers.
	mostAlso = 4

	// mostClaims is how many names are owned in all. With as many, those are free that nobody
	// uses, see [House.isUnused]; where there are none, a newcomer's name is not its own.
	// Whoever comes with many keys takes nobody's name away.
	mostClaims = 50_000

	// usedEvery is how often, at most, it is noted that a name is used.
	usedEvery = 24 * time.Hour

	// tryPause is how often, at most, an owner is told that somebody else asked
	// for the name.
	tryPause = time.Minute
)

// A claim says whose a name is: the person's who first used it with a key.
type claim struct {
	Name   string    `json:"name"`
	Person string    `json:"person"`
	Since  time.Time `json:"since,omitzero"`  // when it was claimed
	Seen   time.Time `json:"seen"`            // when the owner was last here under that name
	Tries  int       `json:"tries,omitempty"` // how often others asked for it since the owner was last told
	Also   []string  `json:"also,omitempty"`  // other spellings that the owner used, which look like more than Name does

	identity identity
	looks    []string  // of Name and of Also, which nobody else may have
	told     time.Time // when the owner was last told of Tries
}

// has reports whether a name with this key is one that the claim is for.
func (c *claim) has(key string) bool {
	return c.identity.key == key || slices.ContainsFunc(c.Also, func(name string) bool { return NameKey(name) == key })
}

// addClaimLocked enters a claim. A name that is none any more is dropped.
func (h *House) addClaimLocked(c *claim) {
	id, err := checkName(c.Name)
	if err != nil {
		return
	}
	h.enterClaimLocked(c, id)
	h.coverAlsoLocked(c)
}

// enterClaimLocked enters a claim without its other spellings.
func (h *House) enterClaimLocked(c *claim, id identity) {
	c.identity = id
	h.coverLocked(c, id)
	h.claimed[c.Person] = append(h.claimed[c.Person], c)
	h.names++
}

// coverAlsoLocked makes what c's other spellings look like part of it, as far as that is
// nobody's.
func (h *House) coverAlsoLocked(c *claim) {
	for _, name := range c.Also {
		if also, err := checkName(name); err == nil {
			h.coverLocked(c, also)
		}
	}
}

// coverLocked makes what a name looks like part of a claim, as far as it is
// nobody's. It reports whether anything was.
func (h *House) coverLocked(c *claim, id identity) (more bool) {
	for _, look := range id.looks {
		if h.claims[look] == nil {
			h.claims[look] = c
			c.looks = append(c.looks, look)
			more = true
		}
	}
	return more
}

// claimedLocked returns the claims to a name, or to names that look like it: the
// person's own, and somebody else's. Either may be nil: a name can look like two
// that do not look like each other. Somebody else's claim that is too old is none any
// more.
func (h *House) claimedLocked(id identity, person string) (own, other *claim) {
	for _, look := range id.looks {
		c := h.claims[look]
		switch {
		case c == nil:
		case c.Person == person:
			own = cmp.Or(own, c)
		case h.expiredLocked(c):
			h.loseLocked(c)
		default:
			other = cmp.Or(other, c)
		}
	}
	return own, other
}

// expiredLocked reports whether a name is free because its owner was away for too long,
// under whichever name it was here last.
func (h *House) expiredLocked(c *claim) bool {
	return h.isUnused(c.Since, c.Seen) && h.isUnused(c.Since, h.lastHereLocked(c.Person))
}

// lastHereLocked returns when a person who owns names was here last.
func (h *House) lastHereLocked(person string) (last time.Time) {
	if h.people[person] != nil || slices.ContainsFunc(h.everybodyLocked(), func(u *User) bool { return u.Key == person }) {
		return time.Now()
	}
	return h.wasLastLocked(person)
}

// wasLastLocked is the same for somebody who is not here.
func (h *House) wasLastLocked(person string) (last time.Time) {
	for _, c := range h.claimed[person] {
		last = later(last, c.Seen)
	}
	if h.Archive != nil { // it knows of those, too, who were here when the process died
		p, _ := h.Archive.Person(person)
		last = later(last, p.Seen)
	}
	return last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// ownsLocked reports whether a name, or one that looks like it, is a person's.
func (h *House) ownsLocked(person string, id identity) bool {
	own, other := h.claimedLocked(id, person)
	return own != nil && other == nil
}

// claimLocked makes the name of p, which is u's, its own, where it has a key and chose the
// name: p is about to enter, or has just renamed itself. A name that was given to it in
// place of another is not. It returns why one stays nobody's that might have been p's, or nil.
func (h *House) claimLocked(u *User, p *presence) *Refusal {
	who := p.who.Load()
	if who.Key == "" {
		return nil
	}
	c, other := h.claimedLocked(p.identity, who.Key)
	switch {
	case other != nil:
		return nil
	case c != nil:
		c.Seen = time.Now()
		if len(c.Also) < mostAlso && h.coverLocked(c, p.identity) {
			c.Also = append(c.Also, who.Name)
		}
	case p.given:
		return nil
	default:
		if r := h.noNameLocked(u, who.Name); r != nil {
			return r
		}
		c = &claim{Name: who.Name, Person: who.Key, Since: time.Now(), Seen: time.Now()}
		h.addClaimLocked(c)
	}
	h.writeLocked(tableNames, c.identity.key, c)
	if !who.Verified {
		verified := *who
		verified.Verified = true
		h.becomeLocked(p, &verified)
	}
	return nil
}

// noNameLocked returns why a name that is nobody's cannot be u's, who is called so, or nil.
func (h *House) noNameLocked(u *User, name string) *Refusal {
	most := h.mostNamesLocked(u.Key)
	if len(h.claimed[u.Key]) >= most {
		return refuse(NameNotYours, name, most, h.listNamesLocked(u.Key))
	}
	if h.isFullLocked(u.Key, h.names, mostClaims) {
		h.sweepNamesLocked()
	}
	switch {
	case h.isFullLocked(u.Key, h.names, mostClaims):
		return refuse(NamesUsedUp, name)
	case !h.shareLocked(u, shareOfNames(), 1):
		return refuse(NamesFromHere, name)
	}
	return nil
}

func (h *House) mostNamesLocked(person string) int {
	if h.isNewcomerLocked(person) {
		return mostNewNames
	}
	return mostNames
}

// latestLocked returns the name which a person owns and used last, or what it
// wishes for where it owns that, or none.
func (h *House) latestLocked(person string, w *wish) *wish {
	names := h.claimed[person]
	if len(names) == 0 || h.ownsLocked(person, w.identity) {
		return w
	}
	c := slices.MaxFunc(names, func(a, b *claim) int { return a.Seen.Compare(b.Seen) })
	return &wish{name: c.Name, identity: c.identity}
}

// seenLocked notes that p was here under its name until now.
func (h *House) seenLocked(p *presence) {
	who := p.who.Load()
	if c, _ := h.claimedLocked(p.identity, who.Key); c != nil {
		c.Seen = time.Now()
		h.writeLocked(tableNames, c.identity.key, c)
	}
}

// usedLocked notes that a person does something under a name that it owns, once a day:
// some, such as bots, never come in.
func (h *House) usedLocked(p *presence) {
	who := p.who.Load()
	if c, _ := h.claimedLocked(p.identity, who.Key); c != nil && time.Since(c.Seen) > usedEvery {
		h.seenLocked(p)
	}
}

// releaseLocked makes a name free.
func (h *House) releaseLocked(c *claim) {
	h.dropClaimLocked(c)
	h.writeLocked(tableNames, c.identity.key, nil)
}

// dropClaimLocked takes a claim out. What it covered another one of the same person may
// cover, too: two houses may have given it names that look alike.
func (h *House) dropClaimLocked(c *claim) {
	for _, look := range c.looks {
		delete(h.claims, look)
	}
	names := slices.DeleteFunc(h.claimed[c.Person], func(other *claim) bool { return other == c })
	if h.claimed[c.Person] = names; len(names) == 0 {
		delete(h.claimed, c.Person)
	}
	for _, other := range names {
		h.coverLocked(other, other.identity)
		h.coverAlsoLocked(other)
	}
	h.names--
}

// sweepNamesLocked makes names free that nobody uses: so many at a time, as everybody waits.
func (h *House) sweepNamesLocked() {
	if !h.maySweepLocked(tableNames) {
		return
	}
	var unused []*claim
	for claims := range maps.Values(h.claimed) {
		for _, c := range claims {
			if len(unused) < mostSwept && h.expiredLocked(c) {
				unused = append(unused, c)
			}
		}
	}
	for _, c := range unused {
		h.loseLocked(c)
	}
}

// knownBeforeLocked reports whether a person had a name of its own at a moment.
func (h *House) knownBeforeLocked(person string, t time.Time) bool {
	return slices.ContainsFunc(h.claimed[person], func(c *claim) bool { return c.Since.Before(t) })
}

// triedLocked notes that a person asked for a name that is another's, and is
// called something else. The owner is told: now, or when it comes.
func (h *House) triedLocked(id identity, person, called string) {
	_, c := h.claimedLocked(id, person)
	if c == nil {
		return
	}
	c.Tries++
	p := h.people[c.Person]
	if p == nil || p.terminal == nil || time.Since(c.told) < tryPause {
		h.writeLocked(tableNames, c.identity.key, c)
		return
	}
	c.told, c.Tries = time.Now(), 0
	p.terminal.post(&Event{Time: c.told, Kind: Noticed, Phrase: NameTried, Args: []any{c.Name, called}})
}

// triesLocked returns, once, what a person is to be told of those who asked for
// its names.
func (h *House) triesLocked(person string) (told []Sentence) {
	for _, c := range h.claimed[person] {
		if c.Tries > 0 {
			told = append(told, Sentence{NameTriedOften, []any{c.Name, c.Tries}})
			c.Tries, c.told = 0, time.Now()
			h.writeLocked(tableNames, c.identity.key, c)
		}
	}
	return told
}

// nameCommand does /name and /name release.
func (u *User) nameCommand(args []string, sure bool) (*Event, error) {
	if u.Key == "" {
		return nil, refuse(NeedKey)
	}
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(args) > 0 && args[0] != "release":
		return nil, refuse(Usage, "/name [release NAME]")
	case len(args) > 1:
		return u.giveUpLocked(args[1], sure)
	case len(h.claimed[u.Key]) == 0:
		return notice(NoNames), nil
	case len(args) > 0:
		return nil, refuse(WhichName, h.listNamesLocked(u.Key))
	}
	return answer(h.namesLocked(u.Key))
}

// giveUpLocked makes a name free that is u's own: somebody else may have it a moment later.
func (u *User) giveUpLocked(name string, sure bool) (*Event, error) {
	id, err := checkName(name)
	if err != nil {
		return nil, err
	}
	h := u.house
	c, _ := h.claimedLocked(id, u.Key)
	switch {
	case c == nil:
		return nil, refuse(NotYours, Clean(name))
	case !sure:
		return nil, refuse(ReleaseAsk, c.Name, c.Name)
	}
	h.releaseLocked(c)
	who := *u.Who()
	who.Verified = h.ownsLocked(u.Key, u.presence.identity)
	h.becomeLocked(u.presence, &who)
	return notice(NameReleased, c.Name), nil
}

// sortedNamesLocked returns the claims of some people, by name.
func (h *House) sortedNamesLocked(people ...string) (names []*claim) {
	for _, person := range people {
		names = append(names, h.claimed[person]...)
	}
	slices.SortFunc(names, func(a, b *claim) int { return cmp.Compare(a.identity.key, b.identity.key) })
	return names
}

// listNamesLocked returns the names of some people as they stand in a sentence.
func (h *House) listNamesLocked(people ...string) string {
	var names []string
	for _, c := range h.sortedNamesLocked(people...) {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func (h *House) namesLocked(person string) (lines []Sentence) {
	for _, c := range h.sortedNamesLocked(person) {
		lines = append(lines, Sentence{OwnedLine, []any{c.Name, Moment(c.Seen)}})
	}
	return lines
}
