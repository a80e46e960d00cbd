package room_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// outside returns what s is told of its other rooms.
func outside(s *command.Runner) string {
	var list []string
	for _, o := range s.Unread() {
		list = append(list, fmt.Sprintf("%s %d", o.Room, o.Lines))
	}
	return strings.Join(list, ",")
}

// A line in another room counts as unread at once, even if it comes after the writer has looked and
// before it arms.
func TestUnreadBeforeArming(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", ""))
	alice.HandleLine("/join #go", command.SlashSyntax)
	for news := true; news; news, _ = alice.Arm() {
		roomtest.Read(t, alice)
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
		t.Error("alice is woken without a reason")
	}
}

// A user who joins a room reads what is said there, and is only told how much is said elsewhere.
// Users in the lobby read nothing of the room.
func TestJoinAndPart(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 200}})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Read(t, alice)
	alice.HandleLine("/join #go", command.SlashSyntax)
	roomtest.Expect(t, alice, "entered go (): 1 here")
	alice.HandleLine("nobody else yet", 0)
	bob.HandleLine("lobby one", 0)
	bob.HandleLine("lobby two", 0)
	roomtest.Expect(t, alice, "alice: nobody else yet")
	if got := outside(alice); got != "lobby 2" {
		t.Errorf("alice is told of %q", got)
	}
	roomtest.Expect(t, bob, "+bob; bob: lobby one; bob: lobby two")

	bob.HandleLine("/join GO", command.SlashSyntax)
	bob.HandleLine("/who", command.SlashSyntax)
	roomtest.Expect(t, bob, "entered go (): 2 here, alice: nobody else yet; here: alice,bob")
	bob.HandleLine("hi", 0)
	bob.HandleLine("/nick robert", command.SlashSyntax)
	bob.HandleLine("/msg alice psst", command.SlashSyntax)
	roomtest.Expect(t, alice, "+bob; bob: hi; bob=robert; robert>alice: psst")
	alice.HandleLine("/join lobby", command.SlashSyntax)
	roomtest.Expect(t, alice, "entered lobby (): 2 here, bob: lobby one, bob: lobby two (2 new)")
	bob.HandleLine("still there?", 0)
	if got := outside(alice); got != "go 1" {
		t.Errorf("alice is told of %q", got)
	}
	bob.HandleLine("/part", command.SlashSyntax)
	alice.HandleLine("/join #go", command.SlashSyntax)
	alice.HandleLine("/part", command.SlashSyntax)
	if got := roomtest.Read(t, alice); !strings.HasSuffix(got, "entered lobby (): 2 here, bob: lobby one, bob: lobby two") ||
		!strings.Contains(got, "bob: hi, robert: still there? (1 new)") {
		t.Errorf("alice reads %s", got)
	}
	if got := roomtest.Does(t, alice, "/part"); got != "~ "+testkit.English(reply.LobbyIsForEveryone) {
		t.Errorf("/part: %s", got)
	}
	alice.Leave(room.Quit)
	bob.Leave(room.Quit)
	empty(t, h)
}

// All of a user's rooms read when the user leaves the hub or changes names.
func TestRoomsAreTold(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, alice, "/join #go")
	roomtest.Does(t, bob, "/join #go")
	roomtest.Does(t, bob, "/join #rust")
	roomtest.Read(t, alice)
	roomtest.Does(t, bob, "/nick rob")
	bob.Leave(room.HungUp)
	roomtest.Expect(t, alice, "bob=rob; -rob (hung up)")
	if got := roomtest.Does(t, alice, "/rooms"); got != "~ #lobby, 1 there | #go, 1 there | #rust, 0 there" {
		t.Errorf("rooms: %s", got)
	}
}

// Room names follow the rules of user names, and no two look alike.
func TestNamesOfRooms(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: s})
	s.Known("A", "alice", room.NewcomerPeriod)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
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
		alice.HandleLine(step.line, command.SlashSyntax)
		if got := roomtest.Read(t, alice); !strings.Contains(got, step.want) {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	guest := roomtest.Enter(t, h, roomtest.At("guest", ""))
	if got := roomtest.Does(t, guest, "/join #new"); got != "~ "+testkit.English(reply.CreateNeedsKey, "new") {
		t.Errorf("a guest creates a room: %s", got)
	}
	for i := range room.MaxRoomsPerOwner + 1 {
		got := roomtest.Does(t, alice, fmt.Sprint("/join #r", i))
		if refused := got == "~ "+testkit.English(reply.TooManyCreated, 5); refused != (i >= room.MaxRoomsPerOwner-2) {
			t.Errorf("room %d: %s", i, got)
		}
	}
}

