package room_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Whatever an operator and a guest type, nothing panics, only text reaches terminals, and the hub's
// indexes of users stay consistent.
func FuzzLine(f *testing.F) {
	for _, seed := range [][2]string{
		{"/ban bob 2h rude", "hello"}, {"/ban 192.0.2.1", "/nick alice"}, {string("/ban " + roomtest.Fp("bob") + "\n/bans\n/audit"), "/msg root hi"},
		{"/mute bob\n/bans\n/unmute bob", "to|root|hi"}, {"/kick bob why\n/audit 3", "rename|root"}, {"/op carol\n/deop carol", "/op AAAA"},
		{"/motd hi\n/topic x\n/slow 3\n/lockdown on\n/invite", "/whois root\n/history\n/search x\n/more"},
		{"/key add\n/key list\n/key remove root\n/name\n/name release", "/ignore root\n/unignore root\n/forget me yes\n/help\n/quit"},
		{"/kick \"big bob\" x\n/unban 2001:db8::1%eth0", "/name release \x1b[31m\n/whois ✓\u202e"},
		{"/away tea\n/set lang zh\n/set\n/quiet\n/time UTC\n/me waves\n/help msg", "/msg root psst\n/away\n/who\n/whois root\n/reply x\n/more 3\n/hlep\n/back"},
		{"to｜bob｜hi\n、who\n／whois “bob”\n/ msg x\n/msg.bob", "　to¦root¦x\n/usr/bin\n//\n/\n｜\n、\nto|"},
		{"/ignore bob\n//x\n/say x", "who\nto||\nrename|\n/msg \"\" x"},
	} {
		f.Add(seed[0], seed[1], uint8(command.PipeSyntax|command.SlashSyntax))
	}
	f.Fuzz(func(t *testing.T, byRoot, byGuest string, forms uint8) {
		b := roomtest.NewFakeRecordStore()
		s := roomtest.NewFakeMessageStore()
		s.Accounts["old"] = room.Account{ID: "old", Name: "old"}
		h := b.NewHub(room.Config{
			HistoryLimits: room.HistoryLimits{Lines: 20},
			Messages:      s,
			IsOperatorKey: roomtest.IsRoot,
		})
		root := roomtest.Enter(t, h, roomtest.From("root", "root", "198.51.100.1"))
		other := roomtest.Enter(t, h, roomtest.From("other", "root2", "198.51.100.1"))
		roomtest.Does(t, root, "/op other")
		guest := roomtest.Enter(t, h, roomtest.From("bob", "", "192.0.2.1"))
		carol := roomtest.Enter(t, h, roomtest.From("carol", "C", "192.0.2.1"))
		all := []*command.Runner{root, other, guest, carol}
		look := func(what string) {
			for _, u := range all {
				for u.HasPending() {
					for _, e := range u.Take(make([]room.Item, 0, 8)) {
						if bad := unshowable(reflect.ValueOf(e), 0); bad != "" {
							t.Fatalf("after %q %s reads %s with %q", what, u.UserInfo().Name, roomtest.Describe(e), bad)
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
				root.HandleLine(linesByRoot[i], command.Syntax(forms)&roomtest.AnyForm)
				look(linesByRoot[i])
			}
			if i < len(linesByGuest) {
				guest.HandleLine(linesByGuest[i], command.Syntax(forms)&roomtest.AnyForm)
				look(linesByGuest[i])
				carol.HandleLine(linesByGuest[i], command.Syntax(forms)&roomtest.AnyForm)
				look(linesByGuest[i])
			}
		}
		other.HandleLine("/bans", command.SlashSyntax)
		other.HandleLine("/audit", command.SlashSyntax)
		look("/bans and /audit")
		if len(b.Wrong) > 0 {
			t.Fatalf("no store accepts %s", b.Wrong)
		}
		b.Reopen(t)
		for _, u := range all {
			u.Leave(room.Quit)
		}
		empty(t, h)
	})
}

// Any command accepts a name with spaces in double quotes, in any position.
func TestQuotedNames(t *testing.T) {
	h := room.New(room.Config{
		HistoryLimits: room.HistoryLimits{Lines: 20},
		IsOperatorKey: roomtest.IsRoot,
		Messages:      roomtest.NewFakeMessageStore(),
	})
	root := roomtest.Enter(t, h, roomtest.From("root", "root", "198.51.100.1"))
	pot := roomtest.Enter(t, h, roomtest.From("tea pot", "P", "192.0.2.1"))
	pot.HandleLine("hot", 0)
	roomtest.Read(t, root)
	root.HandleLine(`/history "TEA pot"`, command.SlashSyntax)
	if found := root.Take(make([]room.Item, 0, 9)); len(found) != 1 || roomtest.Words(roomtest.MessagesOf(found[0])) != "tea pot: hot" {
		t.Errorf("/history finds %v", found)
	}
	for _, step := range []struct{ line, want string }{
		{`/whois "tea pot"`, testkit.English(reply.WhoisVerified, "tea pot")},
		{`/msg "tea pot" hi`, "root>tea pot: hi"},
		{`/msg "tea pot"`, testkit.EnglishStart(reply.TalkingTo, "tea pot")},
		{`/done`, testkit.EnglishPart(reply.TalkingToAll, 0) + "lobby"},
		{`/ignore "tea pot"`, testkit.EnglishPart(reply.IgnoredNow, 0) + "tea pot"},
		{`/unignore "tea pot"`, testkit.English(reply.IgnoredNoMore, "tea pot")},
		{`/join "#green tea"`, "entered green tea"},
		{`/invite "tea pot"`, testkit.English(reply.InvitedNow, "tea pot", "green tea")},
		{`/part`, ""},
		{`/forget "tea pot" yes`, testkit.EnglishStart(reply.Forgotten, "tea pot")},
		{`/mute "tea pot" 10m`, testkit.English(reply.MutedNowUntil, "tea pot (P)", "")},
		{`/unmute "tea pot"`, testkit.English(reply.MutedNoMore, "tea pot (P)")},
		{`/op "tea pot"`, testkit.English(reply.MadeOperator, "tea pot")},
		{`/deop "tea pot"`, testkit.English(reply.OperatorNoMore, "tea pot")},
		{`/nick "green pot"`, "root=green pot"},
		{`/name release "green pot" yes`, testkit.English(reply.NameReleased, "green pot")},
		{`/kick "tea pot" enough`, testkit.English(reply.KickedNow, "tea pot")},
		{`/ban "tea pot" 10m`, testkit.English(reply.BannedNowUntil, "tea pot (P)", "")},
		{`/unban "tea pot"`, testkit.English(reply.BannedNoMore, "tea pot (P)")},
	} {
		if got := roomtest.Does(t, root, step.line); !strings.Contains(got, step.want) {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
}

// unshowable returns the first text in v that isn't fit for a terminal, or "".
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
		if v.Type() != reflect.TypeFor[*command.Command]() {
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

// consistent checks that the hub's indexes of users agree.
func consistent(t testing.TB, h *room.Hub) {
	t.Helper()
	st := h.Lock()
	defer st.Unlock()
	if !slices.IsSortedFunc(st.Online.Sorted, func(a, b *room.User) int {
		return strings.Compare(strings.ToLower(a.Info().Name), strings.ToLower(b.Info().Name))
	}) || len(st.Online.Sorted) != len(st.Online.ByName) {
		t.Fatalf("%d users in the index, %d online", len(st.Online.Sorted), len(st.Online.ByName))
	}
	sessions := 0
	for key, u := range st.Online.ByName {
		if name := u.Info().Name; !slices.Contains(st.Online.Sorted, u) {
			t.Fatalf("%q is not in the index", name)
		}
		sessions += len(u.Sessions)
		who := u.Info()
		id, err := names.Check(who.Name)
		if err != nil || key != id.Key || u.Identity != id || len(u.Sessions) == 0 || st.Online.ByPerson[who.Person] != u && who.Person != "" {
			t.Fatalf("%q, key %q: %+v, %v", who.Name, key, u.Identity, err)
		}
		if who.Verified != st.Names.Owns(who.Person, id) {
			t.Fatalf("%+v, with the claims %+v", who, st.Names.Of(who.Person))
		}
		for _, look := range id.Skeletons {
			if st.Online.BySkeleton[look] != u {
				t.Fatalf("%q is not indexed by its look-alike key", who.Name)
			}
		}
		for _, s := range u.Sessions {
			if !st.Sessions[s] || s.User != u {
				t.Fatalf("%q has a session that has left", who.Name)
			}
		}
	}
	for s := range st.Following {
		if !st.Sessions[s] {
			t.Fatal("a session that has left still follows")
		}
	}
	if sessions != len(st.Sessions) {
		t.Fatalf("%d sessions, %d users", sessions, len(st.Sessions))
	}
	n := 0
	for o := range st.Names.All() {
		n++
		if owned := len(st.Names.Of(o.Person)); owned > accounts.MaxNames {
			t.Fatalf("%d names", owned)
		}
	}
	if n != st.Names.Len() {
		t.Fatalf("%d claims, counted %d", n, st.Names.Len())
	}
}
