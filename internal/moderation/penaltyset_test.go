package moderation

import (
	"testing"
	"time"
)

// A ban of an address that was given because of somebody else stays, if it lasts longer than the
// new one.
func TestImposeKeepsWhatLastsLonger(t *testing.T) {
	s, now, _ := newState(t)
	s.Bans.Impose([]string{"192.0.2.7/32"}, Penalty{Name: "eve", By: "root", Since: *now})
	imposed := s.Bans.Impose([]string{"mallory", "192.0.2.7/32"}, Penalty{Name: "mallory", By: "root", Since: *now, Until: now.Add(time.Hour)})
	if len(imposed) != 1 || imposed[0].Target != "mallory" || s.Bans.Get("192.0.2.7/32").Name != "eve" {
		t.Errorf("banning mallory for an hour imposes %+v, and leaves the address with a ban because of %q; want a ban of mallory alone, and eve's on the address", imposed, s.Bans.Get("192.0.2.7/32").Name)
	}
	lifted := s.Bans.Lift(func(p *Penalty) bool { return p.Name == "mallory" })
	if len(lifted) != 1 || s.Bans.Len() != 1 {
		t.Errorf("unbanning mallory lifts %+v, and %d bans are left; want 1 lifted and 1 left", lifted, s.Bans.Len())
	}
}
