package moderation

import (
	"net/netip"
	"time"

	"teahouse/internal/ids"
)

// A Speaker is somebody who wants to say something.
type Speaker struct {
	Subject string      // the person, or the session of somebody without a key
	Person  ids.Account // "" without a key
	Addrs   []netip.Addr
	// OwnedNameAt reports whether the person owned a name at a given time.
	OwnedNameAt func(time.Time) bool
}

// MuteOn returns the mute that keeps somebody from speaking, or nil. A mute of an address applies
// to clients without a key and to persons who owned no name when it was given, because a new key is
// made in a moment.
func (s *State) MuteOn(sp Speaker) *Penalty {
	if s.Mutes.Len() == 0 || s.IsOperator(sp.Person) {
		return nil
	}
	now := s.config.Now()
	if p := s.Mutes.on(sp.Subject, now); p != nil {
		return p
	}
	if p := s.Mutes.onAddress(sp.Addrs, now); p != nil && !sp.OwnedNameAt(p.Since) {
		return p
	}
	return nil
}
