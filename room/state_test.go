package room

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"teahouse/internal/accounts"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/reply"
)

// A fakeRecordStore is a [records.Store] for tests.
type fakeRecordStore struct {
	mu      sync.Mutex
	tables  map[string]map[string][]byte
	wrong   []string // records that no store accepts
	hub     *Hub
	last    uint64                        // the number of the last record
	settle  func(after, last uint64) bool // nil: all is stored at once
	refuses bool                          // it stores nothing, ever
	shared  bool                          // the hub has other records than the store
}

// newFakeRecordStore gives a hub a record store.
func newFakeRecordStore(h *Hub) *fakeRecordStore {
	b := &fakeRecordStore{tables: map[string]map[string][]byte{}, hub: h, shared: len(h.sessions) > 0}
	h.Records = b
	return b
}

func (b *fakeRecordStore) Write(r records.Record) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	if len(r.Key) > 256 || r.Key == "" || strings.Trim(r.Table, "abcdefghijklmnopqrstuvwxyz") != "" || r.Value != nil && !json.Valid(r.Value) {
		b.wrong = append(b.wrong, fmt.Sprintf("%.300q", r))
	}
	if most := largest()[r.Table]; len(r.Value) > len(most.row.Value) {
		b.wrong = append(b.wrong, fmt.Sprintf("%d bytes of %s, where %d are the most: %.300s", len(r.Value), r.Table, len(most.row.Value), r.Value))
	}
	if b.tables[r.Table] == nil {
		b.tables[r.Table] = map[string][]byte{}
	}
	if r.Value == nil {
		delete(b.tables[r.Table], r.Key)
		return b.last
	}
	b.tables[r.Table][r.Key] = r.Value
	return b.last
}

func (b *fakeRecordStore) WaitStored(after, last uint64) error {
	switch {
	case b.refuses:
		return records.ErrRefused
	case b.settle == nil || b.settle(after, last):
		return nil
	}
	return records.ErrNotStored
}

func (b *fakeRecordStore) rows() (rows []records.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for table, values := range b.tables {
		for key, value := range values {
			rows = append(rows, records.Record{Table: table, Key: key, Value: value})
		}
	}
	return rows
}

// reopen returns the hub as it is after a restart.
func (b *fakeRecordStore) reopen(t testing.TB) *Hub {
	t.Helper()
	if !b.shared {
		b.isWhole(t)
	}
	b.shared = true // with the new hub
	h := NewHub()
	h.Messages, h.NameAge, h.IsOperatorKey, h.IsAllowedKey, h.InviteOnly = b.hub.Messages, b.hub.NameAge, b.hub.IsOperatorKey, b.hub.IsAllowedKey, b.hub.InviteOnly
	rows := b.rows()
	newFakeRecordStore(h).tables = b.tables
	if err := h.Load(rows); err != nil {
		t.Error(err)
	}
	return h
}

