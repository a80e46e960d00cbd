package room

import (
	"net/netip"
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/netaddr"
)

// IsAtPeer reports whether a subject is connected to another node.
func (st *State) IsAtPeer(subject string) bool {
	return slices.ContainsFunc(st.allSessions(), func(s *Session) bool { return s.node != nil && s.UserInfo().Subject() == subject })
}

// EnforceBan ends the sessions at this node that a ban applies to.
func (a *Access) EnforceBan(p *moderation.Penalty) {
	for s := range a.st.Sessions {
		if p.Target == s.UserInfo().Subject() || a.st.Moderation.BanOn(s.Person, CountedAddrs(s.Client.Remote)...) == p {
			r := moderation.BanRefusal(p)
			a.st.leave(s, Banned, r.Code, r.Args...)
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

// muteOn is Mute for a client that may not have entered yet; in that case subject is the person.
func (a *Access) muteOn(ci *ClientInfo, person ids.Account, subject string) *moderation.Penalty {
	return a.st.Moderation.MuteOn(moderation.Speaker{
		Subject: subject, Person: person, Addrs: CountedAddrs(ci.Remote),
		OwnedNameAt: func(t time.Time) bool { return a.st.Names.OwnedAt(person, t) },
	})
}
