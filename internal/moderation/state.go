package moderation

import (
	"net/netip"
	"time"

	"teahouse/internal/records"
)

// A Config holds the functions by which a [State] asks others. All must be set, and none may wait.
type Config struct {
	// IsListedOperator and IsListedAllowed report whether files list one of a person's keys as an
	// operator's, or as allowed to enter.
	IsListedOperator func(person string) bool
	IsListedAllowed  func(person string) bool
	// CountListedOperators returns how many operators' keys are listed.
	CountListedOperators func() int
	// Now returns the earliest time that any node's clock may show, so that a penalty only ends
	// when it is over at all nodes.
	Now func() time.Time
	// IsLocal reports whether a subject is a session that no other node needs to know of.
	IsLocal func(subject string) bool
	// IsSession reports whether a subject is a session.
	IsSession func(subject string) bool
}

// A State holds what operators have decided. Create one with [New].
type State struct {
	Bans  PenaltySet
	Mutes PenaltySet
	Audit AuditLog

	config        Config
	operators     records.Table[Grant] // by person
	allowed       records.Table[Grant] // by person
	invitations   records.Table[Grant] // by code
	settings      Settings
	settingsTable records.Table[Settings]
	operatorCode  string // makes the first operator; "" if there is none
}

// New returns a State in which nothing is decided.
func New(c Config) *State {
	s := &State{config: c}
	s.operators = grantTable("operators")
	s.operators.Merge = s.operators.Move
	s.allowed = grantTable("allowed")
	s.allowed.Merge = s.allowed.Move
	s.invitations = grantTable("invites")
	s.Bans.init("bans", c.IsLocal)
	s.Mutes.init("mutes", c.IsLocal)
	s.Mutes.Merge = func(from, to string) { s.Mutes.move(from, to, c.Now()) }
	s.Audit.init()
	s.initSettings()
	return s
}

// Register registers the tables. Rights come first: the order of tables is the order in which they
// are stored again.
func (s *State) Register(r *records.Registry) {
	r.Register(&s.operators, &s.Bans.Table, &s.Mutes.Table, &s.allowed, &s.invitations, &s.settingsTable)
}

// Knows reports whether operators have decided anything about a person.
func (s *State) Knows(person string) bool {
	return s.operators.Get(person) != nil || s.allowed.Get(person) != nil || s.Bans.Get(person) != nil || s.Mutes.Get(person) != nil
}

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
	Person string // "" without a key
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

// BanOn returns the ban that keeps a person at the given addresses out, or nil. Bans do not apply
// to operators.
func (s *State) BanOn(person string, addrs ...netip.Addr) *Penalty {
	if s.Bans.Len() == 0 || s.IsOperator(person) {
		return nil
	}
	now := s.config.Now()
	if p := s.Bans.on(person, now); p != nil {
		return p
	}
	return s.Bans.onAddress(addrs, now)
}

// A Speaker is somebody who wants to say something.
type Speaker struct {
	Subject string // the person, or the session of somebody without a key
	Person  string // "" without a key
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

// EndSession lifts the penalties of a session that has ended.
func (s *State) EndSession(subject string) {
	if s.config.IsSession(subject) {
		s.Bans.Delete(subject)
		s.Mutes.Delete(subject)
	}
}