// isWhole checks that the hub could write again everything that the store holds.
func (b *fakeRecordStore) isWhole(t testing.TB) {
	t.Helper()
	again := map[string]map[string][]byte{}
	for _, s := range []records.Partition{records.Authority, records.Personal} {
		for _, r := range b.hub.StoredRecords(s) {
			if PartitionOf(r.Table) != s {
				t.Errorf("a row of %s is in %s", r.Table, s)
			}
			if again[r.Table] == nil {
				again[r.Table] = map[string][]byte{}
			}
			again[r.Table][r.Key] = r.Value
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for table := range largest() {
		if table == "places" { // those are written some time later
			maps.DeleteFunc(again[table], func(key string, _ []byte) bool { return b.tables[table][key] == nil })
		}
		if has := b.tables[table]; len(has)+len(again[table]) > 0 && !reflect.DeepEqual(has, again[table]) {
			t.Errorf("of %s the book has %s\nand the house would write %s", table, has, again[table])
		}
	}
}

// storedRecords returns the records of a table, by key.
func storedRecords(h *Hub, table string) map[string]string {
	all := map[string]string{}
	for _, r := range h.tables.Stored(PartitionOf(table)) {
		if r.Table == table {
			all[r.Key] = string(r.Value)
		}
	}
	return all
}

// storedKeys returns the keys of a table.
func storedKeys(h *Hub, table string) []string {
	return slices.Sorted(maps.Keys(storedRecords(h, table)))
}

// storedState returns what a hub has stored, in a form that can be compared.
func storedState(t testing.TB, h *Hub) string {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	claims, claimed := map[string][]string{}, map[string][]string{}
	for o := range h.names.All() {
		for _, look := range o.Looks() {
			claims[look] = []string{o.Name, o.Person, fmt.Sprint(o.Attempts), o.Identity().Key}
		}
		claimed[o.Person] = append(claimed[o.Person], o.Name)
		slices.Sort(claimed[o.Person])
	}
	data, err := json.MarshalIndent([]any{claims, claimed, h.names.Len(), storedRecords(h, "lost"), storedRecords(h, "keys"), maps.Collect(h.moderation.Bans.All()), maps.Collect(h.moderation.Mutes.All()), storedRecords(h, "operators"), storedRecords(h, "allowed"), storedRecords(h, "invites"), maps.Collect(h.ignoreLists.All()), maps.Collect(h.settings.All()), maps.Collect(h.inputHistories.All()), h.moderation.Settings(), h.moderation.Audit.Operators(), h.moderation.Audit.Owners()}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// After a restart a hub is what it was: names, keys, bans, mutes, operators, invitations, ignore
// lists, settings, and the audit log.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		b := newFakeRecordStore(h)
		root.Leave(Quit)
		root = enter(t, h, at("root", "root")) // by now the hub has a store
		alice := enter(t, h, at("alice", "A"))
		bob := enter(t, h, from("bob", "SHA256:B", "192.0.2.1"))
		link(t, alice, "A2")
		link(t, alice, "A3")
		link(t, bob, "B2")
		does(t, alice, "/key remove A3 yes")
		does(t, alice, "/key remove A yes")
		for _, line := range []string{"/nick Big Alice", "/nick 张三", "/nick extra", "/name release extra yes", "/nick alice", "/ignore bob", "/set lang zh"} {
			does(t, enter(t, h, at("alice", "A2")), line)
		}
		enter(t, h, at("aIice", "")).Leave(Quit)
		h.mu.Lock()
		h.names.NoteLost(h.names.Find("张三"))
		h.mu.Unlock()
		for _, line := range []string{
			"/ban 10.0.0.0/8 2h why \"so\"", "/ban 2001:db8::1", "/mute bob 1h", "/op alice", "/op bob", "/deop bob",
			"/invite", "/topic <tea> & 茶", "/motd hi", "/slow 2", "/lockdown on", "/ban 192.0.2.99", "/unban 192.0.2.99",
		} {
			does(t, root, line)
		}
		if err := h.Redeem(at("x", "X"), invitation(t, root)); err != nil {
			t.Error(err)
		}
		again := b.reopen(t)
		if was, is := storedState(t, h), storedState(t, again); was != is {
			a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Errorf("the house was\n%s\nand is\n%s", strings.Join(a[i:min(i+9, len(a))], "\n"), strings.Join(b[i:min(i+9, len(b))], "\n"))
					break
				}
			}
		}
		for table, n := range map[string]int{"names": 5, "lost": 1, "keys": 4, "bans": 2, "mutes": 2, "operators": 1,
			"allowed": 1, "invites": 1, "ignored": 1, "settings": 1, "order": 1, "audit": 16} {
			if got := len(b.tables[table]); got != n {
				t.Errorf("%d rows of %s, want %d: %s", got, table, n, slices.Sorted(maps.Keys(b.tables[table])))
			}
		}
		if len(b.wrong) > 0 {
			t.Errorf("no book takes %s", b.wrong)
		}
		// And it acts as it did.
		if who := enter(t, again, at("alice", "A2")).User(); who.Name != "alice" || !who.Verified {
			t.Errorf("alice comes as %+v", who)
		}
		if barred(t, again, from("x", "", "10.1.2.3")) == "" || barred(t, again, from("x", "A2", "2001:db8::2")) != "" {
			t.Error("the bans are not what they were")
		}
		for _, key := range []string{"", "A", "A3", "new"} {
			_, err := again.Enter(at("alice", key))
			refuses(t, fmt.Sprintf("key %q comes in lockdown", key), err, reply.LockedDown)
		}
	})
}

