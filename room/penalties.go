package room

import (
	"net/netip"
	"time"

	"teahouse/internal/moderation"
	"teahouse/internal/netaddr"
)

// countedAddrs returns the addresses that somebody counts as: the one by which it counts, and the one
// that is written.
func countedAddrs(addr netip.Addr) []netip.Addr {
	return []netip.Addr{netaddr.Effective(addr), addr.Unmap().WithZone("")}
}

// muteLocked returns the mute that is on somebody, or nil.
func (h *Hub) muteLocked(s *Session) *moderation.Penalty {
	return h.muteOnLocked(&s.client, s.Person, s.User().subject())
}

// muteOnLocked is muteLocked for somebody who need not be in yet: then the subject is the person.
func (h *Hub) muteOnLocked(ci *ClientInfo, person, subject string) *moderation.Penalty {
	return h.moderation.MuteOn(moderation.Speaker{
		Subject: subject, Person: person, Addrs: countedAddrs(ci.Remote),
		OwnedNameAt: func(t time.Time) bool { return h.names.OwnedAt(person, t) },
	})
}
