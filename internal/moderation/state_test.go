package moderation

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/records"
)

// newState returns a State of a server where root is an operator by a file, and what it writes.
func newState(t *testing.T) (s *State, now *time.Time, written map[string]string) {
	t.Helper()
	now, written = new(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)), map[string]string{}
	s = New(Config{
		IsListedOperator:     func(person string) bool { return person == "root" },
		IsListedAllowed:      func(person string) bool { return person == "guest of honour" },
		CountListedOperators: func() int { return 1 },
		Now:                  func() time.Time { return *now },
		IsLocal:              isSession,
		IsSession:            isSession,
	})
	r := records.NewRegistry(func(r records.Record) { written[r.Table+" "+r.Key] = string(r.Value) }, func(s string) string { return s })
	s.Register(r)
	s.Audit.Register(r)
	return s, now, written
}

func isSession(subject string) bool { return strings.HasPrefix(subject, "#") }

// A ban keeps out a person, or an address, for its time, and no operator; in lockdown those who were here
// before may come, and those who are allowed to.
func TestAdmit(t *testing.T) {
	s, now, _ := newState(t)
	home, away := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("198.51.100.1")
	ban := Penalty{By: "root", Since: *now, Until: now.Add(time.Hour)}
	s.Bans.Impose([]string{"eve", "192.0.2.0/24"}, ban)
	wants := func(what string, person string, addr netip.Addr, inviteOnly, wasHere bool, want Verdict) {
		t.Helper()
		got, p := s.Admit(Visitor{person, []netip.Addr{addr}, func() bool { return wasHere }}, inviteOnly)
		if got != want || (p != nil) != (want == Banned) {
			t.Errorf("%s: %s is %v, by %v", what, person, got, p)
		}
	}
	wants("banned", "eve", away, false, true, Banned)
	wants("address", "", home, false, false, Banned)
	wants("operator", "root", home, true, false, Admitted)
	wants("nobody", "", away, false, false, Admitted)
	wants("invitations", "bob", away, true, true, NotInvited)
	wants("invitations", "guest of honour", away, true, false, Admitted)
	s.ChangeSettings(func(s *Settings) { s.Lockdown = true })
	wants("lockdown", "bob", away, false, true, Admitted)
	wants("lockdown", "new", away, false, false, LockedDown)
	*now = now.Add(2 * time.Hour)
	wants("over", "eve", home, false, true, Admitted)
}

// A mute of an address is on whoever comes with a new key, and not on who had a name before.
func TestMuteOn(t *testing.T) {
	s, now, _ := newState(t)
	addr := netip.MustParseAddr("192.0.2.7")
	s.Mutes.Impose([]string{"192.0.2.7/32"}, Penalty{By: "root", Since: *now})
	for person, owned := range map[string]bool{"": false, "new": false, "old": true} {
		p := s.MuteOn(Speaker{Subject: person, Person: person, Addrs: []netip.Addr{addr}, OwnedNameAt: func(time.Time) bool { return owned }})
		if (p == nil) != owned {
			t.Errorf("on %q is %v", person, p)
		}
	}
}

// What is on an address already stays, if it is longer and was given for somebody else.
func TestImposeKeepsWhatLastsLonger(t *testing.T) {
	s, now, _ := newState(t)
	s.Bans.Impose([]string{"192.0.2.7/32"}, Penalty{Name: "eve", By: "root", Since: *now})
	imposed := s.Bans.Impose([]string{"mallory", "192.0.2.7/32"}, Penalty{Name: "mallory", By: "root", Since: *now, Until: now.Add(time.Hour)})
	if len(imposed) != 1 || imposed[0].Target != "mallory" || s.Bans.Get("192.0.2.7/32").Name != "eve" {
		t.Errorf("imposed are %+v", imposed)
	}
	lifted := s.Bans.Lift(func(p *Penalty) bool { return p.Name == "mallory" })
	if len(lifted) != 1 || s.Bans.Len() != 1 {
		t.Errorf("lifted are %+v", lifted)
	}
}

// A penalty of a session is not stored, and ends with it.
func TestEndSession(t *testing.T) {
	s, now, written := newState(t)
	s.Mutes.Impose([]string{"#7"}, Penalty{By: "root", Since: *now})
	s.EndSession("#7")
	s.Mutes.Impose([]string{"eve"}, Penalty{By: "root", Since: *now})
	s.EndSession("eve")
	if s.Mutes.Len() != 1 || len(written) != 1 {
		t.Errorf("%d mutes are left, written is %v", s.Mutes.Len(), written)
	}
}

// A code lets one person in, until it is used up or too old.
func TestInvitations(t *testing.T) {
	s, now, _ := newState(t)
	if !s.Invite("CODE", Grant{By: "root", Since: *now, Until: now.Add(InvitationTTL)}) {
		t.Fatal("there is no room for a code")
	}
	if err := s.Redeem("CODE", "bob", now.Add(InvitationTTL+1)); err != ErrWrongCode {
		t.Errorf("an old code: %v", err)
	}
	if err := s.Redeem("CODE", "bob", *now); err != nil || !s.IsAllowed("bob") {
		t.Errorf("a code: %v", err)
	}
	if err := s.Redeem("CODE", "eve", *now); err != ErrWrongCode || s.IsAllowed("eve") {
		t.Errorf("a code that is used up: %v", err)
	}
}

// An owner of rooms has others' acts forgotten by no number of its own.
func TestAuditExcess(t *testing.T) {
	s, _, _ := newState(t)
	person := func(fingerprint string) string { return fingerprint }
	s.Audit.Add(AuditEntry{By: "quiet", Fingerprint: "Q", ByOwner: true}, false, person)
	for range MaxEntriesPerOwner + 10 {
		s.Audit.Add(AuditEntry{By: "loud", Fingerprint: "L", ByOwner: true}, false, person)
	}
	s.Audit.Add(AuditEntry{By: "root", Fingerprint: "R"}, false, person)
	owners := s.Audit.Owners()
	if len(owners) != MaxEntriesPerOwner+1 || owners[0].By != "quiet" || len(s.Audit.Operators()) != 1 {
		t.Errorf("%d acts of owners are kept, and %d of operators", len(owners), len(s.Audit.Operators()))
	}
	if !slices.IsSortedFunc(owners, func(a, b *AuditEntry) int { return int(a.Number) - int(b.Number) }) {
		t.Error("they are not in order")
	}
}