// Rows that cannot be read are told of, by table and key, and count for nothing;
// the others do. A name that is none in this version becomes one.
func TestUnreadableRecords(t *testing.T) {
	h := NewHub()
	err := h.Load([]records.Record{
		{Table: "names", Key: "alice", Value: []byte(`{"name":"alice","person":"A","seen":"2026-11-20T10:00:00Z"}`)},
		{Table: "names", Key: "torn", Value: []byte(`{"name":"torn","per`)},
		{Table: "names", Key: "a|b", Value: []byte(`{"name":"a|b","person":"A","seen":"2026-11-20T10:00:00Z"}`)},
		{Table: "bans", Key: "x\x1b[31m", Value: []byte(`[]`)},
		{Table: "mutes", Key: "y", Value: nil},
		{Table: "keys", Key: "A2", Value: []byte(`{"person":"A","since":"2026-11-20T10:00:00Z","later":"versions have more"}`)},
		{Table: "sittings", Key: "z", Value: []byte(`{}`)},
		{Table: "audit", Key: "2", Value: []byte(`{"n":2,"by":"b"}`)},
		{Table: "audit", Key: "1", Value: []byte(`{"n":1,"by":"a"}`)},
		{Table: "order", Key: "all", Value: []byte(`{"topic":"tea"}`)},
	})
	if err == nil {
		t.Fatal("nothing is told")
	}
	for _, want := range []string{`the record "torn" of names`, `the record "x" of bans`, `the record "y" of mutes`, `the record "z" of sittings`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n != 3 {
		t.Errorf("it tells of %d rows: %v", n+1, err)
	}
	if who := enter(t, h, at("alice", "A2")).User(); who.Person != "A" || !who.Verified {
		t.Errorf("alice is %+v", who)
	}
	if h.names.Len() != 2 || h.moderation.Bans.Len()+h.moderation.Mutes.Len() != 0 || h.moderation.Audit.Operators()[0].By != "a" || h.moderation.Audit.Operators()[1].Number != 2 || h.moderation.Settings() != (moderation.Settings{Topic: "tea"}) {
		t.Errorf("the house has %+v", h.state)
	}
}

// An empty record has no effect: it gives no key to nobody, and bans nobody.
func TestEmptyRecords(t *testing.T) {
	for _, table := range []string{"names", "keys", "bans", "mutes"} {
		h := NewHub()
		if err := h.Load([]records.Record{{Table: table, Key: "A", Value: []byte("null")}}); err == nil {
			t.Errorf("an empty row of %s is not told of", table)
		}
		if s := enter(t, h, at("alice", "A")); s.Person != "A" {
			t.Errorf("with an empty row of %s, the key is of the person %q", table, s.Person)
		}
	}
}

// A store accepts keys of up to 256 bytes, which is enough for every table.
func TestRecordKeysAreShort(t *testing.T) {
	h, root := ordered(t)
	b := newFakeRecordStore(h)
	s := enter(t, h, at(strings.Repeat("ﷺ", names.MaxLength), "A"))
	does(t, s, "/nick "+strings.Repeat("㌀", names.MaxLength))
	does(t, root, "/ban SHA256:"+strings.Repeat("x", 300))
	if len(b.wrong) > 0 {
		t.Errorf("no book takes %s", b.wrong)
	}
}

// What one guest does is not written down: there is nothing by which it would be
// known again.
func TestGuestsAreNotStored(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	guest := enter(t, h, ClientInfo{RequestedName: "guest", Remote: address("192.0.2.1"), Address: "192.0.2.1:1"})
	enter(t, h, ClientInfo{Unnamed: true, Address: "192.0.2.1:2", Remote: address("192.0.2.1")}).HandleLine("rename|bob", PipeSyntax)
	does(t, guest, "/nick carol")
	does(t, guest, "/ignore bob")
	guest.Leave(Quit)
	if rows := b.rows(); len(rows) != 0 {
		t.Errorf("written: %v", rows)
	}
}

// No type that is written has a field that is not exported and would be lost, but
// those that are made anew.
func TestRecordTypes(t *testing.T) {
	made := map[string]bool{"OwnedName.identity": true, "OwnedName.skeletons": true, "OwnedName.toldAt": true}
	for _, v := range []any{accounts.OwnedName{}, accounts.LinkedKey{}, moderation.Penalty{}, moderation.Grant{}, accounts.IgnoreList{}, accounts.Settings{}, accounts.InputHistory{}, moderation.Settings{}, moderation.AuditEntry{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			f := typ.Field(i)
			if name := typ.Name() + "." + f.Name; f.IsExported() == made[name] || f.IsExported() && f.Tag.Get("json") == "" {
				t.Errorf("%s is not written", name)
			}
		}
	}
}
