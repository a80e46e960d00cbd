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
)

// A book is a [Book] for tests.
type book struct {
	mu      sync.Mutex
	tables  map[string]map[string][]byte
	wrong   []string // what no book takes
	house   *House
	last    uint64                        // the number of the last row
	settle  func(after, last uint64) bool // nil: all is stored at once
	refuses bool                          // it stores nothing, ever
	shared  bool                          // the house has less in writing, or more, than the book
}

// newBook gives a house a book.
func newBook(h *House) *book {
	b := &book{tables: map[string]map[string][]byte{}, house: h, shared: len(h.users) > 0}
	h.Book = b
	return b
}

func (b *book) Write(r Row) uint64 {
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

func (b *book) Settle(after, last uint64) error {
	switch {
	case b.refuses:
		return ErrNeverStored
	case b.settle == nil || b.settle(after, last):
		return nil
	}
	return ErrNotStored
}

func (b *book) rows() (rows []Row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for table, values := range b.tables {
		for key, value := range values {
			rows = append(rows, Row{table, key, value})
		}
	}
	return rows
}

// reopen returns the house as it is after a restart.
func (b *book) reopen(t testing.TB) *House {
	t.Helper()
	if !b.shared {
		b.isWhole(t)
	}
	b.shared = true // with the house that is made now
	h := NewHouse()
	h.Archive, h.NameAge, h.Operator, h.Allowed, h.InviteOnly = b.house.Archive, b.house.NameAge, b.house.Operator, b.house.Allowed, b.house.InviteOnly
	rows := b.rows()
	newBook(h).tables = b.tables
	if err := h.Open(rows); err != nil {
		t.Error(err)
	}
	return h
}

// isWhole checks that the house could write down again all that the book has.
func (b *book) isWhole(t testing.TB) {
	t.Helper()
	again := map[string]map[string][]byte{}
	for _, s := range []Space{Reserved, Desk} {
		for _, r := range b.house.Rows(s) {
			if SpaceOf(r.Table) != s {
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
		if table == tablePlaces { // those are written some time later
			maps.DeleteFunc(again[table], func(key string, _ []byte) bool { return b.tables[table][key] == nil })
		}
		if has := b.tables[table]; len(has)+len(again[table]) > 0 && !reflect.DeepEqual(has, again[table]) {
			t.Errorf("of %s the book has %s\nand the house would write %s", table, has, again[table])
		}
	}
}

// state returns what a house has in writing, as it is to be equal.
func state(t testing.TB, h *House) string {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	claims := map[string][]string{}
	for look, c := range h.claims {
		claims[look] = []string{c.Name, c.Person, fmt.Sprint(c.Tries), c.identity.key}
	}
	claimed := map[string][]string{}
	for person, list := range h.claimed {
		for _, c := range list {
			claimed[person] = append(claimed[person], c.Name)
		}
		slices.Sort(claimed[person])
	}
	data, err := json.MarshalIndent([]any{claims, claimed, h.names, h.lost, h.keys, h.bans.all, h.mutes.all, h.operators, h.allowed, h.invites, h.ignores, h.settings, h.typed, h.order, h.acts.operators, h.acts.owners, h.lastAct}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// After a restart a house is what it was: names, keys, bans, mutes, operators,
// invitations, whom people ignore, the order, and what was done.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		b := newBook(h)
		root.Leave(Quit)
		root = enter(t, h, at("root", "root")) // by now the house has a book
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
		h.noteLostLocked(h.claimOfLocked("张三"))
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
		if was, is := state(t, h), state(t, again); was != is {
			a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Errorf("the house was\n%s\nand is\n%s", strings.Join(a[i:min(i+9, len(a))], "\n"), strings.Join(b[i:min(i+9, len(b))], "\n"))
					break
				}
			}
		}
		for table, n := range map[string]int{tableNames: 5, tableLost: 1, tableKeys: 4, tableBans: 2, tableMutes: 2, tableOperators: 1,
			tableAllowed: 1, tableInvites: 1, tableIgnored: 1, tableSettings: 1, tableOrder: 1, tableAudit: 16} {
			if got := len(b.tables[table]); got != n {
				t.Errorf("%d rows of %s, want %d: %s", got, table, n, slices.Sorted(maps.Keys(b.tables[table])))
			}
		}
		if len(b.wrong) > 0 {
			t.Errorf("no book takes %s", b.wrong)
		}
		// And it acts as it did.
		if who := enter(t, again, at("alice", "A2")).Who(); who.Name != "alice" || !who.Verified {
			t.Errorf("alice comes as %+v", who)
		}
		if barred(t, again, from("x", "", "10.1.2.3")) == "" || barred(t, again, from("x", "A2", "2001:db8::2")) != "" {
			t.Error("the bans are not what they were")
		}
		for _, key := range []string{"", "A", "A3", "new"} {
			_, err := again.Enter(at("alice", key))
			refuses(t, fmt.Sprintf("key %q comes in lockdown", key), err, LockedDown)
		}
	})
}