// A private room is for people whom its owner invites; others do not even see it. It stays private
// after a restart.
func TestPrivateRoom(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	alice, bob, carol := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B")), roomtest.Enter(t, h, roomtest.At("carol", "C"))
	guest := roomtest.Enter(t, h, roomtest.At("guest", ""))
	roomtest.Does(t, alice, "/join #den")
	roomtest.Does(t, guest, "/join #den")
	roomtest.Does(t, alice, "/topic secrets")
	if got := roomtest.Does(t, guest, "/room private"); got != "~ "+testkit.English(reply.NotYourRoom, "den") {
		t.Errorf("a guest: %s", got)
	}
	roomtest.Does(t, guest, "/part")
	roomtest.Does(t, alice, "/room private")
	for _, s := range []*command.Runner{bob, guest} {
		if got := roomtest.Does(t, s, "/join #den"); got != "~ "+testkit.English(reply.RoomIsPrivate, "den") {
			t.Errorf("%s: %s", s.UserInfo().Name, got)
		}
		if got := roomtest.Does(t, s, "/rooms"); strings.Contains(got, "den") {
			t.Errorf("%s sees %s", s.UserInfo().Name, got)
		}
	}
	roomtest.Read(t, bob)
	if got := roomtest.Does(t, alice, "/invite bob"); got != "~ "+testkit.English(reply.InvitedNow, "bob", "den") {
		t.Errorf("/invite: %s", got)
	}
	roomtest.Expect(t, bob, "~ "+testkit.English(reply.InvitedTo, "alice", "den", "den"))
	if got := roomtest.Does(t, alice, "/invite guest"); !strings.Contains(got, testkit.EnglishStart(reply.NoKeyKnown, "guest")) {
		t.Errorf("/invite guest: %s", got)
	}
	roomtest.Does(t, bob, "/join #den")
	if got := roomtest.Does(t, bob, "/invite carol"); got != "~ "+testkit.English(reply.NotYourRoom, "den") {
		t.Errorf("bob invites: %s", got)
	}
	if got := roomtest.Does(t, carol, "/join #den"); !strings.Contains(got, "is private") {
		t.Errorf("carol: %s", got)
	}

	if got := roomtest.Does(t, alice, "/room public"); got != "~ "+testkit.English(reply.ConfirmOpenRoom, "den") {
		t.Errorf("/room public: %s", got)
	}
	roomtest.Read(t, bob)
	if got := roomtest.Does(t, alice, "/room public yes"); got != "~ "+testkit.English(reply.RoomPublic, "den") {
		t.Errorf("/room public yes: %s", got)
	}
	roomtest.Expect(t, bob, "~ "+testkit.English(reply.RoomPublic, "den"))
	if got := roomtest.Does(t, alice, "/room public"); got != "~ "+testkit.English(reply.RoomPublic, "den") {
		t.Errorf("/room public of a public room: %s", got)
	}
	roomtest.Does(t, alice, "/room private")

	again := b.Reopen(t)
	bob = roomtest.Enter(t, again, roomtest.At("bob", "B"))
	roomtest.Read(t, bob)
	bob.HandleLine("/join den", command.SlashSyntax)
	roomtest.Expect(t, bob, "entered den (secrets): 1 here")
	if got := roomtest.Does(t, roomtest.Enter(t, again, roomtest.At("carol", "C")), "/join den"); !strings.Contains(got, "is private") {
		t.Errorf("carol, after a restart: %s", got)
	}
}

