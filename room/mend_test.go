package room

import (
	"encoding/json"
	"testing"
	"time"
)

// What somebody is called at another machine becomes a name: nobody has to think of one
// only because the way they came in has no better.
func TestNamesFromElsewhereAreMended(t *testing.T) {
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
		h := NewHouse()
		u := enter(t, h, at(came, "K"))
		if got := u.Who().Name; got != want {
			t.Errorf("%q becomes %q, want %q", came, got, want)
		}
		if _, err := checkName(u.Who().Name); err != nil {
			t.Errorf("%q becomes %q: %v", came, u.Who().Name, err)
		}
		owned := u.Who().Verified
		if owned != (want != "guest") {
			t.Errorf("%q is called %q; its own: %t", came, want, owned)
		}
		u.Leave(Quit)
		if again := enter(t, h, at(came, "K")); owned && (again.Who().Name != want || read(t, again) != "+"+want) {
			t.Errorf("%q comes again as %q, who owns it, and is told more than that", came, again.Who().Name)
		}
	}
}

// A name that is owned and breaks the rules of now becomes one that does not. It stays its
// owner's, who is told once; nobody else comes to have it, and another owner's name is not
// touched.
func TestOwnedNamesAreMended(t *testing.T) {
	past := time.Now().Add(-time.Hour)
	row := func(name, person string, since time.Time) Row {
		value, _ := json.Marshal(&claim{Name: name, Person: person, Since: since, Seen: past})
		key, err := compareKey(name)
		if err != nil {
			t.Fatal(err)
		}
		return Row{Table: tableNames, Key: key, Value: value}
	}
	h := NewHouse()
	kept := newBook(h)
	for _, r := range []Row{
		row("alice (verified)", "M", past), row("bob@home", "B", past.Add(time.Minute)), row("bob@home!", "C", past), row("bob-home-2", "D", past), row("???", "E", past),
	} {
		kept.Write(r)
	}
	if err := h.Open(kept.rows()); err != nil {
		t.Fatal(err)
	}
	for person, want := range map[string]string{"M": "guest-3", "B": "bob-home-3", "C": "bob-home", "D": "bob-home-2", "E": "guest-2"} {
		if got := h.listNamesLocked(person); got != want {
			t.Errorf("%s owns %q, want %q", person, got, want)
		}
	}
	again := NewHouse()
	if err := again.Open(kept.rows()); err != nil {
		t.Fatal(err)
	}
	if names := again.names; names != 5 || again.listNamesLocked("B") != "bob-home-3" {
		t.Errorf("after another start there are %d names, and B owns %q", names, again.listNamesLocked("B"))
	}
	for _, name := range []string{"bob@home!", "bob-home"} {
		u := enter(t, again, at(name, "C"))
		if who := u.Who(); who.Name != "bob-home" || !who.Verified {
			t.Errorf("the owner comes as %s, and is %+v", name, who)
		}
		a, err := u.Arrive(0)
		if told := len(a.Notices) == 1 && a.Notices[0].Phrase == NameMended; err != nil || told != (name == "bob@home!") {
			t.Errorf("coming as %s, the owner is told %v, %v", name, a.Notices, err)
		}
		u.Leave(Quit)
	}
}

// What the store has under a name that is none is shown under one.
func TestNamesOfBeforeAreMended(t *testing.T) {
	h := remembering(64, Memory{Lines: 10})
	h.Recall(Lobby, []*Event{{Kind: Said, Time: time.Now(), Who: &Who{Name: "alice (verified)", Verified: true}, Text: "hi"}}, time.Time{})
	e := h.lobbyLocked().remembered()[0]
	if e.Who.Name != "guest" || e.Who.Verified {
		t.Errorf("%+v", e.Who)
	}
}

// Keyboards write the apostrophe and the joins of words in their own way. Nobody sees the
// difference, so who types them is understood, with /nick as on coming in.
func TestNamesAreSpelledAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{"O’Brien": "O'Brien", "ז׳קלין": "ז'קלין", "علی\u200cرضا": "علیرضا"} {
		h := NewHouse()
		if u, err := h.Enter(Visitor{Name: typed}); err != nil || u.Who().Name != want {
			t.Errorf("%q came in as %v, %v", typed, u, err)
		}
		h = NewHouse()
		u, err := h.Enter(Visitor{Name: "alice"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.Rename(typed); err != nil || u.Who().Name != want {
			t.Errorf("/nick %q: %v, %q", typed, err, u.Who().Name)
		}
	}
}
