package room

import (
	"cmp"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// mostPenalties is how many bans there may be, and how many mutes.
	mostPenalties = 10_000

	// maxReason is the most bytes of an operator's reason.
	maxReason = 300

	// An operator may ban no wider network than this: a mistake would lock out
	// the world.
	widestIPv4 = 8
	widestIPv6 = 16
)

// A penalty is a ban or a mute.
type penalty struct {
	Target string    `json:"target"`         // a person, a key, or a network
	Name   string    `json:"name,omitempty"` // whose it was, where it was given by name
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero is for good
}

func (p *penalty) over() bool { return !p.Until.IsZero() && time.Now().After(p.Until) }

// refusal returns what its target is told: one of four sentences, with or
// without an end and a reason.
func (p *penalty) refusal(forGood, forGoodWhy, until, untilWhy Phrase) *Refusal {
	switch {
	case p.Until.IsZero() && p.Reason == "":
		return refuse(forGood)
	case p.Until.IsZero():
		return refuse(forGoodWhy, p.Reason)
	case p.Reason == "":
		return refuse(until, Moment(p.Until))
	}
	return refuse(untilWhy, Moment(p.Until), p.Reason)
}

func (p *penalty) banned() *Refusal {
	return p.refusal(BannedForGood, BannedForGoodWhy, BannedUntil, BannedUntilWhy)
}

func (p *penalty) muted() *Refusal {
	return p.refusal(MutedForGood, MutedForGoodWhy, MutedUntil, MutedUntilWhy)
}

// Penalties are bans or mutes, each kind in a table of the [Book].
type penalties struct {
	table    string
	all      map[string]*penalty       // by target
	networks map[netip.Prefix]*penalty // those of them that are for a network
}

func newPenalties(table string) penalties {
	return penalties{table: table, all: map[string]*penalty{}, networks: map[netip.Prefix]*penalty{}}
}

// put adds p, in the place of one for the same target.
func (ps *penalties) put(p *penalty) {
	ps.all[p.Target] = p
	if network, err := netip.ParsePrefix(p.Target); err == nil {
		ps.networks[network] = p
	}
}

func (ps *penalties) remove(p *penalty) {
	delete(ps.all, p.Target)
	if network, err := netip.ParsePrefix(p.Target); err == nil {
		delete(ps.networks, network)
	}
}

// on returns what is on an address, or nil.
func (ps *penalties) on(addr netip.Addr) *penalty {
	if len(ps.networks) == 0 {
		return nil
	}
	addr = addr.Unmap().WithZone("")
	narrowest := Source(addr).Bits()
	for bits := narrowest; bits >= 0; bits-- {
		network, _ := addr.Prefix(bits)
		if p := ps.networks[network]; p != nil && !p.over() {
			return p
		}
	}
	return nil
}

// person returns what is on a person, or on the session of a guest, or nil.
func (ps *penalties) person(sign string) *penalty {
	if p := ps.all[sign]; p != nil && !p.over() {
		return p
	}
	return nil
}

// sweepLocked strikes out those that are over.
func (h *House) sweepLocked(ps *penalties) {
	for _, p := range ps.all {
		if p.over() {
			h.strikeLocked(ps, p)
		}
	}
}

func (h *House) strikeLocked(ps *penalties, p *penalty) {
	ps.remove(p)
	if !isSession(p.Target) {
		h.writeLocked(ps.table, p.Target, nil)
	}
}

// banLocked returns the ban that keeps somebody out, or nil. An operator is never
// kept out.
func (h *House) banLocked(v *Visitor, person string) *penalty {
	if len(h.bans.all) == 0 || h.isOperatorLocked(person) {
		return nil
	}
	if p := h.bans.person(person); p != nil {
		return p
	}
	return h.bans.on(v.Remote)
}

// muteLocked returns the mute that is on somebody, or nil. One that is on an
// address holds for guests, and for keys that are new since: a key is made in a
// moment.
func (h *House) muteLocked(u *User) *penalty {
	if len(h.mutes.all) == 0 || h.isOperatorLocked(u.Key) {
		return nil
	}
	if p := h.mutes.person(u.Who().sign()); p != nil {
		return p
	}
	if p := h.mutes.on(u.visitor.Remote); p != nil && !h.knownBeforeLocked(u.Key, p.Since) {
		return p
	}
	return nil
}

