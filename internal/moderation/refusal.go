package moderation

import (
	"strings"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// PenaltyRefusal returns what the target of a penalty is told: one of four sentences, with or
// without an end and a reason.
func PenaltyRefusal(p *Penalty, forGood, forGoodWhy, until, untilWhy reply.Code) *reply.Refusal {
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

// BanRefusal returns what somebody who is banned is told.
func BanRefusal(p *Penalty) *reply.Refusal {
	return PenaltyRefusal(p, reply.BannedForGood, reply.BannedForGoodReason, reply.BannedUntil, reply.BannedUntilReason)
}

// MuteRefusal returns what somebody who is muted is told.
func MuteRefusal(p *Penalty) *reply.Refusal {
	return PenaltyRefusal(p, reply.MutedForGood, reply.MutedForGoodReason, reply.MutedUntil, reply.MutedUntilReason)
}

// CleanReason returns a typed reason as it may be shown, cut to MaxReasonBytes.
func CleanReason(s string) string {
	s = strings.TrimSpace(text.Clean(s))
	if len(s) <= MaxReasonBytes {
		return s
	}
	return text.Clean(s[:MaxReasonBytes]) // Clean drops a half character at the end
}
