package room_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// storedState returns what a hub has stored, in a form that can be compared.
func storedState(t testing.TB, h *room.Hub) string {
	t.Helper()
	st := roomtest.Peek(h)
	claims, claimed := map[string][]string{}, map[string][]string{}
	for o := range st.Names.All() {
		for _, look := range o.Looks() {
			claims[look] = []string{o.Name, string(o.Person), fmt.Sprint(o.Attempts), string(o.Identity().Key)}
		}
		claimed[string(o.Person)] = append(claimed[string(o.Person)], o.Name)
		slices.Sort(claimed[string(o.Person)])
	}
	data, err := json.MarshalIndent([]any{claims, claimed, st.Names.Len(), roomtest.StoredRecords(h, "namenotices"), roomtest.StoredRecords(h, "keys"), maps.Collect(st.Moderation.Bans.All()), maps.Collect(st.Moderation.Mutes.All()), roomtest.StoredRecords(h, "operators"), roomtest.StoredRecords(h, "allowed"), roomtest.StoredRecords(h, "invites"), maps.Collect(st.IgnoreLists.All()), maps.Collect(st.Settings.All()), maps.Collect(st.InputHistories.All()), st.Moderation.Settings(), st.Moderation.Audit.Operators(), st.Moderation.Audit.Owners()}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// After a restart a hub is what it was: names, keys, bans, mutes, operators, invitations, ignore
// lists, settings, and the audit log.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := roomtest.NewFakeRecordStore()
		h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
		root := roomtest.EnterRoot(t, h)
		root.Leave(room.Quit)
		root = roomtest.Enter(t, h, roomtest.At("root", "root")) // the hub has a store now
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		bob := roomtest.Enter(t, h, roomtest.From("bob", "SHA256:B", "192.0.2.1"))
		roomtest.Link(t, alice, "A2")
		roomtest.Link(t, alice, "A3")
		roomtest.Link(t, bob, "B2")
		roomtest.Does(t, alice, "/key remove A3 yes")
		roomtest.Does(t, alice, "/key remove A yes")
		for _, line := range []string{"/nick Big Alice", "/nick 张三", "/nick extra", "/name release extra yes", "/nick alice", "/ignore bob", "/set lang zh"} {
			roomtest.Does(t, roomtest.Enter(t, h, roomtest.At("alice", "A2")), line)
		}
		roomtest.Enter(t, h, roomtest.At("aIice", "")).Leave(room.Quit)
		st := h.Lock()
		st.Names.NoteLost(st.Names.Find("张三"))
		st.Unlock()
		for _, line := range []string{
			"/ban 10.0.0.0/8 2h why \"so\"", "/ban 2001:db8::1", "/mute bob 1h", "/op alice", "/op bob", "/deop bob",
			"/invite", "/topic <tea> & 茶", "/motd hi", "/slow 2", "/lockdown on", "/ban 192.0.2.99", "/unban 192.0.2.99",
		} {
			roomtest.Does(t, root, line)
		}
		if err := h.Redeem(t.Context(), roomtest.At("x", "X"), roomtest.Invitation(t, root)); err != nil {
			t.Error(err)
		}
		again := b.Reopen(t)
		if was, is := storedState(t, h), storedState(t, again); was != is {
			a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Errorf("the hub was\n%s\nand is\n%s", strings.Join(a[i:min(i+9, len(a))], "\n"), strings.Join(b[i:min(i+9, len(b))], "\n"))
					break
				}
			}
		}
		for table, n := range map[string]int{"names": 5, "namenotices": 1, "keys": 4, "bans": 2, "mutes": 2, "operators": 1,
			"allowed": 1, "invites": 1, "ignorelists": 1, "settings": 1, "serversettings": 1, "audit": 16} {
			if got := len(b.Tables[table]); got != n {
				t.Errorf("%d records of %s, want %d: %s", got, table, n, slices.Sorted(maps.Keys(b.Tables[table])))
			}
		}
		if len(b.Wrong) > 0 {
			t.Errorf("no store accepts %s", b.Wrong)
		}
		// And it acts as before.
		if who := roomtest.Enter(t, again, roomtest.At("alice", "A2")).UserInfo(); who.Name != "alice" || !who.Verified {
			t.Errorf("alice enters as %+v", who)
		}
		if roomtest.EntryRefusal(t, again, roomtest.From("x", "", "10.1.2.3")) == "" || roomtest.EntryRefusal(t, again, roomtest.From("x", "A2", "2001:db8::2")) != "" {
			t.Error("the bans have changed")
		}
		for _, key := range []string{"", "A", "A3", "new"} {
			_, err := roomtest.EnterHub(again, roomtest.At("alice", ids.Fingerprint(key)))
			roomtest.Refuses(t, fmt.Sprintf("key %q comes in lockdown", key), err, reply.LockedDown)
		}
	})
}

