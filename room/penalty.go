package room

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// mostPenalties is how many bans there may be, and how many mutes.
	mostPenalties = 10_000

	// maxReason is the most bytes of an operator's reason.
	maxReason = 300
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

func (p *penalty) over(now time.Time) bool { return !p.Until.IsZero() && now.After(p.Until) }

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

// label returns whom a penalty is for, as operators read it.
func (p *penalty) label() string {
	if p.Name == "" {
		return p.Target
	}
	return p.Name + " (" + p.Target + ")"
}

// detail returns how long and why, as the log of acts keeps it.
func (p *penalty) detail() string {
	detail := "for good"
	if !p.Until.IsZero() {
		detail = "until " + p.Until.UTC().Format(time.RFC3339)
	}
	if p.Reason != "" {
		detail += ", " + p.Reason
	}
	return detail
}

// line returns what /bans shows of a penalty: one of four sentences, as in refusal.
func (p *penalty) line(forGood, forGoodWhy, until, untilWhy Phrase) Sentence {
	r := p.refusal(forGood, forGoodWhy, until, untilWhy)
	return Sentence{r.Phrase, append([]any{p.label(), p.By, Moment(p.Since)}, r.Args...)}
}

// outlasts reports whether p ends later than at a moment, of which zero is never.
func (p *penalty) outlasts(until time.Time) bool {
	return !until.IsZero() && (p.Until.IsZero() || p.Until.After(until))
}

// penalize does /ban and /mute. Args are whom, and how long and why. Where somebody is
// named, what is on the address already, for another reason, is not made shorter by it.
func (u *User) penalize(ps *penalties, args []string) (made []*penalty, err error) {
	h := u.house
	until, reason, err := sentenceOf(args[1:], h.clocks.latest())
	if err != nil {
		return nil, err
	}
	spoke := u.lastSaid(args[0])
	h.mu.Lock()
	defer h.mu.Unlock()
	targets, name, err := h.targetsLocked(args[0], spoke)
	if err != nil {
		return nil, err
	}
	h.sweepLocked(ps)
	if len(ps.all) >= mostPenalties {
		return nil, refuse(TooManyPenalties, mostPenalties)
	}
	var kept []*penalty
	for _, target := range targets {
		if h.isOperatorLocked(target) {
			return nil, refuse(NotAnOperator, Clean(args[0]))
		}
		if old := ps.all[target]; old != nil && name != "" && old.Name != name && isNetwork(target) && old.outlasts(until) {
			kept = append(kept, old)
			continue
		}
		made = append(made, &penalty{Target: target, Name: name, By: u.Who().Name, Reason: reason, Since: time.Now(), Until: until})
	}
	if len(made) == 0 {
		return kept, nil
	}
	for _, p := range made {
		ps.put(p)
		if h.lastsLocked(p.Target) {
			h.writeLocked(ps.table, p.Target, p)
		}
	}
	return made, nil
}

// sentenceOf reads how long, which may be missing, and why. What begins as a time and
// is none, or is one in words, is refused: else it would be the reason of what lasts for
// good. "For" may stand before a time.
func sentenceOf(words []string, now time.Time) (until time.Time, reason string, err error) {
	if len(words) == 0 {
		return time.Time{}, "", nil
	}
	first, rest := word(strings.TrimSpace(words[0]))
	first = spelled(first)
	if strings.EqualFold(first, "for") {
		if time, why := word(rest); timeLike.MatchString(spelled(time)) {
			first, rest = spelled(time), why
		}
	}
	if d, ok := parseSpan(first); ok {
		return now.Add(d), shortenReason(rest), nil
	}
	if timeLike.MatchString(first) {
		return time.Time{}, "", refuse(NoSpan, Clean(first))
	}
	if said := timeInWords.FindStringSubmatch(strings.TrimSpace(words[0])); said != nil {
		return time.Time{}, "", refuse(NoSpan, Clean(said[1]))
	}
	return time.Time{}, shortenReason(words[0]), nil
}

func shortenReason(s string) string {
	s = strings.TrimSpace(Clean(s))
	if len(s) <= maxReason {
		return s
	}
	return Clean(s[:maxReason]) // which drops half a character
}

// ban does /ban: whoever it is for goes. Those in other houses go when these read of
// it in the book.
func (u *User) ban(args []string) (*Event, error) {
	h := u.house
	made, err := u.penalize(&h.bans, args)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	for _, p := range made {
		h.throwOutLocked(p)
		if isSession(p.Target) && !h.isElsewhereLocked(p.Target) { // which is over
			h.strikeLocked(&h.bans, p)
		}
	}
	h.mu.Unlock()
	u.house.wakeForMove()
	return u.answerPenalty("ban", made, BannedNow, BannedNowUntil)
}

// isElsewhereLocked reports whether a sign is of somebody in another house.
func (h *House) isElsewhereLocked(sign string) bool {
	return slices.ContainsFunc(h.everybodyLocked(), func(u *User) bool { return u.neighbour != nil && u.Who().sign() == sign })
}

// throwOutLocked ends the sessions in this house of those whom a ban is for.
func (h *House) throwOutLocked(p *penalty) {
	for u := range h.users {
		if p.Target == u.Who().sign() || h.banLocked(&u.visitor, u.Key) == p {
			r := p.banned()
			u.leaveLocked(Banned, r.Phrase, r.Args...)
		}
	}
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

// lift does /unban and /unmute.
func (u *User) lift(ps *penalties, what string, whom string, done Phrase) (*Event, error) {
	h := u.house
	spoke := u.lastSaid(whom)
	h.mu.Lock()
	var lifted []*penalty
	targets, _, err := h.targetsLocked(whom, spoke)
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
	list := func(penalties map[string]*penalty, forGood, forGoodWhy, until, untilWhy Phrase) {
		for _, p := range slices.SortedFunc(maps.Values(penalties), func(a, b *penalty) int {
			return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Target, b.Target))
		}) {
			if !p.over(h.clocks.earliest()) {
				lines = append(lines, p.line(forGood, forGoodWhy, until, untilWhy))
			}
		}
	}
	list(h.bans.all, BanLine, BanLineWhy, BanUntilLine, BanUntilLineWhy)
	list(h.mutes.all, MuteLine, MuteLineWhy, MuteUntilLine, MuteUntilLineWhy)
	if len(lines) == 0 {
		lines = append(lines, Sentence{NoBans, nil})
	}
	return answer(lines)
}
