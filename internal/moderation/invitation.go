package moderation

import (
	"errors"
	"time"

	"teahouse/internal/ids"
)

const (
	// InvitationTTL is how long an invitation code is valid.
	InvitationTTL = 7 * 24 * time.Hour

	// MaxAllowed is how many people may have used such a code.
	MaxAllowed = 10_000

	// MaxInvitations is how many such codes may be open at a time.
	MaxInvitations = 100
)

// Why a code lets nobody in.
var (
	ErrWrongCode   = errors.New("moderation: there is no such code")
	ErrAllowedFull = errors.New("moderation: too many people have come in by a code")
)

// IsAllowed reports whether a person may enter a server that is not open to everybody.
func (s *State) IsAllowed(person ids.Account) bool {
	return person != "" && (s.allowed.Get(person) != nil || s.config.IsListedAllowed(person))
}

// Invite adds a code that lets a person in. It returns false if there are too many codes.
func (s *State) Invite(code string, g Grant) bool {
	now := s.config.Now()
	for old, g := range s.invitations.All() {
		if now.After(g.Until) {
			s.invitations.Delete(old)
		}
	}
	if s.invitations.Len() >= MaxInvitations {
		return false
	}
	s.invitations.Put(code, &g)
	return true
}

// Invitation returns the grant of a code that is still valid.
func (s *State) Invitation(code string, now time.Time) (*Grant, error) {
	if g := s.invitations.Get(code); g != nil && !now.After(g.Until) {
		return g, nil
	}
	return nil, ErrWrongCode
}

// Redeem uses up a code and lets a person in for good.
func (s *State) Redeem(code string, person ids.Account, now time.Time) error {
	g, err := s.Invitation(code, now)
	switch {
	case err != nil:
		return err
	case s.allowed.Len() >= MaxAllowed && s.allowed.Get(person) == nil:
		return ErrAllowedFull
	}
	s.allowed.Put(person, &Grant{By: g.By, Since: now})
	s.invitations.Delete(code) // last, so that after a crash in between the person can try again
	return nil
}
