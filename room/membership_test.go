package room

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// outside returns what s is told of the rooms that it does not look at.
func outside(s *Session) string {
	var list []string
	for _, o := range s.UnreadRooms() {
		list = append(list, fmt.Sprintf("%s %d", o.Room, o.Lines))
	}
	return strings.Join(list, ",")
}

// A line in another room counts as unread at once, even if it comes after the writer has looked and
// before it arms.
func TestUnreadBeforeArming(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", ""))
	alice.HandleLine("/join #go", SlashSyntax)
	for news := true; news; news, _ = alice.Arm() {
		read(t, alice)
		alice.TakeRefresh()
	}
	for n := 1; n <= 3; n++ {
		bob.HandleLine("hello", 0)
		if news, _ := alice.Arm(); !news || !alice.TakeRefresh() {
			t.Fatalf("alice is not woken for line %d", n)
		}
		if got, want := outside(alice), fmt.Sprint("lobby ", n); got != want {
			t.Errorf("alice is told of %q, want %q", got, want)
		}
	}
	if news, _ := alice.Arm(); news {
		t.Error("alice is woken for nothing")
	}
}

// A user who joins a room reads what is said there, and is only told how much is said elsewhere.
// Users in the lobby read nothing of the room.
func TestJoinAndPart(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 200})
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", ""))
	read(t, alice)
	alice.HandleLine("/join #go", SlashSyntax)
	expect(t, alice, "entered go (): 1 here")
	alice.HandleLine("nobody else yet", 0)
	bob.HandleLine("lobby one", 0)
	bob.HandleLine("lobby two", 0)
	expect(t, alice, "alice: nobody else yet")
	if got := outside(alice); got != "lobby 2" {
		t.Errorf("alice is told of %q", got)
	}
	expect(t, bob, "+bob; bob: lobby one; bob: lobby two")

	bob.HandleLine("/join GO", SlashSyntax)
	bob.HandleLine("/who", SlashSyntax)
	expect(t, bob, "entered go (): 2 here, alice: nobody else yet; here: alice,bob")
	bob.HandleLine("hi", 0)
	bob.HandleLine("/nick robert", SlashSyntax)
	bob.HandleLine("/msg alice psst", SlashSyntax)
	expect(t, alice, "+bob; bob: hi; bob=robert; robert>alice: psst")
	alice.HandleLine("/join lobby", SlashSyntax)
	expect(t, alice, "entered lobby (): 2 here, bob: lobby one, bob: lobby two (2 new)")
	bob.HandleLine("still there?", 0)
	if got := outside(alice); got != "go 1" {
		t.Errorf("alice is told of %q", got)
	}
	bob.HandleLine("/part", SlashSyntax)
	alice.HandleLine("/join #go", SlashSyntax)
	alice.HandleLine("/part", SlashSyntax)
	if got := read(t, alice); !strings.HasSuffix(got, "entered lobby (): 2 here, bob: lobby one, bob: lobby two") ||
		!strings.Contains(got, "bob: hi, robert: still there? (1 new)") {
		t.Errorf("alice reads %s", got)
	}
	if got := does(t, alice, "/part"); got != "~ "+testkit.English(reply.LobbyIsForEveryone) {
		t.Errorf("/part: %s", got)
	}
	alice.Leave(Quit)
	bob.Leave(Quit)
	empty(t, h)
}

// All of a user's rooms are told when the user leaves the hub, or gets another name.
func TestRoomsAreTold(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	does(t, alice, "/join #go")
	does(t, bob, "/join #go")
	does(t, bob, "/join #rust")
	read(t, alice)
	does(t, bob, "/nick rob")
	bob.Leave(HungUp)
	expect(t, alice, "bob=rob; -rob (hung up)")
	if got := does(t, alice, "/rooms"); got != "~ #lobby, 1 there | #go, 1 there | #rust, 0 there" {
		t.Errorf("rooms: %s", got)
	}
}

