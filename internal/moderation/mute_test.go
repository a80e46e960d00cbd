package moderation

import (
	"net/netip"
	"testing"
	"time"

	"teahouse/internal/ids"
)

// A mute of an address applies to everybody there, except people who owned a name before it was
// given.
func TestMuteOn(t *testing.T) {
	s, now, _ := newState(t)
	addr := netip.MustParseAddr("192.0.2.7")
	s.Mutes.Impose([]string{"192.0.2.7/32"}, Penalty{By: "root", Since: *now})
	for person, owned := range map[string]bool{"": false, "new": false, "old": true} {
		p := s.MuteOn(Speaker{Subject: person, Person: ids.Account(person), Addrs: []netip.Addr{addr}, OwnedNameAt: func(time.Time) bool { return owned }})
		if (p == nil) != owned {
			t.Errorf("%q, who owned a name before: %v, is muted by %v", person, owned, p)
		}
	}
}
