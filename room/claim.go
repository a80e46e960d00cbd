package room

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

const (
	// mostNames is how many names a person may own. With one more, the one that
	// was not used for the longest time is free again.
	mostNames = 5

	// mostClaims is how many names are owned in all. Then those are free again
	// that were not used for the longest time.
	mostClaims = 50_000

	// tryPause is how often, at most, an owner is told that somebody else asked
	// for the name.
	tryPause = time.Minute
)

// A claim says whose a name is: the person's who first used it with a key.
type claim struct {
	Name   string    `json:"name"`
	Person string    `json:"person"`
	Seen   time.Time `json:"seen"`            // when the owner was last here under that name
	Tries  int       `json:"tries,omitempty"` // how often others asked for it since the owner was last told

	identity identity
	told     time.Time // when the owner was last told of that
}

// addClaimLocked enters a claim. A name that is none any more is dropped.
func (h *House) addClaimLocked(c *claim) {
	id, err := checkName(c.Name)
	if err != nil {
		return
	}
	c.identity = id
	for _, look := range id.looks {
		h.claims[look] = c
	}
	h.claimed[c.Person] = append(h.claimed[c.Person], c)
	h.names++
}

// claimedLocked returns the claims to a name, or to names that look like it: the
// person's own, and somebody else's. Either may be nil: a name can look like two
// that do not look like each other. A claim that is too old is none any more.
func (h *House) claimedLocked(id identity, person string) (own, other *claim) {
	for _, look := range id.looks {
		c := h.claims[look]
		switch {
		case c == nil:
		case h.expiredLocked(c):
			h.releaseLocked(c)
		case c.Person == person:
			own = cmp.Or(own, c)
		default:
			other = cmp.Or(other, c)
		}
	}
	return own, other
}

func (h *House) expiredLocked(c *claim) bool {
	return h.NameAge > 0 && time.Since(c.Seen) > h.NameAge && !h.usingLocked(c)
}

// usingLocked reports whether the owner is here under the name, or one that looks
// like it.
func (h *House) usingLocked(c *claim) bool {
	p := h.people[c.Person]
	return p != nil && slices.ContainsFunc(p.identity.looks[:], func(look string) bool { return h.claims[look] == c })
}

// ownsLocked reports whether a name, or one that looks like it, is a person's.
func (h *House) ownsLocked(person string, id identity) bool {
	own, other := h.claimedLocked(id, person)
	return own != nil && other == nil
}

// claimLocked makes p's name its own, where it has a key and chose the name: p
// is about to enter, or has just renamed itself. A name that was given to it in
// place of another is not.
func (h *House) claimLocked(p *presence) {
	who := p.who.Load()
	if who.Key == "" {
		return
	}
	c, other := h.claimedLocked(p.identity, who.Key)
	switch {
	case other != nil:
		return
	case c != nil:
		c.Seen = time.Now()
	case p.given:
		return
	default:
		h.releaseOldLocked(who.Key)
		c = &claim{Name: who.Name, Person: who.Key, Seen: time.Now()}
		h.addClaimLocked(c)
	}
	h.writeLocked(tableNames, c.identity.key, c)
	if !who.Verified {
		verified := *who
		verified.Verified = true
		p.who.Store(&verified)
	}
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

// releaseLocked makes a name free.
func (h *House) releaseLocked(c *claim) {
	for _, look := range c.identity.looks {
		if h.claims[look] == c {
			delete(h.claims, look)
		}
	}
	names := slices.DeleteFunc(h.claimed[c.Person], func(other *claim) bool { return other == c })
	if h.claimed[c.Person] = names; len(names) == 0 {
		delete(h.claimed, c.Person)
	}
	h.names--
	h.writeLocked(tableNames, c.identity.key, nil)
}

// releaseOldLocked makes room for one more name of a person, beside the one that
// it goes by.
func (h *House) releaseOldLocked(person string) {
	if names := h.claimed[person]; len(names) >= mostNames {
		unused := slices.DeleteFunc(slices.Clone(names), h.usingLocked)
		h.releaseLocked(slices.MinFunc(unused, func(a, b *claim) int { return a.Seen.Compare(b.Seen) }))
	}
	if h.names < mostClaims {
		return
	}
	var all []*claim
	for claims := range maps.Values(h.claimed) {
		all = append(all, claims...)
	}
	slices.SortFunc(all, func(a, b *claim) int { return a.Seen.Compare(b.Seen) })
	for _, c := range all[:mostClaims/100] { // some more than need be, because looking for them takes time
		if h.people[c.Person] == nil {
			h.releaseLocked(c)
		}
	}
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
func (u *User) nameCommand(args []string) (*Event, error) {
	if u.Key == "" {
		return nil, refuse(NeedKey)
	}
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(args) == 0:
		return answer(h.namesLocked(u.Key))
	case args[0] != "release":
		return nil, refuse(Usage, "/name [release NAME]")
	}
	name := u.Who().Name
	if len(args) > 1 {
		name = args[1]
	}
	id, err := checkName(name)
	if err != nil {
		return nil, err
	}
	c, _ := h.claimedLocked(id, u.Key)
	if c == nil {
		return nil, refuse(NotYours, Clean(name))
	}
	h.releaseLocked(c)
	who := *u.Who()
	who.Verified = h.ownsLocked(u.Key, u.presence.identity)
	u.presence.who.Store(&who)
	return notice(NameReleased, c.Name), nil
}

func (h *House) namesLocked(person string) (lines []Sentence) {
	names := slices.SortedFunc(slices.Values(h.claimed[person]), func(a, b *claim) int { return cmp.Compare(a.identity.key, b.identity.key) })
	for _, c := range names {
		lines = append(lines, Sentence{OwnedLine, []any{c.Name, Moment(c.Seen)}})
	}
	return lines
}
