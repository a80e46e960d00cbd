package moderation

import (
	"slices"
	"testing"

	"teahouse/internal/ids"
)

// The entries of one owner of rooms, however many, push nobody else's out of the audit log.
func TestAuditExcess(t *testing.T) {
	s, _, _ := newState(t)
	person := ids.Fingerprint.FirstAccount
	s.Audit.Add(AuditEntry{By: "quiet", Fingerprint: "Q", ByOwner: true}, false, person)
	for range MaxEntriesPerOwner + 10 {
		s.Audit.Add(AuditEntry{By: "loud", Fingerprint: "L", ByOwner: true}, false, person)
	}
	s.Audit.Add(AuditEntry{By: "root", Fingerprint: "R"}, false, person)
	owners := s.Audit.Owners()
	if len(owners) != MaxEntriesPerOwner+1 || owners[0].By != "quiet" || len(s.Audit.Operators()) != 1 {
		t.Errorf("/audit has %d entries of owners, the first by %s, and %d of operators; want %d, quiet and 1", len(owners), owners[0].By, len(s.Audit.Operators()), MaxEntriesPerOwner+1)
	}
	if !slices.IsSortedFunc(owners, func(a, b *AuditEntry) int { return int(a.Number) - int(b.Number) }) {
		t.Error("/audit lists entries out of order")
	}
}
