package moderation

import (
	"net/netip"

	"teahouse/internal/ids"
)

// A Verdict says whether a client may enter.
type Verdict int

// The verdicts.
const (
	Admitted   Verdict = iota
	Banned             // by the ban that Admit returns with it
	NotInvited         // the server is not open to everybody
	LockedDown         // nobody new may enter
)

// A Visitor is a client that wants to enter.
type Visitor struct {
	Person ids.Account // "" without a key
	// Addrs are the forms of its address that penalties may name, the most important first.
	Addrs []netip.Addr
	// WasHere reports whether the person has entered before.
	WasHere func() bool
}

// Admit decides whether a client may enter. Operators always may.
func (s *State) Admit(v Visitor, inviteOnly bool) (Verdict, *Penalty) {
	if p := s.BanOn(v.Person, v.Addrs...); p != nil {
		return Banned, p
	}
	switch {
	case s.IsOperator(v.Person), s.IsAllowed(v.Person):
	case inviteOnly:
		return NotInvited, nil
	case s.settings.Lockdown && !v.WasHere():
		return LockedDown, nil
	}
	return Admitted, nil
}