// fingerprint is the shape of a key's, as OpenSSH prints it.
var fingerprint = regexp.MustCompile("^" + keyPrefix + "[0-9A-Za-z+/]{43}$")

// targetsLocked returns what a penalty for whom is on: a key, a network, or who
// has a name.
func (h *House) targetsLocked(whom string) (targets []string, name string, err error) {
	if fingerprint.MatchString(whom) {
		return []string{h.personLocked(whom)}, "", nil
	}
	if addr, err := netip.ParseAddr(whom); err == nil {
		return []string{Source(addr).String()}, "", nil
	}
	if prefix, err := netip.ParsePrefix(whom); err == nil {
		if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
		}
		if prefix.Addr().Is6() && prefix.Bits() > 64 {
			prefix = Source(prefix.Addr()) // who has one address of it has them all
		}
		if addr := prefix.Addr(); addr.Is4() && prefix.Bits() < widestIPv4 || addr.Is6() && prefix.Bits() < widestIPv6 {
			return nil, "", refuse(TooWide, prefix)
		}
		return []string{prefix.Masked().String()}, "", nil
	}
	if p := h.online[NameKey(whom)]; p != nil {
		return p.targetsLocked(), p.who.Load().Name, nil
	}
	if key, name := h.knownLocked(whom); key != "" {
		return []string{key}, name, nil
	}
	return nil, "", refuse(NoSuchUser, Clean(whom))
}

