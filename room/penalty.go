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

// network returns the network that a penalty is for, or the zero Prefix.
func (p *penalty) network() netip.Prefix {
	prefix, _ := netip.ParsePrefix(p.Target)
	return prefix
}

// banLocked returns the ban that keeps somebody out, or nil. Those that are over
// are struck out on the way. An operator is never kept out.
func (h *House) banLocked(v *Visitor, person string) *penalty {
	if len(h.bans) == 0 || h.isOperatorLocked(person) {
		return nil
	}
	for target, p := range h.bans {
		switch {
		case p.over():
			delete(h.bans, target)
			h.writeLocked(tableBans, target, nil)
		case p.hits(v, person):
			return p
		}
	}
	return nil
}

// hits reports whether a ban is on somebody.
func (p *penalty) hits(v *Visitor, person string) bool {
	return person != "" && p.Target == person || p.network().Contains(v.Remote.Unmap().WithZone(""))
}

// muteLocked returns the mute that is on somebody, or nil.
func (h *House) muteLocked(u *User) *penalty {
	if len(h.mutes) == 0 {
		return nil
	}
	targets := []string{u.Who().sign(), Source(u.visitor.Remote).String()}
	if u.Key != "" {
		targets = targets[:1] // who has a key is known by it
	}
	for _, target := range targets {
		p := h.mutes[target]
		if p == nil {
			continue
		}
		if !p.over() {
			return p
		}
		delete(h.mutes, target)
		h.writeLocked(tableMutes, target, nil)
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
	who, remote := p.who.Load(), p.listener().visitor.Remote
	here := remote.IsLoopback() || !remote.IsValid()
	if who.Key != "" || here {
		targets = append(targets, who.sign())
	}
	if !here {
		targets = append(targets, Source(remote).String())
	}
	return targets
}

// knownLocked returns the person of a name who is not here, and the name.
func (h *House) knownLocked(name string) (person, spelled string) {
	if id, err := checkName(name); err == nil {
		if _, c := h.claimedLocked(id, ""); c != nil {
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
func (u *User) penalize(table string, args []string) (made []*penalty, err error) {
	h := u.house
	until, reason := sentenceOf(args[1:], time.Now())
	h.mu.Lock()
	defer h.mu.Unlock()
	targets, name, err := h.targetsLocked(args[0])
	if err != nil {
		return nil, err
	}
	penalties := h.penaltiesLocked(table)
	if len(penalties) >= mostPenalties {
		return nil, refuse(TooManyPenalties, mostPenalties)
	}
	for _, target := range targets {
		if h.isOperatorLocked(target) {
			return nil, refuse(NotAnOperator, Clean(args[0]))
		}
		made = append(made, &penalty{Target: target, Name: name, By: u.Who().Name, Reason: reason, Since: time.Now(), Until: until})
	}
	for _, p := range made {
		penalties[p.Target] = p
		if !isSession(p.Target) {
			h.writeLocked(table, p.Target, p)
		}
	}
	return made, nil
}

func (h *House) penaltiesLocked(table string) map[string]*penalty {
	if table == tableBans {
		return h.bans
	}
	return h.mutes
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
	made, err := u.penalize(tableBans, args)
	if err != nil {
		return nil, err
	}
	h := u.house
	h.mu.Lock()
	for other := range h.users {
		for _, p := range made {
			if p.Target == other.Who().sign() || p.hits(&other.visitor, other.Key) && !h.isOperatorLocked(other.Key) {
				r := p.banned()
				other.leaveLocked(Banned, r.Phrase, r.Args...)
			}
		}
	}
	maps.DeleteFunc(h.bans, func(target string, _ *penalty) bool { return isSession(target) }) // it is over
	h.mu.Unlock()
	u.room.wakeForMove()
	return u.answerPenalty("ban", made, BannedNow, BannedNowUntil)
}

// mute does /mute.
func (u *User) mute(args []string) (*Event, error) {
	made, err := u.penalize(tableMutes, args)
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
func (u *User) lift(table, what string, whom string, done Phrase) (*Event, error) {
	h := u.house
	h.mu.Lock()
	penalties := h.penaltiesLocked(table)
	var lifted []*penalty
	targets, _, err := h.targetsLocked(whom)
	for target, p := range penalties {
		if target == whom || p.Name != "" && NameKey(p.Name) == NameKey(whom) || err == nil && slices.Contains(targets, target) {
			lifted = append(lifted, p)
			delete(penalties, target)
			h.writeLocked(table, target, nil)
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
	list(h.bans, BanLine)
	list(h.mutes, MuteLine)
	if len(lines) == 0 {
		lines = append(lines, Sentence{NoBans, nil})
	}
	return answer(lines)
}