// The names of rooms are held to the rules of names, and no two look alike.
func TestNamesOfRooms(t *testing.T) {
	h, s := NewHub(), newFakeMessageStore()
	h.Messages = s
	s.known("A", "alice", newcomerPeriod)
	alice := enter(t, h, at("alice", "A"))
	for _, step := range []struct{ line, want string }{
		{"/join #golang", "entered golang (): 1 here"},
		{"/join #gоlang", "~ " + testkit.English(reply.RoomLooksAlike, "gоlang", "golang")}, // with a Cyrillic о
		{"/join GoLang", "~ " + testkit.English(reply.AlreadyThere, "golang")},
		{"/join #1.2.3.4", "~ " + testkit.English(reply.NameAddress)},
		{"/join ##x", "~ " + i18n.English(string(reply.NameNotAllowed))},
		{"/join #\x1b[31m", "~ " + i18n.English(string(reply.NameNotAllowed))},
		{"/join #茶馆", "entered 茶馆 (): 1 here"},
		{"/join lobby", "entered lobby (): 1 here"},
	} {
		alice.HandleLine(step.line, SlashSyntax)
		if got := read(t, alice); !strings.Contains(got, step.want) {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	guest := enter(t, h, at("guest", ""))
	if got := does(t, guest, "/join #new"); got != "~ "+testkit.English(reply.CreateNeedsKey, "new") {
		t.Errorf("a guest founds a room: %s", got)
	}
	for i := range maxRoomsPerOwner + 1 {
		got := does(t, alice, fmt.Sprint("/join #r", i))
		if refused := got == "~ "+testkit.English(reply.TooManyCreated, 5); refused != (i >= maxRoomsPerOwner-2) {
			t.Errorf("room %d: %s", i, got)
		}
	}
}

// A private room is for people whom its owner invites; others do not even see it. Its record lasts.
func TestPrivateRoom(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	alice, bob, carol := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B")), enter(t, h, at("carol", "C"))
	guest := enter(t, h, at("guest", ""))
	does(t, alice, "/join #den")
	does(t, guest, "/join #den")
	does(t, alice, "/topic secrets")
	if got := does(t, guest, "/room private"); got != "~ "+testkit.English(reply.NotYourRoom, "den") {
		t.Errorf("a guest: %s", got)
	}
	does(t, guest, "/part")
	does(t, alice, "/room private")
	for _, s := range []*Session{bob, guest} {
		if got := does(t, s, "/join #den"); got != "~ "+testkit.English(reply.RoomIsPrivate, "den") {
			t.Errorf("%s: %s", s.User().Name, got)
		}
		if got := does(t, s, "/rooms"); strings.Contains(got, "den") {
			t.Errorf("%s sees %s", s.User().Name, got)
		}
	}
	read(t, bob)
	if got := does(t, alice, "/invite bob"); got != "~ "+testkit.English(reply.InvitedNow, "bob", "den") {
		t.Errorf("/invite: %s", got)
	}
	expect(t, bob, "~ "+testkit.English(reply.InvitedTo, "alice", "den", "den"))
	if got := does(t, alice, "/invite guest"); !strings.Contains(got, testkit.EnglishStart(reply.NoKeyKnown, "guest")) {
		t.Errorf("/invite guest: %s", got)
	}
	does(t, bob, "/join #den")
	if got := does(t, bob, "/invite carol"); got != "~ "+testkit.English(reply.NotYourRoom, "den") {
		t.Errorf("bob invites: %s", got)
	}
	if got := does(t, carol, "/join #den"); !strings.Contains(got, "is private") {
		t.Errorf("carol: %s", got)
	}

	if got := does(t, alice, "/room public"); got != "~ "+testkit.English(reply.ConfirmOpenRoom, "den") {
		t.Errorf("/room public: %s", got)
	}
	read(t, bob)
	if got := does(t, alice, "/room public yes"); got != "~ "+testkit.English(reply.RoomPublic, "den") {
		t.Errorf("/room public yes: %s", got)
	}
	expect(t, bob, "~ "+testkit.English(reply.RoomPublic, "den"))
	if got := does(t, alice, "/room public"); got != "~ "+testkit.English(reply.RoomPublic, "den") {
		t.Errorf("/room public, where it is: %s", got)
	}
	does(t, alice, "/room private")

	again := b.reopen(t)
	bob = enter(t, again, at("bob", "B"))
	read(t, bob)
	bob.HandleLine("/join den", SlashSyntax)
	expect(t, bob, "entered den (secrets): 1 here")
	if got := does(t, enter(t, again, at("carol", "C")), "/join den"); !strings.Contains(got, "is private") {
		t.Errorf("carol, after a restart: %s", got)
	}
}

// A room where nobody was for a day is closed, and what was said in it forgotten.
func TestEmptyRoomsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := remembering(64, HistoryLimits{Lines: 200})
		b := newFakeRecordStore(h)
		followers := h.Subscribe()
		alice := enter(t, h, at("alice", "A"))
		does(t, alice, "/join #go")
		alice.HandleLine("hello", 0)
		does(t, alice, "/part")
		time.Sleep(emptyRoomTTL)
		if got := does(t, alice, "/rooms"); !strings.Contains(got, "#go, 0 there") {
			t.Errorf("after a day: %s", got)
		}
		time.Sleep(time.Second)
		if got := does(t, alice, "/rooms"); strings.Contains(got, "#go") || len(b.tables["rooms"]) != 0 {
			t.Errorf("later: %s", got)
		}
		if got := followers.ClosedRooms(); len(got) != 1 || got[0] != "go" {
			t.Errorf("followers are told of %q", got)
		}
		read(t, alice)
		alice.HandleLine("/join #go", SlashSyntax)
		expect(t, alice, "entered go (): 1 here")
	})
}

