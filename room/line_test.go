package room

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Whatever an operator and a guest type, nothing panics, nothing goes to anybody's
// terminal that is no text, and the house knows who is here.
func FuzzLine(f *testing.F) {
	for _, seed := range [][2]string{
		{"/ban bob 2h rude", "hello"}, {"/ban 192.0.2.1", "/nick alice"}, {"/ban " + fp("bob") + "\n/bans\n/audit", "/msg root hi"},
		{"/mute bob\n/bans\n/unmute bob", "to|root|hi"}, {"/kick bob why\n/audit 3", "rename|root"}, {"/op carol\n/deop carol", "/op AAAA"},
		{"/motd hi\n/topic x\n/slow 3\n/lockdown on\n/invite", "/whois root\n/history\n/search x\n/more"},
		{"/key add\n/key list\n/key remove root\n/name\n/name release", "/ignore root\n/unignore root\n/forget me yes\n/help\n/quit"},
		{"/kick \"big bob\" x\n/unban 2001:db8::1%eth0", "/name release \x1b[31m\n/whois ✓\u202e"},
		{"/away tea\n/set lang zh\n/set\n/quiet\n/time UTC\n/me waves\n/help msg", "/msg root psst\n/away\n/who\n/whois root\n/reply x\n/more 3\n/hlep\n/back"},
		{"to｜bob｜hi\n、who\n／whois “bob”\n/ msg x\n/msg.bob", "　to¦root¦x\n/usr/bin\n//\n/\n｜\n、\nto|"},
		{"/ignore bob\n//x\n/say x", "who\nto||\nrename|\n/msg \"\" x"},
	} {
		f.Add(seed[0], seed[1], uint8(Piped|Slashed))
	}
	f.Fuzz(func(t *testing.T, byRoot, byGuest string, forms uint8) {
		h := remembering(64, Memory{Lines: 20})
		s := newShelf()
		s.people["old"] = Person{Key: "old", Name: "old"}
		h.Archive = s
		h.Operator = func(key string) bool { return key == "root" }
		b := newBook(h)
		root := enter(t, h, from("root", "root", "198.51.100.1"))
		other := enter(t, h, from("other", "root2", "198.51.100.1"))
		does(t, root, "/op other")
		guest := enter(t, h, from("bob", "", "192.0.2.1"))
		carol := enter(t, h, from("carol", "C", "192.0.2.1"))
		all := []*User{root, other, guest, carol}
		look := func(what string) {
			for _, u := range all {
				for u.hasNews() {
					for _, e := range u.Take(make([]*Event, 0, 8)) {
						if bad := unshowable(reflect.ValueOf(e), 0); bad != "" {
							t.Fatalf("after %q %s reads %s with %q", what, u.Who().Name, describe(e), bad)
						}
					}
				}
			}
			consistent(t, h)
		}
		look("")
		linesByRoot, linesByGuest := strings.Split(byRoot, "\n"), strings.Split(byGuest, "\n")
		for i := range min(20, max(len(linesByRoot), len(linesByGuest))) {
			if i < len(linesByRoot) {
				root.Line(linesByRoot[i], Form(forms)&anyForm)
				look(linesByRoot[i])
			}
			if i < len(linesByGuest) {
				guest.Line(linesByGuest[i], Form(forms)&anyForm)
				look(linesByGuest[i])
				carol.Line(linesByGuest[i], Form(forms)&anyForm)
				look(linesByGuest[i])
			}
		}
		other.Line("/bans", Slashed)
		other.Line("/audit", Slashed)
		look("/bans and /audit")
		if len(b.wrong) > 0 {
			t.Fatalf("no book takes %s", b.wrong)
		}
		b.reopen(t)
		for _, u := range all {
			u.Leave(Quit)
		}
		empty(t, h)
	})
}