// Rows that cannot be read are told of, by table and key, and count for nothing;
// the others do. A name that is none in this version becomes one.
func TestUnreadableRows(t *testing.T) {
	h := NewHouse()
	err := h.Open([]Row{
		{tableNames, "alice", []byte(`{"name":"alice","person":"A","seen":"2026-11-20T10:00:00Z"}`)},
		{tableNames, "torn", []byte(`{"name":"torn","per`)},
		{tableNames, "a|b", []byte(`{"name":"a|b","person":"A","seen":"2026-11-20T10:00:00Z"}`)},
		{tableBans, "x\x1b[31m", []byte(`[]`)},
		{tableMutes, "y", nil},
		{tableKeys, "A2", []byte(`{"person":"A","since":"2026-11-20T10:00:00Z","later":"versions have more"}`)},
		{"sittings", "z", []byte(`{}`)},
		{tableAudit, "2", []byte(`{"n":2,"by":"b"}`)},
		{tableAudit, "1", []byte(`{"n":1,"by":"a"}`)},
		{tableOrder, "all", []byte(`{"topic":"tea"}`)},
	})
	if err == nil {
		t.Fatal("nothing is told")
	}
	for _, want := range []string{`the row "torn" of names`, `the row "x" of bans`, `the row "y" of mutes`, `the row "z" of sittings`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n != 3 {
		t.Errorf("it tells of %d rows: %v", n+1, err)
	}
	if who := enter(t, h, at("alice", "A2")).Who(); who.Key != "A" || !who.Verified {
		t.Errorf("alice is %+v", who)
	}
	if h.names != 2 || len(h.bans.all)+len(h.mutes.all) != 0 || h.acts.operators[0].By != "a" || h.lastAct != 2 || h.order != (order{Topic: "tea"}) {
		t.Errorf("the house has %+v", h.written)
	}
}

// A row that says nothing is no row: a key is not nobody's, a ban not on nobody.
func TestEmptyRows(t *testing.T) {
	for _, table := range []string{tableNames, tableKeys, tableBans, tableMutes} {
		h := NewHouse()
		if err := h.Open([]Row{{table, "A", []byte("null")}}); err == nil {
			t.Errorf("an empty row of %s is not told of", table)
		}
		if u := enter(t, h, at("alice", "A")); u.Key != "A" {
			t.Errorf("with an empty row of %s, the key is of the person %q", table, u.Key)
		}
	}
}

// A book takes keys of at most 256 bytes: there is none for which that is too few.
func TestKeysOfRowsAreShort(t *testing.T) {
	h, root := ordered(t)
	b := newBook(h)
	u := enter(t, h, at(strings.Repeat("ﷺ", MaxName), "A"))
	does(t, u, "/nick "+strings.Repeat("㌀", MaxName))
	does(t, root, "/ban SHA256:"+strings.Repeat("x", 300))
	if len(b.wrong) > 0 {
		t.Errorf("no book takes %s", b.wrong)
	}
}

// What one guest does is not written down: there is nothing by which it would be
// known again.
func TestGuestsAreNotWritten(t *testing.T) {
	h := NewHouse()
	b := newBook(h)
	guest := enter(t, h, Visitor{Name: "guest", Remote: address("192.0.2.1"), Address: "192.0.2.1:1"})
	enter(t, h, Visitor{Unnamed: true, Address: "192.0.2.1:2", Remote: address("192.0.2.1")}).Line("rename|bob", Piped)
	does(t, guest, "/nick carol")
	does(t, guest, "/ignore bob")
	guest.Leave(Quit)
	if rows := b.rows(); len(rows) != 0 {
		t.Errorf("written: %v", rows)
	}
}

// No type that is written has a field that is not exported and would be lost, but
// those that are made anew.
func TestWrittenTypes(t *testing.T) {
	made := map[string]bool{"claim.identity": true, "claim.looks": true, "claim.told": true}
	for _, v := range []any{claim{}, linkedKey{}, penalty{}, grant{}, ignored{}, Settings{}, typed{}, order{}, Act{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			f := typ.Field(i)
			if name := typ.Name() + "." + f.Name; f.IsExported() == made[name] || f.IsExported() && f.Tag.Get("json") == "" {
				t.Errorf("%s is not written", name)
			}
		}
	}
}
