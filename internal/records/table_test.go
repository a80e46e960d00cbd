package records

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/ids"
)

// A toast is a record for tests.
type toast struct {
	Text string `json:"text,omitempty"`
	At   string `json:"at,omitempty"`
}

// sanitize refuses a toast that nobody can read.
func (v *toast) sanitize(string, time.Time) error {
	if v.Text = strings.TrimSpace(v.Text); v.Text == "" {
		return errors.New("it is silent")
	}
	return nil
}

// clean stands in for the cleaning of texts by package room.
func clean(s string) string { return strings.ReplaceAll(s, "\x1b", "") }

// newToasts returns a registered table, and the records that it writes.
func newToasts() (r *Registry, t *Table[ids.Account, toast], written *[]Record) {
	written = new([]Record)
	r = NewRegistry(func(record Record) { *written = append(*written, record) }, clean)
	t = &Table[ids.Account, toast]{Name: "toasts", Partition: Personal, Sanitize: (*toast).sanitize}
	r.Register(t)
	return r, t, written
}

// texts returns short descriptions of the records written.
func texts(written []Record) string {
	var all []string
	for _, r := range written {
		all = append(all, r.Key+string(r.Value))
	}
	return strings.Join(all, " ")
}

// Puts, moves and deletions are written in the order in which they happened; deleting a missing
// record writes nothing.
func TestWrites(t *testing.T) {
	_, toasts, written := newToasts()
	toasts.Put("a", &toast{Text: "<tea>"})
	toasts.Move("a", "b")
	toasts.Move("a", "b")
	toasts.Move("b", "b")
	toasts.Delete("a")
	toasts.Put("c", nil)
	toasts.Set("d", &toast{Text: "in memory"})
	toasts.Forget("d")
	toasts.Delete("b")
	if got, want := texts(*written), `a{"text":"<tea>"} b{"text":"<tea>"} a b`; got != want {
		t.Errorf("the store was sent %s, want %s", got, want)
	}
	if toasts.Len() != 0 {
		t.Errorf("%d records are left in memory, want none", toasts.Len())
	}
}

// A record moved to a key that already has one is dropped, and the one there stays.
func TestMoveKeepsWhatIsThere(t *testing.T) {
	_, toasts, _ := newToasts()
	toasts.Put("a", &toast{Text: "a"})
	toasts.Put("b", &toast{Text: "b"})
	toasts.Move("a", "b")
	if toasts.Get("a") != nil || toasts.Get("b").Text != "b" {
		t.Errorf("after a move to a taken key, a has %v and b has %v; want nothing, and b's own record", toasts.Get("a"), toasts.Get("b"))
	}
}

// DeleteOldest deletes the oldest record.
func TestDeleteOldest(t *testing.T) {
	_, toasts, _ := newToasts()
	for key, at := range map[string]string{"a": "2026-11-03", "b": "2026-11-01", "c": "2026-11-02"} {
		toasts.Put(ids.Account(key), &toast{Text: key, At: at})
	}
	toasts.DeleteOldest(func(v *toast) time.Time {
		at, _ := time.Parse(time.DateOnly, v.At)
		return at
	})
	if left := slices.Sorted(maps.Keys(maps.Collect(toasts.All()))); !slices.Equal(left, []ids.Account{"a", "c"}) {
		t.Errorf("DeleteOldest leaves %v, want a and c", left)
	}
}