// A terminal that takes over sits where the old one sat, in the same rooms.
func TestTakeoverInRoom(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 200})
	old, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", ""))
	does(t, old, "/join #go")
	bob.HandleLine("in the lobby", 0)
	does(t, bob, "/join #go")
	bob.HandleLine("before", 0)
	alice := enter(t, h, at("alice", "A"))
	if got := outside(alice); alice.RoomName() != "go" || got != "lobby 1" {
		t.Errorf("alice is in %s, outside are %s", alice.RoomName(), got)
	}
	if got := words(arrive(t, alice, 5).Messages); got != "bob: before" {
		t.Errorf("alice is shown %s", got)
	}
	bob.HandleLine("after", 0)
	expect(t, alice, "bob: after")
	alice.Leave(Quit)
	bob.Leave(Quit)
	empty(t, h)
}

// A user who leaves a room at a terminal stays a member while a pipe with the same key is there, so
// that its messages come from a listed user.
func TestPartBesideAPipe(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	pipe := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: "A", Scripted: true})
	does(t, bob, "/join tea")
	if _, err := pipe.StartIn("tea"); err != nil {
		t.Fatal(err)
	}
	does(t, alice, "/join tea")
	does(t, alice, "/part")
	does(t, pipe, "by pipe")
	if got := does(t, bob, "/who"); alice.RoomName() != Lobby || got != "here: alice,bob" {
		t.Errorf("alice is in %s, and in #tea are %s", alice.RoomName(), got)
	}
	read(t, bob)
	pipe.Leave(Quit)
	does(t, alice, "/join tea")
	does(t, alice, "/part")
	expect(t, bob, "-alice (quit)")
}

// A room stays for a day after the last one has left it, by whichever way: it has its
// owner still, and what was said there.
func TestRoomStaysForADay(t *testing.T) {
	for _, way := range []string{"/part", "/quit"} {
		synctest.Test(t, func(t *testing.T) {
			h := remembering(64, HistoryLimits{Lines: 100})
			bob, carol := enter(t, h, at("bob", "B")), enter(t, h, at("carol", "C"))
			does(t, bob, "/join tea")
			does(t, bob, "hello")
			time.Sleep(2 * emptyRoomTTL) // with bob there
			bob.HandleLine(way, SlashSyntax)
			time.Sleep(emptyRoomTTL)
			if got := does(t, carol, "/join tea"); got != "entered tea (): 1 here, bob: hello" {
				t.Errorf("a day after bob's %s carol reads %q", way, got)
			}
			does(t, carol, "/part")
			time.Sleep(emptyRoomTTL + 1)
			if got := does(t, carol, "/join tea"); got != "entered tea (): 1 here" {
				t.Errorf("after more than a day carol reads %q", got)
			}
		})
	}
}

