package room

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"teahouse/internal/moderation"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// PenaltyRefusal returns what the target of a penalty is told: one of four sentences, with or
// without an end and a reason.
func PenaltyRefusal(p *moderation.Penalty, forGood, forGoodWhy, until, untilWhy reply.Code) *reply.Refusal {
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
	return PenaltyRefusal(p, reply.BannedForGood, reply.BannedForGoodReason, reply.BannedUntil, reply.BannedUntilReason)
}

func MuteRefusal(p *moderation.Penalty) *reply.Refusal {
	return PenaltyRefusal(p, reply.MutedForGood, reply.MutedForGoodReason, reply.MutedUntil, reply.MutedUntilReason)
}

func CleanReason(s string) string {
	s = strings.TrimSpace(text.Clean(s))
	if len(s) <= moderation.MaxReasonBytes {
		return s
	}
	return text.Clean(s[:moderation.MaxReasonBytes]) // Clean drops a half character at the end
}

// IsAtPeer reports whether a subject is connected to another node.
func (st *State) IsAtPeer(subject string) bool {
	return slices.ContainsFunc(st.allSessions(), func(s *Session) bool { return s.node != nil && s.UserInfo().Subject() == subject })
}

// EnforceBan ends the sessions at this node that a ban applies to.
func (a *Access) EnforceBan(p *moderation.Penalty) {
	for s := range a.st.Sessions {
		if p.Target == s.UserInfo().Subject() || a.st.Moderation.BanOn(s.Person, CountedAddrs(s.Client.Remote)...) == p {
			r := banRefusal(p)
			s.hub.state.leave(s, Banned, r.Code, r.Args...)
		}
	}
}

// CountedAddrs returns the forms of an address that penalties may name: the normalized one, and the
// original.
func CountedAddrs(addr netip.Addr) []netip.Addr {
	return []netip.Addr{netaddr.Effective(addr), addr.Unmap().WithZone("")}
}

// Mute returns the mute that applies to a session, or nil.
func (a *Access) Mute(s *Session) *moderation.Penalty {
	return a.muteOn(&s.Client, s.Person, s.UserInfo().Subject())
}

// muteOn is muteLocked for a client that may not have entered yet; in that case subject is
// the person.
func (a *Access) muteOn(ci *ClientInfo, person, subject string) *moderation.Penalty {
	return a.st.Moderation.MuteOn(moderation.Speaker{
		Subject: subject, Person: person, Addrs: CountedAddrs(ci.Remote),
		OwnedNameAt: func(t time.Time) bool { return a.st.Names.OwnedAt(person, t) },
	})
}
