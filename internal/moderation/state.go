package moderation

import (
	"net/netip"
	"time"

	"teahouse/internal/records"
)

// A Config says what a [State] has to ask of others. All functions must be set; they must not
// wait.
type Config struct {
	// IsListedOperator and IsListedAllowed report whether files list a key of a person as an
	// operator's, or as one that may come in.
	IsListedOperator func(person string) bool
	IsListedAllowed  func(person string) bool
	// CountListedOperators returns how many keys of operators are listed.
	CountListedOperators func() int
	// Now returns the earliest time that any node's clock may show: a penalty ends when it is over
	// for all nodes.
	Now func() time.Time
	// IsLocal reports whether a subject is a session that no other node has to know of.
	IsLocal func(subject string) bool
	// IsSession reports whether a subject is a session.
	IsSession func(subject string) bool
}

// A State is what operators decided. Make one by [New].
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

// Register registers the tables. Rights come first: what is stored first is there first.
func (s *State) Register(r *records.Registry) {
	r.Register(&s.operators, &s.Bans.Table, &s.Mutes.Table, &s.allowed, &s.invitations, &s.settingsTable)
}

// Knows reports whether operators decided anything about a person.
func (s *State) Knows(person string) bool {
	return s.operators.Get(person) != nil || s.allowed.Get(person) != nil || s.Bans.Get(person) != nil || s.Mutes.Get(person) != nil
}

// A Verdict says whether somebody may come in.
type Verdict int

// The verdicts.
const (
	Admitted   Verdict = iota
	Banned             // by the ban that is returned with it
	NotInvited         // only those may come in who are allowed to
	LockedDown         // nobody new may come in
)

// A Visitor is somebody who wants to come in.
type Visitor struct {
	Person string // "" without a key
	// Addrs are the addresses that it counts as, the most important first.
	Addrs []netip.Addr
	// WasHere reports whether the person was here before.
	WasHere func() bool
}

// Admit decides whether somebody may come in. Operators always may.
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

// BanOn returns the ban that keeps a person at some addresses out, or nil. No ban keeps an operator out.
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
	// OwnedNameAt reports whether the person owned a name at a moment.
	OwnedNameAt func(time.Time) bool
}

// MuteOn returns the mute that keeps somebody from talking, or nil. One of an address holds for those without
// a key, and for keys that are new since: a key is made in a moment.
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

// EndSession lifts the penalties of a session that is over.
func (s *State) EndSession(subject string) {
	if s.config.IsSession(subject) {
		s.Bans.Delete(subject)
		s.Mutes.Delete(subject)
	}
}
