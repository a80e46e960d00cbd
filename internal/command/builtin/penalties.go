package builtin

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/duration"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// maxPenaltyDuration is the longest penalty with an end, about ten years. Anything longer should be
// permanent.
const maxPenaltyDuration = 3650 * 24 * time.Hour

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

// penalize implements /ban and /mute. Args are the target, followed by the duration and reason. If
// the target is a name, an existing penalty on that person's address is not shortened: it may be
// there for another reason.
func penalize(s *command.Runner, list func(*room.State) *moderation.PenaltySet, args []string) ([]*moderation.Penalty, error) {
	h := s.Hub()
	until, reason, err := parsePenaltyArgs(args[1:], h.LatestTime())
	if err != nil {
		return nil, err
	}
	spoke := lastLineBy(s, args[0])
	st := h.Lock()
	defer st.Unlock()
	set := list(st)
	targets, name, err := penaltyTargets(st, args[0], spoke)
	if err != nil {
		return nil, err
	}
	if !set.Sweep(h.EarliestTime()) {
		return nil, reply.Refuse(reply.TooManyPenalties, moderation.MaxPenalties)
	}
	if slices.ContainsFunc(targets, func(target string) bool { return st.Moderation.IsOperator(ids.Account(target)) }) {
		return nil, reply.Refuse(reply.NotAnOperator, text.Clean(args[0]))
	}
	return set.Impose(targets, moderation.Penalty{Name: name, By: s.UserInfo().Name, Reason: reason, Since: time.Now(), Until: until}), nil
}

// parsePenaltyArgs parses an optional duration and a reason. "For" may precede the duration. It
// refuses what looks like a duration but is none, and durations in words; otherwise they would
// become the reason of a permanent penalty.
func parsePenaltyArgs(words []string, now time.Time) (until time.Time, reason string, err error) {
	if len(words) == 0 {
		return time.Time{}, "", nil
	}
	first, rest := text.CutWord(strings.TrimSpace(words[0]))
	first = command.NormalizeName(first)
	if strings.EqualFold(first, "for") {
		if typed, why := text.CutWord(rest); duration.LooksLike(command.NormalizeName(typed)) {
			first, rest = command.NormalizeName(typed), why
		}
	}
	if d, ok := parsePenaltyDuration(first); ok {
		return now.Add(d), moderation.CleanReason(rest), nil
	}
	if duration.LooksLike(first) {
		return time.Time{}, "", reply.Refuse(reply.InvalidDuration, text.Clean(first))
	}
	if said := duration.InWords(strings.TrimSpace(words[0])); said != "" {
		return time.Time{}, "", reply.Refuse(reply.InvalidDuration, text.Clean(said))
	}
	return time.Time{}, moderation.CleanReason(words[0]), nil
}

// parsePenaltyDuration parses the duration of a penalty. It accepts no sign, since +2h could mean
// two hours more.
func parsePenaltyDuration(s string) (d time.Duration, ok bool) {
	d, err := duration.Parse(s)
	return d, err == nil && s[0] != '+' && d >= time.Second && d <= maxPenaltyDuration
}

func penaltyAnswer(s *command.Runner, what string, made []*moderation.Penalty, forGood, until reply.Code) (room.Reply, error) {
	var lines []reply.Sentence
	for _, p := range made {
		s.Audit(what, p.Label(), penaltyDetail(p))
		if p.Until.IsZero() {
			lines = append(lines, reply.Say(forGood, p.Label()))
		} else {
			lines = append(lines, reply.Say(until, p.Label(), reply.Moment(p.Until)))
		}
	}
	return &command.Answer{Lines: lines}, nil
}

// liftPenalties implements /unban and /unmute.
func liftPenalties(s *command.Runner, list func(*room.State) *moderation.PenaltySet, what string, whom string, done reply.Code) (room.Reply, error) {
	h := s.Hub()
	spoke := lastLineBy(s, whom)
	st := h.Lock()
	set := list(st)
	targets, _, err := penaltyTargets(st, whom, spoke)
	lifted := set.Lift(func(p *moderation.Penalty) bool {
		return p.Target == whom || p.Name != "" && names.Key(p.Name) == names.Key(whom) || err == nil && slices.Contains(targets, p.Target)
	})
	st.Unlock()
	if len(lifted) == 0 {
		return nil, reply.Refuse(reply.NoSuchPenalty, text.Clean(whom))
	}
	var lines []reply.Sentence
	for _, p := range lifted {
		s.Audit(what, p.Label(), "")
		lines = append(lines, reply.Say(done, p.Label()))
	}
	return &command.Answer{Lines: lines}, nil
}