// Unreadable records are reported by table and key, and ignored; the others count. A name that is
// invalid in this version becomes a valid one.
func TestUnreadableRecords(t *testing.T) {
	h := room.New(room.Config{})
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
		{Table: "serversettings", Key: "all", Value: []byte(`{"topic":"tea"}`)},
	})
	if err == nil {
		t.Fatal("nothing is reported")
	}
	for _, want := range []string{`the record "torn" of names`, `the record "x" of bans`, `the record "y" of mutes`, `the record "z" of sittings`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not mention %s", err, want)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n != 3 {
		t.Errorf("it mentions %d records: %v", n+1, err)
	}
	if who := roomtest.Enter(t, h, roomtest.At("alice", "A2")).UserInfo(); who.Person != "A" || !who.Verified {
		t.Errorf("alice is %+v", who)
	}
	if roomtest.Peek(h).Names.Len() != 2 || roomtest.Peek(h).Moderation.Bans.Len()+roomtest.Peek(h).Moderation.Mutes.Len() != 0 || roomtest.Peek(h).Moderation.Audit.Operators()[0].By != "a" || roomtest.Peek(h).Moderation.Audit.Operators()[1].Number != 2 || roomtest.Peek(h).Moderation.Settings() != (moderation.Settings{Topic: "tea"}) {
		t.Errorf("the hub has %+v", roomtest.Peek(h))
	}
}

// An empty record has no effect: it links no key, and bans nobody.
func TestEmptyRecords(t *testing.T) {
	for _, table := range []string{"names", "keys", "bans", "mutes"} {
		h := room.New(room.Config{})
		if err := h.Load([]records.Record{{Table: table, Key: "A", Value: []byte("null")}}); err == nil {
			t.Errorf("an empty record of %s is not reported", table)
		}
		if s := roomtest.Enter(t, h, roomtest.At("alice", "A")); s.Person != "A" {
			t.Errorf("with an empty record of %s, the key belongs to the person %q", table, s.Person)
		}
	}
}

// A store accepts keys of up to 256 bytes, which is enough for every table.
func TestRecordKeysAreShort(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	root := roomtest.EnterRoot(t, h)
	s := roomtest.Enter(t, h, roomtest.At(strings.Repeat("ﷺ", names.MaxLength), "A"))
	roomtest.Does(t, s, "/nick "+strings.Repeat("㌀", names.MaxLength))
	roomtest.Does(t, root, "/ban SHA256:"+strings.Repeat("x", 300))
	if len(b.Wrong) > 0 {
		t.Errorf("no store accepts %s", b.Wrong)
	}
}

// Nothing about a guest is stored: no key would identify the guest later.
func TestGuestsAreNotStored(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	guest := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "guest", Remote: roomtest.Address("192.0.2.1"), Address: "192.0.2.1:1"})
	roomtest.Enter(t, h, room.ClientInfo{Unnamed: true, Address: "192.0.2.1:2", Remote: roomtest.Address("192.0.2.1")}).HandleLine("rename|bob", command.PipeSyntax)
	roomtest.Does(t, guest, "/nick carol")
	roomtest.Does(t, guest, "/ignore bob")
	guest.Leave(room.Quit)
	if rows := b.Rows(); len(rows) != 0 {
		t.Errorf("stored: %v", rows)
	}
}

// No type that is stored has an unexported field, which would be lost, except those that are
// computed again.
func TestRecordTypes(t *testing.T) {
	made := map[string]bool{"OwnedName.identity": true, "OwnedName.skeletons": true, "OwnedName.toldAt": true}
	for _, v := range []any{accounts.OwnedName{}, accounts.LinkedKey{}, moderation.Penalty{}, moderation.Grant{}, accounts.IgnoreList{}, accounts.Settings{}, accounts.InputHistory{}, moderation.Settings{}, moderation.AuditEntry{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			f := typ.Field(i)
			if name := typ.Name() + "." + f.Name; f.IsExported() == made[name] || f.IsExported() && f.Tag.Get("json") == "" {
				t.Errorf("%s is not stored", name)
			}
		}
	}
}
