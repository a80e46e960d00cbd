package room

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/duration"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// maxPenaltyDuration is the longest penalty with an end, about ten years. Anything longer should be
// permanent.
const maxPenaltyDuration = 3650 * 24 * time.Hour

// penaltyRefusal returns what the target of a penalty is told: one of four sentences, with or
// without an end and a reason.
func penaltyRefusal(p *moderation.Penalty, forGood, forGoodWhy, until, untilWhy reply.Code) *reply.Refusal {
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

func banRefusal(p *moderation.Penalty) *reply.Refusal {
	return penaltyRefusal(p, reply.BannedForGood, reply.BannedForGoodReason, reply.BannedUntil, reply.BannedUntilReason)
}

func muteRefusal(p *moderation.Penalty) *reply.Refusal {
	return penaltyRefusal(p, reply.MutedForGood, reply.MutedForGoodReason, reply.MutedUntil, reply.MutedUntilReason)
}

// penaltyDetail returns the end and reason of a penalty for the audit log.
func penaltyDetail(p *moderation.Penalty) string {
	detail := "for good"
	if !p.Until.IsZero() {
		detail = "until " + p.Until.UTC().Format(time.RFC3339)
	}
	if p.Reason != "" {
		detail += ", " + p.Reason
	}
	return detail
}

// penaltyLine returns what /bans shows of a penalty: one of four sentences, as in penaltyRefusal.
func penaltyLine(p *moderation.Penalty, forGood, forGoodWhy, until, untilWhy reply.Code) reply.Sentence {
	r := penaltyRefusal(p, forGood, forGoodWhy, until, untilWhy)
	return reply.Say(r.Code, append([]any{p.Label(), p.By, reply.Moment(p.Since)}, r.Args...)...)
}

// penalize implements /ban and /mute. Args are the target, followed by the duration and reason. If
// the target is a name, an existing penalty on that person's address is not shortened: it may be
// there for another reason.
func (s *Session) penalize(set *moderation.PenaltySet, args []string) ([]*moderation.Penalty, error) {
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
	if !set.Sweep(h.clockOffsets.earliest()) {
		return nil, reply.Refuse(reply.TooManyPenalties, moderation.MaxPenalties)
	}
	if slices.ContainsFunc(targets, h.moderation.IsOperator) {
		return nil, reply.Refuse(reply.NotAnOperator, text.Clean(args[0]))
	}
	return set.Impose(targets, moderation.Penalty{Name: name, By: s.User().Name, Reason: reason, Since: time.Now(), Until: until}), nil
}

// parsePenaltyArgs parses an optional duration and a reason. "For" may precede the duration. It
// refuses what looks like a duration but is none, and durations in words; otherwise they would
// become the reason of a permanent penalty.
func parsePenaltyArgs(words []string, now time.Time) (until time.Time, reason string, err error) {
	if len(words) == 0 {
		return time.Time{}, "", nil
	}
	first, rest := text.CutWord(strings.TrimSpace(words[0]))
	first = normalizeName(first)
	if strings.EqualFold(first, "for") {
		if typed, why := text.CutWord(rest); duration.LooksLike(normalizeName(typed)) {
			first, rest = normalizeName(typed), why
		}
	}
	if d, ok := parsePenaltyDuration(first); ok {
		return now.Add(d), cleanReason(rest), nil
	}
	if duration.LooksLike(first) {
		return time.Time{}, "", reply.Refuse(reply.InvalidDuration, text.Clean(first))
	}
	if said := duration.InWords(strings.TrimSpace(words[0])); said != "" {
		return time.Time{}, "", reply.Refuse(reply.InvalidDuration, text.Clean(said))
	}
	return time.Time{}, cleanReason(words[0]), nil
}

// parsePenaltyDuration parses the duration of a penalty. It accepts no sign, since +2h could mean
// two hours more.
func parsePenaltyDuration(s string) (d time.Duration, ok bool) {
	d, err := duration.Parse(s)
	return d, err == nil && s[0] != '+' && d >= time.Second && d <= maxPenaltyDuration
}

func cleanReason(s string) string {
	s = strings.TrimSpace(text.Clean(s))
	if len(s) <= moderation.MaxReasonBytes {
		return s
	}
	return text.Clean(s[:moderation.MaxReasonBytes]) // Clean drops a half character at the end
}

// ban implements /ban: the sessions that match it end. Sessions at other nodes end when those nodes
// read the ban in the store.
func (s *Session) ban(args []string) (Reply, error) {
	h := s.hub
	made, err := s.penalize(&h.moderation.Bans, args)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	for _, p := range made {
		h.enforceBanLocked(p)
		if accounts.IsSessionSubject(p.Target) && !h.isAtPeerLocked(p.Target) { // the session is over
			h.moderation.Bans.Delete(p.Target)
		}
	}
	h.mu.Unlock()
	s.hub.wakeForJoinLeave()
	return s.penaltyAnswer("ban", made, reply.BannedNow, reply.BannedNowUntil)
}

// isAtPeerLocked reports whether a subject is connected to another node.
func (h *Hub) isAtPeerLocked(subject string) bool {
	return slices.ContainsFunc(h.allSessionsLocked(), func(s *Session) bool { return s.peer != nil && s.User().subject() == subject })
}

// enforceBanLocked ends the sessions at this node that a ban applies to.
func (h *Hub) enforceBanLocked(p *moderation.Penalty) {
	for s := range h.sessions {
		if p.Target == s.User().subject() || h.moderation.BanOn(s.Person, countedAddrs(s.client.Remote)...) == p {
			r := banRefusal(p)
			s.leaveLocked(Banned, r.Code, r.Args...)
		}
	}
}

// mute implements /mute.
func (s *Session) mute(args []string) (Reply, error) {
	made, err := s.penalize(&s.hub.moderation.Mutes, args)
	if err != nil {
		return nil, err
	}
	s.hub.tellMuted(made, muteRefusal)
	return s.penaltyAnswer("mute", made, reply.MutedNow, reply.MutedNowUntil)
}

// tellMuted tells muted people who are online that they are muted.
func (h *Hub) tellMuted(made []*moderation.Penalty, sentence func(*moderation.Penalty) *reply.Refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for other := range h.sessions {
		for _, p := range made {
			if h.muteLocked(other) == p {
				r := sentence(p)
				other.post(NewNotice(r.Code, r.Args...))
			}
		}
	}
}

func (s *Session) penaltyAnswer(what string, made []*moderation.Penalty, forGood, until reply.Code) (Reply, error) {
	var lines []reply.Sentence
	for _, p := range made {
		s.audit(what, p.Label(), penaltyDetail(p))
		if p.Until.IsZero() {
			lines = append(lines, reply.Say(forGood, p.Label()))
		} else {
			lines = append(lines, reply.Say(until, p.Label(), reply.Moment(p.Until)))
		}
	}
	return answer(lines)
}

// liftPenalties implements /unban and /unmute.
func (s *Session) liftPenalties(set *moderation.PenaltySet, what string, whom string, done reply.Code) (Reply, error) {
	h := s.hub
	spoke := s.lastLineBy(whom)
	h.mu.Lock()
	targets, _, err := h.penaltyTargetsLocked(whom, spoke)
	lifted := set.Lift(func(p *moderation.Penalty) bool {
		return p.Target == whom || p.Name != "" && names.Key(p.Name) == names.Key(whom) || err == nil && slices.Contains(targets, p.Target)
	})
	h.mu.Unlock()
	if len(lifted) == 0 {
		return nil, reply.Refuse(reply.NoSuchPenalty, text.Clean(whom))
	}
	var lines []reply.Sentence
	for _, p := range lifted {
		s.audit(what, p.Label(), "")
		lines = append(lines, reply.Say(done, p.Label()))
	}
	return answer(lines)
}

// A BansReply lists bans and mutes.
type BansReply struct {
	replied
	Bans, Mutes []*moderation.Penalty
}

// Sentences is part of [TextReply].
func (r *BansReply) Sentences() (lines []reply.Sentence) {
	for _, p := range r.Bans {
		lines = append(lines, penaltyLine(p, reply.BanLine, reply.BanLineReason, reply.BanUntilLine, reply.BanUntilLineReason))
	}
	for _, p := range r.Mutes {
		lines = append(lines, penaltyLine(p, reply.MuteLine, reply.MuteLineReason, reply.MuteUntilLine, reply.MuteUntilLineReason))
	}
	if len(lines) == 0 {
		lines = append(lines, reply.Say(reply.NoBans))
	}
	return lines
}

func (r *BansReply) size() (items int, messages []*Event) { return len(r.Bans) + len(r.Mutes), nil }

// listBans implements /bans. It lists mutes too.
func (s *Session) listBans() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.clockOffsets.earliest()
	return &BansReply{Bans: h.moderation.Bans.List(now), Mutes: h.moderation.Mutes.List(now)}, nil
}

// countedAddrs returns the forms of an address that penalties may name: the normalized one, and the
// original.
func countedAddrs(addr netip.Addr) []netip.Addr {
	return []netip.Addr{netaddr.Effective(addr), addr.Unmap().WithZone("")}
}

// muteLocked returns the mute that applies to a session, or nil.
func (h *Hub) muteLocked(s *Session) *moderation.Penalty {
	return h.muteOnLocked(&s.client, s.Person, s.User().subject())
}

// muteOnLocked is muteLocked for a client that may not have entered yet; in that case subject is
// the person.
func (h *Hub) muteOnLocked(ci *ClientInfo, person, subject string) *moderation.Penalty {
	return h.moderation.MuteOn(moderation.Speaker{
		Subject: subject, Person: person, Addrs: countedAddrs(ci.Remote),
		OwnedNameAt: func(t time.Time) bool { return h.names.OwnedAt(person, t) },
	})
}