// targetsLocked returns what somebody who is here is known by: the key, if there
// is one, and the address, since a key is made in a moment. But not the address of
// this machine, from which everybody may come, by a proxy: a guest from there is
// known by its session only.
func (p *presence) targetsLocked() (targets []string) {
	who := p.who.Load()
	for _, s := range p.sessions {
		remote := s.visitor.Remote
		here := remote.IsLoopback() || !remote.IsValid()
		if who.Key != "" || here {
			targets = append(targets, who.sign())
		}
		if !here {
			targets = append(targets, Source(remote).String())
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

// knownLocked returns the person of a name who is not here, and the name. It must
// be that name: one that looks like it is somebody else's, perhaps.
func (h *House) knownLocked(name string) (person, spelled string) {
	if id, err := checkName(name); err == nil {
		if _, c := h.claimedLocked(id, ""); c != nil && c.has(id.key) {
			return c.Person, c.Name
		}
	}
	if h.Archive != nil {
		if p, ok := h.Archive.Find(NameKey(name)); ok {
			return p.Key, p.Name
		}
	}
	return "", ""
}

// penalize does /ban and /mute. Args are whom, and how long and why.
func (u *User) penalize(ps *penalties, args []string) (made []*penalty, err error) {
	h := u.house
	until, reason := sentenceOf(args[1:], time.Now())
	h.mu.Lock()
	defer h.mu.Unlock()
	targets, name, err := h.targetsLocked(args[0])
	if err != nil {
		return nil, err
	}
	h.sweepLocked(ps)
	if len(ps.all) >= mostPenalties {
		return nil, refuse(TooManyPenalties, mostPenalties)
	}
	for _, target := range targets {
		if h.isOperatorLocked(target) {
			return nil, refuse(NotAnOperator, Clean(args[0]))
		}
		made = append(made, &penalty{Target: target, Name: name, By: u.Who().Name, Reason: reason, Since: time.Now(), Until: until})
	}
	for _, p := range made {
		ps.put(p)
		if !isSession(p.Target) {
			h.writeLocked(ps.table, p.Target, p)
		}
	}
	return made, nil
}

// sentenceOf reads how long, which may be missing, and why.
func sentenceOf(words []string, now time.Time) (until time.Time, reason string) {
	if len(words) == 0 {
		return time.Time{}, ""
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(words[0]), " ")
	if d, ok := parseSpan(first); ok {
		return now.Add(d), shortenReason(rest)
	}
	return time.Time{}, shortenReason(words[0])
}

func shortenReason(s string) string {
	s = strings.TrimSpace(Clean(s))
	if len(s) <= maxReason {
		return s
	}
	return Clean(s[:maxReason]) // which drops half a character
}

// ban does /ban: whoever it is for goes.
func (u *User) ban(args []string) (*Event, error) {
	h := u.house
	made, err := u.penalize(&h.bans, args)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	for other := range h.users {
		for _, p := range made {
			if p.Target == other.Who().sign() || h.banLocked(&other.visitor, other.Key) == p {
				r := p.banned()
				other.leaveLocked(Banned, r.Phrase, r.Args...)
			}
		}
	}
	for _, p := range made {
		if isSession(p.Target) { // which is over
			h.strikeLocked(&h.bans, p)
		}
	}
	h.mu.Unlock()
	u.house.wakeForMove()
	return u.answerPenalty("ban", made, BannedNow, BannedNowUntil)
}

// mute does /mute.
func (u *User) mute(args []string) (*Event, error) {
	made, err := u.penalize(&u.house.mutes, args)
	if err != nil {
		return nil, err
	}
	u.house.tell(made, (*penalty).muted)
	return u.answerPenalty("mute", made, MutedNow, MutedNowUntil)
}

// tell tells those who are here of their mutes.
func (h *House) tell(made []*penalty, sentence func(*penalty) *Refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for other := range h.users {
		for _, p := range made {
			if h.muteLocked(other) == p {
				r := sentence(p)
				other.post(&Event{Time: time.Now(), Kind: Noticed, Phrase: r.Phrase, Args: r.Args})
			}
		}
	}
}

func (u *User) answerPenalty(what string, made []*penalty, forGood, until Phrase) (*Event, error) {
	var lines []Sentence
	for _, p := range made {
		u.audit(what, p.label(), p.detail())
		if p.Until.IsZero() {
			lines = append(lines, Sentence{forGood, []any{p.label()}})
		} else {
			lines = append(lines, Sentence{until, []any{p.label(), Moment(p.Until)}})
		}
	}
	return answer(lines)
}

// label returns whom a penalty is for, as operators read it.
func (p *penalty) label() string {
	if p.Name == "" {
		return p.Target
	}
	return p.Name + " (" + p.Target + ")"
}

// detail returns how long and why, as lists have it.
func (p *penalty) detail() string {
	var words []string
	if !p.Until.IsZero() {
		words = append(words, "until "+p.Until.UTC().Format(time.RFC3339))
	}
	if p.Reason != "" {
		words = append(words, p.Reason)
	}
	return strings.Join(words, ", ")
}

// lift does /unban and /unmute.
func (u *User) lift(ps *penalties, what string, whom string, done Phrase) (*Event, error) {
	h := u.house
	h.mu.Lock()
	var lifted []*penalty
	targets, _, err := h.targetsLocked(whom)
	for target, p := range ps.all {
		if target == whom || p.Name != "" && NameKey(p.Name) == NameKey(whom) || err == nil && slices.Contains(targets, target) {
			lifted = append(lifted, p)
			h.strikeLocked(ps, p)
		}
	}
	h.mu.Unlock()
	if len(lifted) == 0 {
		return nil, refuse(NoSuchPenalty, Clean(whom))
	}
	var lines []Sentence
	for _, p := range lifted {
		u.audit(what, p.label(), "")
		lines = append(lines, Sentence{done, []any{p.label()}})
	}
	return answer(lines)
}

// listBans does /bans: mutes are listed, too.
func (u *User) listBans() (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []Sentence
	list := func(penalties map[string]*penalty, phrase Phrase) {
		for _, p := range slices.SortedFunc(maps.Values(penalties), func(a, b *penalty) int {
			return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Target, b.Target))
		}) {
			if !p.over() {
				lines = append(lines, Sentence{phrase, []any{p.label(), p.By, Moment(p.Since), p.detail()}})
			}
		}
	}
	list(h.bans.all, BanLine)
	list(h.mutes.all, MuteLine)
	if len(lines) == 0 {
		lines = append(lines, Sentence{NoBans, nil})
	}
	return answer(lines)
}
