package moderation

import (
	"net/netip"
	"testing"
	"time"

	"teahouse/internal/ids"
)

// A ban keeps a person or an address out for its time, but no operator. In lockdown, known people
// and people admitted by an operator may still enter.
func TestAdmit(t *testing.T) {
	s, now, _ := newState(t)
	home, away := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("198.51.100.1")
	ban := Penalty{By: "root", Since: *now, Until: now.Add(time.Hour)}
	s.Bans.Impose([]string{"eve", "192.0.2.0/24"}, ban)
	wants := func(what string, person ids.Account, addr netip.Addr, inviteOnly, wasHere bool, want Verdict) {
		t.Helper()
		got, p := s.Admit(Visitor{person, []netip.Addr{addr}, func() bool { return wasHere }}, inviteOnly)
		if got != want || (p != nil) != (want == Banned) {
			t.Errorf("%s: %q at %v gets the verdict %v by the ban %v, want %v", what, person, addr, got, p, want)
		}
	}
	wants("a ban of a person", "eve", away, false, true, Banned)
	wants("a ban of an address", "", home, false, false, Banned)
	wants("an operator at a banned address", "root", home, true, false, Admitted)
	wants("no ban", "", away, false, false, Admitted)
	wants("invite-only", "bob", away, true, true, NotInvited)
	wants("invite-only", "guest of honour", away, true, false, Admitted)
	s.ChangeSettings(func(s *Settings) { s.Lockdown = true })
	wants("lockdown", "bob", away, false, true, Admitted)
	wants("lockdown", "new", away, false, false, LockedDown)
	*now = now.Add(2 * time.Hour)
	wants("a ban that is over", "eve", home, false, true, Admitted)
}