// Index sees every change, however it happens.
func TestIndex(t *testing.T) {
	r, toasts, _ := newToasts()
	var changes []string
	toasts.Index = func(key ids.Account, before, after *toast) {
		text := func(v *toast) string {
			if v == nil {
				return "-"
			}
			return v.Text
		}
		changes = append(changes, string(key)+":"+text(before)+">"+text(after))
	}
	if err := r.Load([]Record{{Table: "toasts", Key: "a", Value: []byte(`{"text":"1"}`)}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(Record{Table: "toasts", Key: "a", Value: []byte(`{"text":"2"}`)}); err != nil {
		t.Fatal(err)
	}
	toasts.Put("a", &toast{Text: "3"})
	if err := r.Apply(Record{Table: "toasts", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	toasts.Forget("a")
	if got, want := strings.Join(changes, " "), "a:->1 a:1>2 a:2>3 a:3>-"; got != want {
		t.Errorf("Index saw the changes %s, want %s", got, want)
	}
}

// Local records are neither written nor among the records that should be stored.
func TestLocalRecords(t *testing.T) {
	r, toasts, written := newToasts()
	toasts.IsLocal = func(key ids.Account) bool { return strings.HasPrefix(string(key), "#") }
	toasts.Put("#1", &toast{Text: "here"})
	toasts.Put("a", &toast{Text: "a"})
	toasts.Delete("#1")
	toasts.Put("#2", &toast{Text: "here"})
	if got := texts(*written); got != `a{"text":"a"}` {
		t.Errorf("the store was sent %s, want only the record of a", got)
	}
	if got := texts(r.Stored(Personal)); got != `a{"text":"a"}` {
		t.Errorf("to be stored again are %s, want only the record of a", got)
	}
	if got := r.Stored(Authority); len(got) != 0 {
		t.Errorf("%s should be stored again in the other partition, want nothing", texts(got))
	}
}

// Unreadable records are named in a form that is safe to show; the others are loaded.
func TestUnreadable(t *testing.T) {
	r, toasts, _ := newToasts()
	err := r.Load([]Record{
		{Table: "toasts", Key: "torn", Value: []byte(`{"te`)},
		{Table: "toasts", Key: "null", Value: []byte(`null`)},
		{Table: "toasts", Key: "silent", Value: []byte(`{"text":" "}`)},
		{Table: "toasts", Key: "ring\x1b[2J", Value: []byte(`{"text":"x"}`)},
		{Table: "toasts", Key: "", Value: []byte(`{"text":"x"}`)},
		{Table: "toasts", Key: strings.Repeat("k", maxKeyBytes+1), Value: []byte(`{"text":"x"}`)},
		{Table: "sittings", Key: "x", Value: []byte(`{}`)},
		{Table: "toasts", Key: "good", Value: []byte(`{"text":"x"}`)},
	})
	if err == nil || strings.Count(err.Error(), "\n") != 6 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("the operator reads %q, want seven lines, one for each bad record, without escape sequences", err)
	}
	if toasts.Len() != 1 || toasts.Get("good") == nil {
		t.Errorf("%d records were loaded, want the good one", toasts.Len())
	}
	if err := r.Apply(Record{Table: "sittings", Key: "x", Value: []byte("{}")}); err == nil {
		t.Error("a record of a table that only a newer version has is applied without an error")
	}
	if err := r.Apply(Record{Table: "sittings", Key: "x"}); err != nil {
		t.Errorf("deleting a record of a table that only a newer version has: %v", err)
	}
}

// However many records are unreadable, the error names a few, and how many more there are.
func TestManyUnreadable(t *testing.T) {
	r, _, _ := newToasts()
	bad := make([]Record, 1000)
	for i := range bad {
		bad[i] = Record{Table: "toasts", Key: fmt.Sprint(i), Value: []byte("[")}
	}
	err := r.Load(bad)
	if err == nil || strings.Count(err.Error(), "\n") != maxListedFailures || !strings.Contains(err.Error(), fmt.Sprint(1000-maxListedFailures, " more")) {
		t.Errorf("the operator reads %q, want %d records and how many more there are", err, maxListedFailures)
	}
}

// One registration is enough for a table to be loaded, applied, merged, exported and stored again.
func TestRegistration(t *testing.T) {
	r, toasts, written := newToasts()
	loaded, applied := 0, ids.Account("")
	toasts.Loaded = func() { loaded = toasts.Len() }
	toasts.Applied = func(key ids.Account) { applied += key }
	toasts.Merge = toasts.Move
	toasts.Owned = OwnedByKey(toasts)
	if err := r.Load([]Record{{Table: "toasts", Key: "a", Value: []byte(`{"text":"a"}`)}}); err != nil || loaded != 1 {
		t.Errorf("%d records were loaded before Loaded was called (error %v), want 1", loaded, err)
	}
	if err := r.Apply(Record{Table: "toasts", Key: "b", Value: []byte(`{"text":"b"}`)}); err != nil || applied != "b" {
		t.Errorf("Applied was called for %q (error %v), want b", applied, err)
	}
	r.Merge("a", "c")
	if got := texts(r.Owned("c")); got != `c{"text":"a"}` || texts(*written) != `c{"text":"a"} a` {
		t.Errorf("after a became c, c owns %s, and the store was sent %s", got, texts(*written))
	}
	if got := r.Partitions(); !maps.Equal(got, map[string]Partition{"toasts": Personal}) {
		t.Errorf("the partitions of the tables are %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("two tables of the same name can be registered")
		}
	}()
	r.Register(&Table[ids.Account, toast]{Name: "toasts"})
}