// A name with spaces may stand between double quotes, whatever command takes it, and
// wherever it stands.
func TestQuotedNames(t *testing.T) {
	h := remembering(64, Memory{Lines: 20})
	h.Operator = func(key string) bool { return key == "root" }
	h.Archive = newShelf()
	root := enter(t, h, from("root", "root", "198.51.100.1"))
	pot := enter(t, h, from("tea pot", "P", "192.0.2.1"))
	pot.Line("hot", 0)
	read(t, root)
	root.Line(`/history "TEA pot"`, Slashed)
	if found := root.Take(make([]*Event, 0, 9)); len(found) != 1 || words(found[0].Past) != "tea pot: hot" {
		t.Errorf("/history finds %v", found)
	}
	for _, step := range []struct{ line, want string }{
		{`/whois "tea pot"`, "tea pot: the name belongs"},
		{`/msg "tea pot" hi`, "root>tea pot: hi"},
		{`/msg "tea pot"`, "What you say goes to tea pot alone"},
		{`/done`, "What you say goes to #lobby"},
		{`/ignore "tea pot"`, "You will read nothing from tea pot"},
		{`/unignore "tea pot"`, "You read what tea pot says again."},
		{`/join "#green tea"`, "entered green tea"},
		{`/invite "tea pot"`, "tea pot is invited to #green tea."},
		{`/part`, ""},
		{`/forget "tea pot" yes`, "What tea pot said is forgotten"},
		{`/mute "tea pot" 10m`, "Muted: tea pot (P), until "},
		{`/unmute "tea pot"`, "Not muted any more: tea pot (P)"},
		{`/op "tea pot"`, "tea pot is an operator now."},
		{`/deop "tea pot"`, "tea pot is an operator no more."},
		{`/nick "green pot"`, "root=green pot"},
		{`/name release "green pot" yes`, "The name green pot is free."},
		{`/kick "tea pot" enough`, "tea pot had to leave."},
		{`/ban "tea pot" 10m`, "Banned: tea pot (P), until "},
		{`/unban "tea pot"`, "Not banned any more: tea pot (P)"},
	} {
		if got := does(t, root, step.line); !strings.Contains(got, step.want) {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
}

// A command that takes a name and nothing else says how it is written where more follows
// the quotes around the name.
func TestMoreThanAQuotedName(t *testing.T) {
	h, root := ordered(t)
	enter(t, h, at("bob", "B"))
	for _, c := range h.commands {
		if c.Forms&Slashed == 0 || len(c.Params) != 1 || !isNamed(c.Params[0]) {
			continue
		}
		line := "/" + c.Names[0] + ` "bob" and more`
		if got := does(t, root, line); got != "~ Usage: "+c.Usage(Slashed) {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// unshowable returns the first text in v that is none for a terminal, or "".
func unshowable(v reflect.Value, depth int) string {
	if depth > 6 || !v.IsValid() {
		return ""
	}
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
			return unicode.Is(unicode.Cc, r) && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
		}) {
			return s
		}
	case reflect.Pointer, reflect.Interface:
		if v.Type() != reflect.TypeFor[*Command]() {
			return unshowable(v.Elem(), depth+1)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if bad := unshowable(v.Index(i), depth+1); bad != "" {
				return bad
			}
		}
	case reflect.Struct:
		if v.CanInterface() {
			if s, ok := v.Interface().(fmt.Stringer); ok {
				return unshowable(reflect.ValueOf(s.String()), depth+1)
			}
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				if bad := unshowable(v.Field(i), depth+1); bad != "" {
					return bad
				}
			}
		}
	}
	return ""
}

// consistent checks that what a house knows of who is here agrees.
func consistent(t testing.TB, h *House) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.IsSortedFunc(h.roll, func(a, b *presence) int { return strings.Compare(a.enrolled, b.enrolled) }) || len(h.roll) != len(h.online) {
		t.Fatalf("%d are on the roll, %d are here", len(h.roll), len(h.online))
	}
	sessions := 0
	for key, p := range h.online {
		if name := p.who.Load().Name; !slices.Contains(h.roll, p) || p.enrolled != strings.ToLower(name) {
			t.Fatalf("%q is on the roll as %q", name, p.enrolled)
		}
		sessions += len(p.sessions)
		who := p.who.Load()
		id, err := checkName(who.Name)
		if err != nil || key != id.key || p.identity != id || len(p.sessions) == 0 || h.people[who.Key] != p && who.Key != "" {
			t.Fatalf("%q, key %q: %+v, %v", who.Name, key, p.identity, err)
		}
		if who.Verified != h.ownsLocked(who.Key, id) {
			t.Fatalf("%+v, and its claims are %+v", who, h.claimed[who.Key])
		}
		for _, look := range id.looks {
			if h.looks[look] != p {
				t.Fatalf("%q is not in looks", who.Name)
			}
		}
		for _, u := range p.sessions {
			if !h.users[u] || u.presence != p {
				t.Fatalf("%q has a session that is not here", who.Name)
			}
		}
	}
	for u := range h.follows {
		if !h.users[u] {
			t.Fatal("somebody follows who has left")
		}
	}
	if sessions != len(h.users) {
		t.Fatalf("%d sessions, %d users", sessions, len(h.users))
	}
	n := 0
	for _, list := range h.claimed {
		n += len(list)
		if len(list) > mostNames {
			t.Fatalf("%d names", len(list))
		}
	}
	if n != h.names {
		t.Fatalf("%d claims, counted %d", n, h.names)
	}
}