// A room that was empty for a day is closed, and what was said in it is erased.
func TestEmptyRoomsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := roomtest.NewFakeRecordStore()
		h := b.NewHub(room.Config{HistoryLimits: room.HistoryLimits{Lines: 200}})
		followers := h.Subscribe()
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.Does(t, alice, "/join #go")
		alice.HandleLine("hello", 0)
		roomtest.Does(t, alice, "/part")
		time.Sleep(room.EmptyRoomTTL)
		if got := roomtest.Does(t, alice, "/rooms"); !strings.Contains(got, "#go, 0 there") {
			t.Errorf("after a day: %s", got)
		}
		time.Sleep(time.Second)
		if got := roomtest.Does(t, alice, "/rooms"); strings.Contains(got, "#go") || len(b.Tables["rooms"]) != 0 {
			t.Errorf("later: %s", got)
		}
		if got := followers.ClosedRooms(); len(got) != 1 || got[0] != "go" {
			t.Errorf("followers read of %q", got)
		}
		roomtest.Read(t, alice)
		alice.HandleLine("/join #go", command.SlashSyntax)
		roomtest.Expect(t, alice, "entered go (): 1 here")
	})
}

// A terminal that takes over has the old one's current room, and is in the same rooms.
func TestTakeoverInRoom(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 200}})
	old, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Does(t, old, "/join #go")
	bob.HandleLine("in the lobby", 0)
	roomtest.Does(t, bob, "/join #go")
	bob.HandleLine("before", 0)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	if got := outside(alice); alice.RoomName() != "go" || got != "lobby 1" {
		t.Errorf("alice is in %s, her other rooms are %s", alice.RoomName(), got)
	}
	if got := roomtest.Words(roomtest.Arrive(t, alice, 5).Messages); got != "bob: before" {
		t.Errorf("alice is shown %s", got)
	}
	bob.HandleLine("after", 0)
	roomtest.Expect(t, alice, "bob: after")
	alice.Leave(room.Quit)
	bob.Leave(room.Quit)
	empty(t, h)
}

// A user who leaves a room at a terminal stays a member while a pipe with the same key is there, so
// that its messages come from a listed user.
func TestPartBesideAPipe(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "A", Scripted: true})
	roomtest.Does(t, bob, "/join tea")
	if _, err := pipe.StartIn("tea"); err != nil {
		t.Fatal(err)
	}
	roomtest.Does(t, alice, "/join tea")
	roomtest.Does(t, alice, "/part")
	roomtest.Does(t, pipe, "by pipe")
	if got := roomtest.Does(t, bob, "/who"); alice.RoomName() != string(room.Lobby) || got != "here: alice,bob" {
		t.Errorf("alice is in %s, and in #tea are %s", alice.RoomName(), got)
	}
	roomtest.Read(t, bob)
	pipe.Leave(room.Quit)
	roomtest.Does(t, alice, "/join tea")
	roomtest.Does(t, alice, "/part")
	roomtest.Expect(t, bob, "-alice (quit)")
}

// A room stays for a day after the last user left it, in whatever way, and keeps its owner and its
// history.
func TestRoomStaysForADay(t *testing.T) {
	for _, way := range []string{"/part", "/quit"} {
		synctest.Test(t, func(t *testing.T) {
			h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}})
			bob, carol := roomtest.Enter(t, h, roomtest.At("bob", "B")), roomtest.Enter(t, h, roomtest.At("carol", "C"))
			roomtest.Does(t, bob, "/join tea")
			roomtest.Does(t, bob, "hello")
			time.Sleep(2 * room.EmptyRoomTTL) // with bob there
			bob.HandleLine(way, command.SlashSyntax)
			time.Sleep(room.EmptyRoomTTL)
			if got := roomtest.Does(t, carol, "/join tea"); got != "entered tea (): 1 here, bob: hello" {
				t.Errorf("a day after bob's %s carol reads %q", way, got)
			}
			roomtest.Does(t, carol, "/part")
			time.Sleep(room.EmptyRoomTTL + 1)
			if got := roomtest.Does(t, carol, "/join tea"); got != "entered tea (): 1 here" {
				t.Errorf("after more than a day carol reads %q", got)
			}
		})
	}
}

// A room with followers is not closed even if it is empty: a program keeps reading what is said
// there.
func TestFollowedRoomStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}})
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		roomtest.Does(t, bob, "/join tea")
		roomtest.Does(t, bob, "/part")
		ci := roomtest.At("ear", "E")
		ci.Room = "tea"
		ear, _ := roomtest.Follow(t, h, ci)
		time.Sleep(2 * room.EmptyRoomTTL)
		roomtest.Does(t, bob, "/join tea")
		roomtest.Does(t, bob, "hello")
		roomtest.Expect(t, ear, "+bob; bob: hello")
		roomtest.Does(t, bob, "/part")
		ear.Leave(room.Quit)
		time.Sleep(2 * room.EmptyRoomTTL)
		if got := roomtest.Does(t, bob, "/join tea"); got != "entered tea (): 1 here" {
			t.Errorf("bob reads %q", got)
		}
	})
}

