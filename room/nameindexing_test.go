package room_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Records are loaded in the order in which they were last written, which changes daily. Ownership
// of a name does not depend on it: if names look alike by today's rules, the older claim counts,
// and the other owner is told. Another spelling that an owner used takes nobody's name away.
func TestNamesThatNowLookAlike(t *testing.T) {
	past := time.Now().Add(-time.Hour)
	row := func(o accounts.OwnedName) records.Record {
		value, _ := json.Marshal(&o)
		return records.Record{Table: "names", Key: string(names.Key(o.Name)), Value: value}
	}
	rows := []records.Record{
		row(accounts.OwnedName{Name: "alice", Person: "A", Since: past, LastUsed: past}),
		row(accounts.OwnedName{Name: "alice.", Person: "B", Since: past.Add(time.Minute), LastUsed: past}),
		row(accounts.OwnedName{Name: "bob", Person: "C", Since: past, LastUsed: past, Spellings: []string{"carol"}}),
		row(accounts.OwnedName{Name: "carol", Person: "D", Since: past.Add(time.Minute), LastUsed: past}),
	}
	for range 2 {
		kept := roomtest.NewFakeRecordStore()
		h := kept.NewHub(room.Config{})
		for _, r := range rows {
			kept.Write(r)
		}
		if err := h.Load(rows); err != nil {
			t.Fatal(err)
		}
		for person, want := range map[string]string{"A": "alice", "B": "", "C": "bob", "D": "carol"} {
			if got := roomtest.Peek(h).Names.Join(ids.Account(person)); got != want || len(roomtest.Peek(h).Names.Of(ids.Account(person))) > 1 {
				t.Errorf("%s owns %q, want %q", person, got, want)
			}
			if id, _ := names.Check(want); want != "" && !roomtest.Peek(h).Names.Owns(ids.Account(person), id) {
				t.Errorf("%s does not own %s", person, want)
			}
		}
		if n := len(kept.Tables["names"]); n != 3 || roomtest.Peek(h).Names.Len() != 3 {
			t.Errorf("%d names are stored, %d owned", n, roomtest.Peek(h).Names.Len())
		}
		if got := roomtest.Sentences(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("tea", "B")), 0).Notices); got != i18n.Sprint(string(reply.NameNoLongerYours), "alice.") {
			t.Errorf("the owner who loses the name reads %q", got)
		}
		if got := roomtest.Enter(t, h, roomtest.At("alice.", "E")).UserInfo().Name; got != "alice-2" {
			t.Errorf("a client that enters as alice. is called %s", got)
		}
		slices.Reverse(rows)
	}
}
