package moderation

import (
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/records"
)

// A Config holds the functions by which a [State] asks others. All must be set, and none may wait.
type Config struct {
	// IsListedOperator and IsListedAllowed report whether files list one of a person's keys as an
	// operator's, or as allowed to enter.
	IsListedOperator func(person ids.Account) bool
	IsListedAllowed  func(person ids.Account) bool
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
	operators     records.Table[ids.Account, Grant] // by person
	allowed       records.Table[ids.Account, Grant] // by person
	invitations   records.Table[string, Grant]      // by code
	settings      Settings
	settingsTable records.Table[string, Settings]
	operatorCode  string // makes the first operator; "" if there is none
}

// New returns a State in which nothing is decided.
func New(c Config) *State {
	s := &State{config: c}
	s.operators = grantTable[ids.Account]("operators")
	s.operators.Merge = s.operators.Move
	s.allowed = grantTable[ids.Account]("allowed")
	s.allowed.Merge = s.allowed.Move
	s.invitations = grantTable[string]("invites")
	s.Bans.init("bans", c.IsLocal)
	s.Mutes.init("mutes", c.IsLocal)
	s.Mutes.Merge = func(from, to ids.Account) { s.Mutes.move(string(from), string(to), c.Now()) }
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
func (s *State) Knows(person ids.Account) bool {
	return s.operators.Get(person) != nil || s.allowed.Get(person) != nil || s.Bans.Get(string(person)) != nil || s.Mutes.Get(string(person)) != nil
}

// EndSession lifts the penalties of a session that has ended.
func (s *State) EndSession(subject string) {
	if s.config.IsSession(subject) {
		s.Bans.Delete(subject)
		s.Mutes.Delete(subject)
	}
}
