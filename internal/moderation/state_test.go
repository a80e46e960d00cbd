package moderation

import (
	"strings"
	"testing"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/records"
)

// newState returns a State in which a file lists root as an operator, its clock, and the records
// that it writes.
func newState(t *testing.T) (s *State, now *time.Time, written map[string]string) {
	t.Helper()
	now, written = new(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)), map[string]string{}
	s = New(Config{
		IsListedOperator:     func(person ids.Account) bool { return person == "root" },
		IsListedAllowed:      func(person ids.Account) bool { return person == "guest of honour" },
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

// A mute of a session is not stored, and ends with the session.
func TestEndSession(t *testing.T) {
	s, now, written := newState(t)
	s.Mutes.Impose([]string{"#7"}, Penalty{By: "root", Since: *now})
	s.EndSession("#7")
	s.Mutes.Impose([]string{"eve"}, Penalty{By: "root", Since: *now})
	s.EndSession("eve")
	if s.Mutes.Len() != 1 || len(written) != 1 {
		t.Errorf("after both sessions %d mutes are left, and %v was stored; want eve's mute alone, since the other one was of a session", s.Mutes.Len(), written)
	}
}
