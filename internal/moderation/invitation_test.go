package moderation

import (
	"testing"
)

// An invitation lets one person in, and expires.
func TestInvitations(t *testing.T) {
	s, now, _ := newState(t)
	if !s.Invite("CODE", Grant{By: "root", Since: *now, Until: now.Add(InvitationTTL)}) {
		t.Fatal("an operator cannot invite anybody: too many codes")
	}
	if err := s.Redeem("CODE", "bob", now.Add(InvitationTTL+1)); err != ErrWrongCode {
		t.Errorf("bob enters an expired code and gets the error %v, want %v", err, ErrWrongCode)
	}
	if err := s.Redeem("CODE", "bob", *now); err != nil || !s.IsAllowed("bob") {
		t.Errorf("bob enters a valid code and gets the error %v, allowed: %v", err, s.IsAllowed("bob"))
	}
	if err := s.Redeem("CODE", "eve", *now); err != ErrWrongCode || s.IsAllowed("eve") {
		t.Errorf("eve enters the code that bob has used up and gets the error %v, want %v; allowed: %v", err, ErrWrongCode, s.IsAllowed("eve"))
	}
}
