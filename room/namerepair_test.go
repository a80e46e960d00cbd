package room_test

import (
	"encoding/json"
	"testing"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// A login name becomes a valid name: nobody has to think of one just because their client sends
// something else.
func TestPeerNamesAreRepaired(t *testing.T) {
	for came, want := range map[string]string{
		`CORP\carol`:        "carol",
		`CORP\`:             "CORP",
		"carol@example.com": "carol-example.com",
		"alice (verified)":  "guest",
		"a  b":              "a b",
		"张　三":               "张 三",
		"* alice joined":    "alice-joined",
		"--- dashes":        "dashes",
		"alice✓":            "alice",
		"bob: I resign":     "bob I resign",
		"\u01C3 Kung":       "Kung",
		"!!!":               "guest",
		"10.0.0.1":          "guest",
		"":                  "guest",
		"a\x1b[31mb\u202e":  "ab",
	} {
		h := room.New(room.Config{})
		s := roomtest.Enter(t, h, roomtest.At(came, "K"))
		if got := s.UserInfo().Name; got != want {
			t.Errorf("%q becomes %q, want %q", came, got, want)
		}
		if _, err := names.Check(s.UserInfo().Name); err != nil {
			t.Errorf("%q becomes %q: %v", came, s.UserInfo().Name, err)
		}
		owned := s.UserInfo().Verified
		if owned != (want != "guest") {
			t.Errorf("%q is called %q; its own: %t", came, want, owned)
		}
		s.Leave(room.Quit)
		if again := roomtest.Enter(t, h, roomtest.At(came, "K")); owned && (again.UserInfo().Name != want || roomtest.Read(t, again) != "+"+want) {
			t.Errorf("%q enters again as %q, which it owns, and reads more than that", came, again.UserInfo().Name)
		}
	}
}

// An owned name that breaks today's rules becomes one that follows them. The owner keeps it and is
// told once; nobody else gets it, and names of other owners do not change.
func TestOwnedNamesAreRepaired(t *testing.T) {
	past := time.Now().Add(-time.Hour)
	row := func(name string, person ids.Account, since time.Time) records.Record {
		value, _ := json.Marshal(&accounts.OwnedName{Name: name, Person: person, Since: since, LastUsed: past})
		return records.Record{Table: "names", Key: string(names.Key(name)), Value: value}
	}
	kept := roomtest.NewFakeRecordStore()
	h := kept.NewHub(room.Config{})
	for _, r := range []records.Record{
		row("alice (verified)", "M", past), row("bob@home", "B", past.Add(time.Minute)), row("bob@home!", "C", past), row("bob-home-2", "D", past), row("???", "E", past),
	} {
		kept.Write(r)
	}
	if err := h.Load(kept.Rows()); err != nil {
		t.Fatal(err)
	}
	for person, want := range map[string]string{"M": "guest-3", "B": "bob-home-3", "C": "bob-home", "D": "bob-home-2", "E": "guest-2"} {
		if got := roomtest.Peek(h).Names.Join(ids.Account(person)); got != want {
			t.Errorf("%s owns %q, want %q", person, got, want)
		}
	}
	again := room.New(room.Config{})
	if err := again.Load(kept.Rows()); err != nil {
		t.Fatal(err)
	}
	if names := roomtest.Peek(again).Names.Len(); names != 5 || roomtest.Peek(again).Names.Join("B") != "bob-home-3" {
		t.Errorf("after a restart there are %d names, and B owns %q", names, roomtest.Peek(again).Names.Join("B"))
	}
	for _, name := range []string{"bob@home!", "bob-home"} {
		s := roomtest.Enter(t, again, roomtest.At(name, "C"))
		if who := s.UserInfo(); who.Name != "bob-home" || !who.Verified {
			t.Errorf("the owner enters as %s, and is %+v", name, who)
		}
		a, err := welcome.For(s.Session, 0)
		if told := len(a.Notices) == 1 && a.Notices[0].Code == reply.NameRepaired; err != nil || told != (name == "bob@home!") {
			t.Errorf("entering as %s, the owner reads %v, %v", name, a.Notices, err)
		}
		s.Leave(room.Quit)
	}
}

// Stored lines with an invalid name are shown under a valid one.
func TestHistoryNamesAreRepaired(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 10}})
	h.LoadHistory(room.Lobby, []*room.Event{{Kind: room.Said, Time: time.Now(), User: &room.UserInfo{Name: "alice (verified)", Verified: true}, Text: "hi"}}, time.Time{})
	e := roomtest.Peek(h).Rooms.Lobby().PastLines()[0]
	if e.User.Name != "guest" || e.User.Verified {
		t.Errorf("%+v", e.User)
	}
}

// Keyboards differ in how they write apostrophes and hyphens. Nobody sees the difference, so all
// spellings are understood, by /nick and on entering.
func TestNamesWithKeyboardPunctuation(t *testing.T) {
	for typed, want := range map[string]string{"O’Brien": "O'Brien", "ז׳קלין": "ז'קלין", "علی\u200cرضا": "علیرضا"} {
		h := room.New(room.Config{})
		if s, err := roomtest.EnterHub(h, room.ClientInfo{RequestedName: typed}); err != nil || s.UserInfo().Name != want {
			t.Errorf("%q entered as %v, %v", typed, s, err)
		}
		h = room.New(room.Config{})
		s, err := roomtest.EnterHub(h, room.ClientInfo{RequestedName: "alice"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Rename(typed); err != nil || s.UserInfo().Name != want {
			t.Errorf("/nick %q: %v, %q", typed, err, s.UserInfo().Name)
		}
	}
}
