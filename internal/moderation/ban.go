package moderation

import (
	"net/netip"

	"teahouse/internal/ids"
)

// BanOn returns the ban that keeps a person at the given addresses out, or nil. Bans do not apply
// to operators.
func (s *State) BanOn(person ids.Account, addrs ...netip.Addr) *Penalty {
	if s.Bans.Len() == 0 || s.IsOperator(person) {
		return nil
	}
	now := s.config.Now()
	if p := s.Bans.on(string(person), now); p != nil {
		return p
	}
	return s.Bans.onAddress(addrs, now)
}