// A room that somebody follows is not closed, though nobody is in it: the program goes on
// to read what is said there.
func TestFollowedRoomStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := remembering(64, HistoryLimits{Lines: 100})
		bob := enter(t, h, at("bob", "B"))
		does(t, bob, "/join tea")
		does(t, bob, "/part")
		ci := at("ear", "E")
		ci.Room = "tea"
		ear, _ := listen(t, h, ci)
		time.Sleep(2 * emptyRoomTTL)
		does(t, bob, "/join tea")
		does(t, bob, "hello")
		expect(t, ear, "+bob; bob: hello")
		does(t, bob, "/part")
		ear.Leave(Quit)
		time.Sleep(2 * emptyRoomTTL)
		if got := does(t, bob, "/join tea"); got != "entered tea (): 1 here" {
			t.Errorf("bob reads %q", got)
		}
	})
}

// Whatever people do in rooms at once, each reads the lines of a room in their order
// and none twice, and nobody is left anywhere.
func TestRoomsRace(t *testing.T) {
	h := newHub(1 << 12)
	var crowd sync.WaitGroup
	for i := range 24 {
		crowd.Go(func() {
			s, err := h.Enter(at(fmt.Sprint("u", i), fmt.Sprint("key", i%20)))
			if err != nil {
				t.Error(err)
				return
			}
			var reading sync.WaitGroup
			reading.Go(func() {
				buf := make([]Item, 0, 16)
				room, last := Lobby, uint64(0)
				for s.Wait() == nil {
					for _, e := range s.Take(buf) {
						entered, ok := e.(*RoomEntered)
						switch {
						case ok:
							room, last = entered.Room, 0
						case eventOf(e).Seq != 0 && eventOf(e).Seq <= last:
							t.Errorf("%s reads %d after %d in %s", s.User().Name, eventOf(e).Seq, last, room)
						case eventOf(e).Seq != 0:
							last = eventOf(e).Seq
						}
					}
					s.UnreadRooms()
				}
			})
			for n := range 60 {
				switch rand.IntN(4) {
				case 0:
					s.HandleLine(fmt.Sprint("/join #room", rand.IntN(3)), SlashSyntax)
				case 1:
					s.HandleLine("/part", SlashSyntax)
				default:
					s.HandleLine(fmt.Sprint("line ", n), 0)
				}
			}
			s.Leave(Quit)
			reading.Wait()
		})
	}
	crowd.Wait()
	empty(t, h)
}

// A user who enters a room sees its last lines, without those of ignored users, up to the events
// that they then read.
func TestEnteringShowsTheLastLines(t *testing.T) {
	h := NewHub()
	h.HistoryLimits.Lines = 1000
	alice, bob, carol := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B")), enter(t, h, at("carol", "C"))
	for _, s := range []*Session{alice, bob} {
		s.HandleLine("/join go", SlashSyntax)
	}
	for i := range 2 * linesOnEntering {
		alice.HandleLine(fmt.Sprint("line ", i), SlashSyntax)
		bob.HandleLine("noise", SlashSyntax)
	}
	carol.HandleLine("/ignore bob", SlashSyntax)
	read(t, carol)
	want := "entered go (): 3 here"
	for i := range linesOnEntering {
		want += fmt.Sprint(", alice: line ", linesOnEntering+i)
	}
	if got := does(t, carol, "/join go"); !strings.HasPrefix(got, want) || strings.Contains(got, "noise") {
		t.Errorf("carol reads %q, want %q", got, want)
	}
}

// Whoever has a name that is allowed comes in under it, and somebody else under another one.
func FuzzEnter(f *testing.F) {
	for _, seed := range []string{"alice", "张三", "a|b", "1.2.3.4:5", "[::1]", "Ａ", "ﷺ", "ß", "İ", "x\u0301", "🍵", " a", "K", "ſ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if _, err := names.Check(name); err != nil {
			return
		}
		h := NewHub()
		a, _ := h.Enter(ClientInfo{RequestedName: name})
		b, _ := h.Enter(ClientInfo{RequestedName: name})
		if a.User().Name != name || b.User().Name == name || h.CountSessions() != 2 {
			t.Fatalf("%+q and %+q", a.User().Name, b.User().Name)
		}
		a.Leave(Quit)
		b.Leave(Quit)
		if h.CountSessions() != 0 || len(h.online.byName)+len(h.online.bySkeleton) != 0 {
			t.Fatalf("%+q stays online", name)
		}
	})
}
