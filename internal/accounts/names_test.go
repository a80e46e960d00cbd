package accounts

import (
	"slices"
	"testing"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/records"
)

// A testNames is a set of Names that records what happens to them.
type testNames struct {
	*Names
	registry *records.Registry
	written  []string // the tables and keys of records, with a minus for deletions
	lost     []string
	expired  map[string]bool // by name
	sameAs   map[ids.Account][]ids.Account
}

func newTestNames() *testNames {
	n := &testNames{expired: map[string]bool{}, sameAs: map[ids.Account][]ids.Account{}}
	n.Names = NewNames(NamesConfig{
		IsExpired: func(o *OwnedName) bool { return n.expired[o.Name] },
		SameAs:    func(person ids.Account) []ids.Account { return append(n.sameAs[person], person) },
		NextFree:  func(name string) string { return name + "-2" },
		OnLost:    func(o *OwnedName) { n.lost = append(n.lost, o.Name) },
		OnApply:   func(names.Identity, ids.Account) {},
	})
	n.registry = records.NewRegistry(func(r records.Record) {
		sign := ""
		if r.Value == nil {
			sign = "-"
		}
		n.written = append(n.written, sign+r.Table+" "+r.Key)
	}, func(s string) string { return s })
	n.Register(n.registry)
	return n
}

func identity(t *testing.T, name string) names.Identity {
	t.Helper()
	id, err := names.Check(name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func ownedRecord(o OwnedName) records.Record {
	return records.Record{Table: "names", Key: string(names.Key(o.Name)), Value: records.Encode(&o)}
}

// The owner of a name owns what looks like it; nobody else does.
func TestLooksAreOwned(t *testing.T) {
	n := newTestNames()
	n.Claim("alice", "A")
	if !n.Owns("A", identity(t, "aIice")) || n.Owns("B", identity(t, "alice")) || n.Owns("B", identity(t, "bob")) {
		t.Errorf("A owns aIice, which looks like its name alice: %v; B owns alice: %v, and bob, which nobody uses: %v; want true, false, false",
			n.Owns("A", identity(t, "aIice")), n.Owns("B", identity(t, "alice")), n.Owns("B", identity(t, "bob")))
	}
	if o := n.Find("Alice"); o == nil || o.Person != "A" {
		t.Errorf("Alice is found as %+v, want the name alice of A", o)
	}
	if o := n.Find("aIice"); o != nil {
		t.Errorf("aIice, which only looks like alice, is found as %+v", o)
	}
	n.Release(n.Find("alice"))
	if n.Len() != 0 || n.Owns("A", identity(t, "alice")) || !slices.Equal(n.written, []string{"names alice", "-names alice"}) {
		t.Errorf("after its release %d names are owned, and %v was stored; want none, and alice stored and deleted", n.Len(), n.written)
	}
}

// A name whose owner was away for too long becomes free once somebody asks for it; the owner is
// told.
func TestExpiredNamesAreFree(t *testing.T) {
	n := newTestNames()
	n.Claim("alice", "A")
	n.expired["alice"] = true
	if own, _ := n.Owners(identity(t, "alice"), "A"); own == nil {
		t.Error("the owner lost the name although nobody else asked for it")
	}
	if _, other := n.Owners(identity(t, "alice"), "B"); other != nil || !slices.Equal(n.lost, []string{"alice"}) {
		t.Errorf("B asks for an expired name and is told that it belongs to %+v; lost names: %v, want alice", other, n.lost)
	}
}

// If names in the store look alike, the older owner keeps theirs, in whichever order they are read.
// The other owner is told once.
func TestOlderOwnerKeepsName(t *testing.T) {
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	stored := []records.Record{
		ownedRecord(OwnedName{Name: "alice", Person: "A", Since: since, LastUsed: since}),
		ownedRecord(OwnedName{Name: "aIice", Person: "B", Since: since.Add(time.Hour), LastUsed: since}),
	}
	for range 2 {
		slices.Reverse(stored)
		n := newTestNames()
		if err := n.registry.Load(stored); err != nil {
			t.Fatal(err)
		}
		if n.Join("A") != "alice" || n.Join("B") != "" || n.Len() != 1 {
			t.Errorf("the store has alice of A and aIice of B, an hour younger; then A owns %q and B owns %q, want alice and nothing", n.Join("A"), n.Join("B"))
		}
		if notice := n.TakeNotice("B"); notice == nil || !slices.Equal(notice.LostNames, []string{"aIice"}) || n.TakeNotice("B") != nil {
			t.Errorf("B is told %+v, want once that aIice is lost", notice)
		}
	}
}

// What another node writes counts if its owner is the older one; otherwise what is known here is
// written again. A former ID counts as the same owner.
func TestApply(t *testing.T) {
	n := newTestNames()
	since := time.Now()
	apply := func(o OwnedName) {
		t.Helper()
		if err := n.registry.Apply(ownedRecord(o)); err != nil {
			t.Fatal(err)
		}
	}
	apply(OwnedName{Name: "alice", Person: "A", Since: since, LastUsed: since})
	apply(OwnedName{Name: "alice", Person: "B", Since: since.Add(time.Hour), LastUsed: since})
	if n.Join("A") != "alice" || n.Join("B") != "" || !slices.Equal(n.written, []string{"names alice"}) {
		t.Errorf("another node gives alice to B, an hour after A had it; then A owns %q, B owns %q, and %v was stored again; want alice, nothing and alice", n.Join("A"), n.Join("B"), n.written)
	}
	apply(OwnedName{Name: "alice", Person: "C", Since: since.Add(-time.Hour), LastUsed: since})
	if n.Join("C") != "alice" || !slices.Equal(n.lost, []string{"alice", "alice"}) {
		t.Errorf("another node knows that C had alice an hour before A; then C owns %q, and lost names are %v", n.Join("C"), n.lost)
	}
	n.sameAs["D"] = []ids.Account{"C"}
	apply(OwnedName{Name: "alice", Person: "D", Since: since.Add(time.Hour), LastUsed: since})
	if n.Join("D") != "alice" || len(n.lost) != 2 {
		t.Errorf("another node knows C as D; then D owns %q, and lost names are %v; want alice and no further loss", n.Join("D"), n.lost)
	}
}

// When two keys become one person, that person has both keys' names and what those look like.
func TestMergeMovesNames(t *testing.T) {
	n := newTestNames()
	n.Claim("alice", "A")
	n.Claim("tea", "B")
	n.registry.Merge("B", "A")
	if n.Join("A") != "alice, tea" || len(n.Of("B")) != 0 || !n.Owns("A", identity(t, "tea")) {
		t.Errorf("after A took in B's key, A owns %q and B owns %v, want both names for A", n.Join("A"), n.Of("B"))
	}
}

// An owner who is online is told of attempts at most once a minute; others are told when they come
// back.
func TestAttempts(t *testing.T) {
	n := newTestNames()
	n.Claim("alice", "A")
	o := n.Find("alice")
	if !n.NoteAttempt(o, true) || n.NoteAttempt(o, true) || n.NoteAttempt(o, false) {
		t.Error("want the owner told of the first attempt only: the second comes within a minute, the third while the owner is offline")
	}
	for name, attempts := range n.TakeAttempts("A") {
		if name != "alice" || attempts != 2 {
			t.Errorf("back online, the owner is told that %s was tried %d times, want alice 2 times", name, attempts)
		}
	}
	for name := range n.TakeAttempts("A") {
		t.Errorf("the owner is told a second time that %s was tried", name)
	}
}
