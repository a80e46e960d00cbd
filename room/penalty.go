package room

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// maxPenalties is how many bans there may be, and how many mutes.
	maxPenalties = 10_000

	// maxReasonBytes is the most bytes of an operator's reason.
	maxReasonBytes = 300
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

func (p *penalty) isOver(now time.Time) bool { return !p.Until.IsZero() && now.After(p.Until) }

// refusal returns what its target is told: one of four sentences, with or
// without an end and a reason.
func (p *penalty) refusal(forGood, forGoodWhy, until, untilWhy reply.Code) *reply.Refusal {
	switch {
	case p.Until.IsZero() && p.Reason == "":
		return reply.Refuse(forGood)
	case p.Until.IsZero():
		return reply.Refuse(forGoodWhy, p.Reason)
	case p.Reason == "":
		return reply.Refuse(until, reply.Moment(p.Until))
	}
	return reply.Refuse(untilWhy, reply.Moment(p.Until), p.Reason)
}

func (p *penalty) banRefusal() *reply.Refusal {
	return p.refusal(reply.BannedForGood, reply.BannedForGoodReason, reply.BannedUntil, reply.BannedUntilReason)
}

func (p *penalty) muteRefusal() *reply.Refusal {
	return p.refusal(reply.MutedForGood, reply.MutedForGoodReason, reply.MutedUntil, reply.MutedUntilReason)
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
func (p *penalty) line(forGood, forGoodWhy, until, untilWhy reply.Code) reply.Sentence {
	r := p.refusal(forGood, forGoodWhy, until, untilWhy)
	return reply.Say(r.Code, append([]any{p.label(), p.By, reply.Moment(p.Since)}, r.Args...)...)
}

// outlasts reports whether p ends later than at a moment, of which zero is never.
func (p *penalty) outlasts(until time.Time) bool {
	return !until.IsZero() && (p.Until.IsZero() || p.Until.After(until))
}

// penalize does /ban and /mute. Args are whom, and how long and why. Where somebody is
// named, what is on the address already, for another reason, is not made shorter by it.
func (s *Session) penalize(set *penaltySet, args []string) (made []*penalty, err error) {
	h := s.hub
	until, reason, err := parsePenaltyArgs(args[1:], h.clockOffsets.latest())
	if err != nil {
		return nil, err
	}
	spoke := s.lastLineBy(args[0])
	h.mu.Lock()
	defer h.mu.Unlock()
	targets, name, err := h.penaltyTargetsLocked(args[0], spoke)
	if err != nil {
		return nil, err
	}
	h.sweepPenaltiesLocked(set)
	if set.Len() >= maxPenalties {
		return nil, reply.Refuse(reply.TooManyPenalties, maxPenalties)
	}
	var kept []*penalty
	for _, target := range targets {
		if h.isOperatorLocked(target) {
			return nil, reply.Refuse(reply.NotAnOperator, text.Clean(args[0]))
		}
		if old := set.Get(target); old != nil && name != "" && old.Name != name && isNetwork(target) && old.outlasts(until) {
			kept = append(kept, old)
			continue
		}
		made = append(made, &penalty{Target: target, Name: name, By: s.User().Name, Reason: reason, Since: time.Now(), Until: until})
	}
	if len(made) == 0 {
		return kept, nil
	}
	for _, p := range made {
		set.Put(p.Target, p)
	}
	return made, nil
}

// parsePenaltyArgs reads how long, which may be missing, and why. What begins as a time and
// is none, or is one in words, is refused: else it would be the reason of what lasts for
// good. "For" may stand before a time.
func parsePenaltyArgs(words []string, now time.Time) (until time.Time, reason string, err error) {
	if len(words) == 0 {
		return time.Time{}, "", nil
	}
	first, rest := text.CutWord(strings.TrimSpace(words[0]))
	first = normalizeName(first)
	if strings.EqualFold(first, "for") {
		if time, why := text.CutWord(rest); durationLike.MatchString(normalizeName(time)) {
			first, rest = normalizeName(time), why
		}
	}
	if d, ok := parseDuration(first); ok {
		return now.Add(d), cleanReason(rest), nil
	}
	if durationLike.MatchString(first) {
		return time.Time{}, "", reply.Refuse(reply.InvalidDuration, text.Clean(first))
	}
	if said := durationInWords.FindStringSubmatch(strings.TrimSpace(words[0])); said != nil {
		return time.Time{}, "", reply.Refuse(reply.InvalidDuration, text.Clean(said[1]))
	}
	return time.Time{}, cleanReason(words[0]), nil
}

func cleanReason(s string) string {
	s = strings.TrimSpace(text.Clean(s))
	if len(s) <= maxReasonBytes {
		return s
	}
	return text.Clean(s[:maxReasonBytes]) // which drops half a character
}

// ban does /ban: whoever it is for goes. Those in other houses go when these read of
// it in the book.
func (s *Session) ban(args []string) (Reply, error) {
	h := s.hub
	made, err := s.penalize(&h.bans, args)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	for _, p := range made {
		h.enforceBanLocked(p)
		if isSessionSubject(p.Target) && !h.isAtPeerLocked(p.Target) { // which is over
			h.bans.Delete(p.Target)
		}
	}
	h.mu.Unlock()
	s.hub.wakeForJoinLeave()
	return s.penaltyAnswer("ban", made, reply.BannedNow, reply.BannedNowUntil)
}

// isAtPeerLocked reports whether a sign is of somebody in another house.
func (h *Hub) isAtPeerLocked(sign string) bool {
	return slices.ContainsFunc(h.allSessionsLocked(), func(s *Session) bool { return s.peer != nil && s.User().subject() == sign })
}

// enforceBanLocked ends the sessions in this house of those whom a ban is for.
func (h *Hub) enforceBanLocked(p *penalty) {
	for s := range h.sessions {
		if p.Target == s.User().subject() || h.banLocked(&s.client, s.Person) == p {
			r := p.banRefusal()
			s.leaveLocked(Banned, r.Code, r.Args...)
		}
	}
}

// mute does /mute.
func (s *Session) mute(args []string) (Reply, error) {
	made, err := s.penalize(&s.hub.mutes, args)
	if err != nil {
		return nil, err
	}
	s.hub.tellMuted(made, (*penalty).muteRefusal)
	return s.penaltyAnswer("mute", made, reply.MutedNow, reply.MutedNowUntil)
}

// tellMuted tells those who are here of their mutes.
func (h *Hub) tellMuted(made []*penalty, sentence func(*penalty) *reply.Refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for other := range h.sessions {
		for _, p := range made {
			if h.muteLocked(other) == p {
				r := sentence(p)
				other.post(&Event{Time: time.Now(), Kind: Noticed, Code: r.Code, Args: r.Args})
			}
		}
	}
}

func (s *Session) penaltyAnswer(what string, made []*penalty, forGood, until reply.Code) (Reply, error) {
	var lines []reply.Sentence
	for _, p := range made {
		s.audit(what, p.label(), p.detail())
		if p.Until.IsZero() {
			lines = append(lines, reply.Say(forGood, p.label()))
		} else {
			lines = append(lines, reply.Say(until, p.label(), reply.Moment(p.Until)))
		}
	}
	return answer(lines)
}

// liftPenalties does /unban and /unmute.
func (s *Session) liftPenalties(set *penaltySet, what string, whom string, done reply.Code) (Reply, error) {
	h := s.hub
	spoke := s.lastLineBy(whom)
	h.mu.Lock()
	var lifted []*penalty
	targets, _, err := h.penaltyTargetsLocked(whom, spoke)
	for target, p := range set.All() {
		if target == whom || p.Name != "" && names.Key(p.Name) == names.Key(whom) || err == nil && slices.Contains(targets, target) {
			lifted = append(lifted, p)
			set.Delete(target)
		}
	}
	h.mu.Unlock()
	if len(lifted) == 0 {
		return nil, reply.Refuse(reply.NoSuchPenalty, text.Clean(whom))
	}
	var lines []reply.Sentence
	for _, p := range lifted {
		s.audit(what, p.label(), "")
		lines = append(lines, reply.Say(done, p.label()))
	}
	return answer(lines)
}

// listBans does /bans: mutes are listed, too.
func (s *Session) listBans() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []reply.Sentence
	list := func(set *penaltySet, forGood, forGoodWhy, until, untilWhy reply.Code) {
		for _, p := range slices.SortedFunc(maps.Values(maps.Collect(set.All())), func(a, b *penalty) int {
			return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Target, b.Target))
		}) {
			if !p.isOver(h.clockOffsets.earliest()) {
				lines = append(lines, p.line(forGood, forGoodWhy, until, untilWhy))
			}
		}
	}
	list(&h.bans, reply.BanLine, reply.BanLineReason, reply.BanUntilLine, reply.BanUntilLineReason)
	list(&h.mutes, reply.MuteLine, reply.MuteLineReason, reply.MuteUntilLine, reply.MuteUntilLineReason)
	if len(lines) == 0 {
		lines = append(lines, reply.Say(reply.NoBans))
	}
	return answer(lines)
}