// Whatever people do in rooms at the same time, each reads a room's lines in order and none twice,
// and nobody is left in any of them.
func TestRoomsRace(t *testing.T) {
	h := room.New(room.Config{})
	var crowd sync.WaitGroup
	for i := range 24 {
		crowd.Go(func() {
			s, err := roomtest.EnterHub(h, roomtest.At(fmt.Sprint("u", i), ids.Fingerprint(fmt.Sprint("key", i%20))))
			if err != nil {
				t.Error(err)
				return
			}
			var reading sync.WaitGroup
			reading.Go(func() {
				buf := make([]room.Item, 0, 16)
				in, last := room.Lobby, uint64(0)
				for s.Wait() == nil {
					for _, e := range s.Take(buf) {
						entered, ok := e.(*room.RoomEntered)
						switch {
						case ok:
							in, last = ids.Room(entered.Room), 0
						case roomtest.EventOf(e).Seq != 0 && roomtest.EventOf(e).Seq <= last:
							t.Errorf("%s reads %d after %d in %s", s.UserInfo().Name, roomtest.EventOf(e).Seq, last, in)
						case roomtest.EventOf(e).Seq != 0:
							last = roomtest.EventOf(e).Seq
						}
					}
					s.Unread()
				}
			})
			for n := range 60 {
				switch rand.IntN(4) {
				case 0:
					s.HandleLine(fmt.Sprint("/join #room", rand.IntN(3)), command.SlashSyntax)
				case 1:
					s.HandleLine("/part", command.SlashSyntax)
				default:
					s.HandleLine(fmt.Sprint("line ", n), 0)
				}
			}
			s.Leave(room.Quit)
			reading.Wait()
		})
	}
	crowd.Wait()
	empty(t, h)
}

// A user who enters a room sees its last lines, without those of ignored users, up to the events
// that they then read.
func TestEnteringShowsTheLastLines(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 1000}})
	alice, bob, carol := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B")), roomtest.Enter(t, h, roomtest.At("carol", "C"))
	for _, s := range []*command.Runner{alice, bob} {
		s.HandleLine("/join go", command.SlashSyntax)
	}
	for i := range 2 * room.LinesOnEntering {
		alice.HandleLine(fmt.Sprint("line ", i), command.SlashSyntax)
		bob.HandleLine("noise", command.SlashSyntax)
	}
	carol.HandleLine("/ignore bob", command.SlashSyntax)
	roomtest.Read(t, carol)
	want := "entered go (): 3 here"
	for i := range room.LinesOnEntering {
		want += fmt.Sprint(", alice: line ", room.LinesOnEntering+i)
	}
	if got := roomtest.Does(t, carol, "/join go"); !strings.HasPrefix(got, want) || strings.Contains(got, "noise") {
		t.Errorf("carol reads %q, want %q", got, want)
	}
}

// A user with a valid name enters under it, and anybody else gets another one.
func FuzzEnter(f *testing.F) {
	for _, seed := range []string{"alice", "张三", "a|b", "1.2.3.4:5", "[::1]", "Ａ", "ﷺ", "ß", "İ", "x\u0301", "🍵", " a", "K", "ſ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if _, err := names.Check(name); err != nil {
			return
		}
		h := room.New(room.Config{})
		a, _ := roomtest.EnterHub(h, room.ClientInfo{RequestedName: name})
		b, _ := roomtest.EnterHub(h, room.ClientInfo{RequestedName: name})
		if a.UserInfo().Name != name || b.UserInfo().Name == name || h.CountSessions() != 2 {
			t.Fatalf("%+q and %+q", a.UserInfo().Name, b.UserInfo().Name)
		}
		a.Leave(room.Quit)
		b.Leave(room.Quit)
		if h.CountSessions() != 0 || len(roomtest.Peek(h).Online.ByName)+len(roomtest.Peek(h).Online.BySkeleton) != 0 {
			t.Fatalf("%+q stays online", name)
		}
	})
}
