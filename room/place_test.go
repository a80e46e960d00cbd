package room

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// outside returns what u is told of the rooms that it does not look at.
func outside(u *User) string {
	var list []string
	for _, o := range u.Outside() {
		list = append(list, fmt.Sprintf("%s %d", o.Room, o.Lines))
	}
	return strings.Join(list, ",")
}

// What is said elsewhere is counted at once, also what comes after the writer has looked
// and before it rests.
func TestSaidElsewhereBeforeResting(t *testing.T) {
	h := NewHouse()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", ""))
	alice.Line("/join #go", Slashed)
	for news := true; news; news, _ = alice.Rest() {
		read(t, alice)
		alice.Renewed()
	}
	for n := 1; n <= 3; n++ {
		bob.Line("hello", 0)
		if news, _ := alice.Rest(); !news || !alice.Renewed() {
			t.Fatalf("alice is not woken for line %d", n)
		}
		if got, want := outside(alice), fmt.Sprint("lobby ", n); got != want {
			t.Errorf("alice is told of %q, want %q", got, want)
		}
	}
	if news, _ := alice.Rest(); news {
		t.Error("alice is woken for nothing")
	}
}

// Who goes to a room reads what is said there and not what is said elsewhere; of
// that it is told how much there is. Whoever is in the lobby reads nothing of a room.
func TestJoinAndPart(t *testing.T) {
	h := remembering(64, Memory{Lines: 200})
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", ""))
	read(t, alice)
	alice.Line("/join #go", Slashed)
	expect(t, alice, "entered go (): 1 here")
	alice.Line("nobody else yet", 0)
	bob.Line("lobby one", 0)
	bob.Line("lobby two", 0)
	expect(t, alice, "alice: nobody else yet")
	if got := outside(alice); got != "lobby 2" {
		t.Errorf("alice is told of %q", got)
	}
	expect(t, bob, "+bob; bob: lobby one; bob: lobby two")

	bob.Line("/join GO", Slashed)
	bob.Line("/who", Slashed)
	expect(t, bob, "entered go (): 2 here, alice: nobody else yet; here: alice,bob")
	bob.Line("hi", 0)
	bob.Line("/nick robert", Slashed)
	bob.Line("/msg alice psst", Slashed)
	expect(t, alice, "+bob; bob: hi; bob=robert; robert>alice: psst")
	alice.Line("/join lobby", Slashed)
	expect(t, alice, "entered lobby (): 2 here, bob: lobby one, bob: lobby two (2 new)")
	bob.Line("still there?", 0)
	if got := outside(alice); got != "go 1" {
		t.Errorf("alice is told of %q", got)
	}
	bob.Line("/part", Slashed)
	alice.Line("/join #go", Slashed)
	alice.Line("/part", Slashed)
	if got := read(t, alice); !strings.HasSuffix(got, "entered lobby (): 2 here, bob: lobby one, bob: lobby two") ||
		!strings.Contains(got, "bob: hi, robert: still there? (1 new)") {
		t.Errorf("alice reads %s", got)
	}
	if got := does(t, alice, "/part"); got != "~ The lobby is where everybody is." {
		t.Errorf("/part: %s", got)
	}
	alice.Leave(Quit)
	bob.Leave(Quit)
	empty(t, h)
}

// Leaving the house is told in all of one's rooms, and so is a new name.
func TestRoomsAreTold(t *testing.T) {
	h := NewHouse()
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
	h, s := NewHouse(), newShelf()
	h.Archive = s
	s.known("A", "alice", newcomerTime)
	alice := enter(t, h, at("alice", "A"))
	for _, step := range []struct{ line, want string }{
		{"/join #golang", "entered golang (): 1 here"},
		{"/join #gоlang", "~ #gоlang looks too much like #golang, which there is already."}, // with a Cyrillic о
		{"/join GoLang", "~ You are in #golang."},
		{"/join #1.2.3.4", "~ A name may not look like an address."},
		{"/join ##x", "~ " + string(NameNotAllowed)},
		{"/join #\x1b[31m", "~ " + string(NameNotAllowed)},
		{"/join #茶馆", "entered 茶馆 (): 1 here"},
		{"/join lobby", "entered lobby (): 1 here"},
	} {
		alice.Line(step.line, Slashed)
		if got := read(t, alice); !strings.Contains(got, step.want) {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	guest := enter(t, h, at("guest", ""))
	if got := does(t, guest, "/join #new"); got != "~ There is no room #new. To found one you need a key." {
		t.Errorf("a guest founds a room: %s", got)
	}
	for i := range mostFounded + 1 {
		got := does(t, alice, fmt.Sprint("/join #r", i))
		if refused := strings.Contains(got, "You have founded 5 rooms already"); refused != (i >= mostFounded-2) {
			t.Errorf("room %d: %s", i, got)
		}
	}
}

// A private room is for those whom its founder invites; others do not even see it.
// What is kept of it lasts.
func TestPrivateRoom(t *testing.T) {
	h := NewHouse()
	b := newBook(h)
	alice, bob, carol := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B")), enter(t, h, at("carol", "C"))
	guest := enter(t, h, at("guest", ""))
	does(t, alice, "/join #den")
	does(t, guest, "/join #den")
	does(t, alice, "/topic secrets")
	if got := does(t, guest, "/room private"); got != "~ #den is not yours to keep." {
		t.Errorf("a guest: %s", got)
	}
	does(t, guest, "/part")
	does(t, alice, "/room private")
	for _, u := range []*User{bob, guest} {
		if got := does(t, u, "/join #den"); got != "~ #den is private. Somebody who keeps it must invite you." {
			t.Errorf("%s: %s", u.Who().Name, got)
		}
		if got := does(t, u, "/rooms"); strings.Contains(got, "den") {
			t.Errorf("%s sees %s", u.Who().Name, got)
		}
	}
	read(t, bob)
	if got := does(t, alice, "/invite bob"); got != "~ bob is invited to #den." {
		t.Errorf("/invite: %s", got)
	}
	expect(t, bob, "~ alice invites you to #den: /join #den")
	if got := does(t, alice, "/invite guest"); !strings.Contains(got, "nobody named guest who has a key") {
		t.Errorf("/invite guest: %s", got)
	}
	does(t, bob, "/join #den")
	if got := does(t, bob, "/invite carol"); got != "~ #den is not yours to keep." {
		t.Errorf("bob invites: %s", got)
	}
	if got := does(t, carol, "/join #den"); !strings.Contains(got, "is private") {
		t.Errorf("carol: %s", got)
	}

	if got := does(t, alice, "/room public"); got != "~ Once it is open, everybody can read #den, and what was said there while it was private. Nothing has changed yet. To open it, type /room public yes" {
		t.Errorf("/room public: %s", got)
	}
	read(t, bob)
	if got := does(t, alice, "/room public yes"); got != "~ #den is open to everybody now." {
		t.Errorf("/room public yes: %s", got)
	}
	expect(t, bob, "~ #den is open to everybody now.")
	if got := does(t, alice, "/room public"); got != "~ #den is open to everybody now." {
		t.Errorf("/room public, where it is: %s", got)
	}
	does(t, alice, "/room private")

	again := b.reopen(t)
	bob = enter(t, again, at("bob", "B"))
	read(t, bob)
	bob.Line("/join den", Slashed)
	expect(t, bob, "entered den (secrets): 1 here")
	if got := does(t, enter(t, again, at("carol", "C")), "/join den"); !strings.Contains(got, "is private") {
		t.Errorf("carol, after a restart: %s", got)
	}
}

// A room where nobody was for a day is closed, and what was said in it forgotten.
func TestEmptyRoomsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := remembering(64, Memory{Lines: 200})
		b := newBook(h)
		followers := h.Follow()
		alice := enter(t, h, at("alice", "A"))
		does(t, alice, "/join #go")
		alice.Line("hello", 0)
		does(t, alice, "/part")
		time.Sleep(emptyTime)
		if got := does(t, alice, "/rooms"); !strings.Contains(got, "#go, 0 there") {
			t.Errorf("after a day: %s", got)
		}
		time.Sleep(time.Second)
		if got := does(t, alice, "/rooms"); strings.Contains(got, "#go") || len(b.tables[tableRooms]) != 0 {
			t.Errorf("later: %s", got)
		}
		if got := followers.Closed(); len(got) != 1 || got[0] != "go" {
			t.Errorf("followers are told of %q", got)
		}
		read(t, alice)
		alice.Line("/join #go", Slashed)
		expect(t, alice, "entered go (): 1 here")
	})
}

// A terminal that takes over sits where the old one sat, in the same rooms.
func TestTakeoverInRoom(t *testing.T) {
	h := remembering(64, Memory{Lines: 200})
	old, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", ""))
	does(t, old, "/join #go")
	bob.Line("in the lobby", 0)
	does(t, bob, "/join #go")
	bob.Line("before", 0)
	alice := enter(t, h, at("alice", "A"))
	if got := outside(alice); alice.Here() != "go" || got != "lobby 1" {
		t.Errorf("alice is in %s, outside are %s", alice.Here(), got)
	}
	if got := words(arrive(t, alice, 5).Past); got != "bob: before" {
		t.Errorf("alice is shown %s", got)
	}
	bob.Line("after", 0)
	expect(t, alice, "bob: after")
	alice.Leave(Quit)
	bob.Leave(Quit)
	empty(t, h)
}

// Who leaves a room at a terminal is there still while a pipe of the same key is: what
// that says comes from somebody who is listed.
func TestPartBesideAPipe(t *testing.T) {
	h := NewHouse()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	pipe := enter(t, h, Visitor{Name: "alice", Key: "A", Patient: true})
	does(t, bob, "/join tea")
	if _, err := pipe.Begin("tea"); err != nil {
		t.Fatal(err)
	}
	does(t, alice, "/join tea")
	does(t, alice, "/part")
	does(t, pipe, "by pipe")
	if got := does(t, bob, "/who"); alice.Here() != Lobby || got != "here: alice,bob" {
		t.Errorf("alice is in %s, and in #tea are %s", alice.Here(), got)
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
			h := remembering(64, Memory{Lines: 100})
			bob, carol := enter(t, h, at("bob", "B")), enter(t, h, at("carol", "C"))
			does(t, bob, "/join tea")
			does(t, bob, "hello")
			time.Sleep(2 * emptyTime) // with bob there
			bob.Line(way, Slashed)
			time.Sleep(emptyTime)
			if got := does(t, carol, "/join tea"); got != "entered tea (): 1 here, bob: hello" {
				t.Errorf("a day after bob's %s carol reads %q", way, got)
			}
			does(t, carol, "/part")
			time.Sleep(emptyTime + 1)
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
		h := remembering(64, Memory{Lines: 100})
		bob := enter(t, h, at("bob", "B"))
		does(t, bob, "/join tea")
		does(t, bob, "/part")
		v := at("ear", "E")
		v.Room = "tea"
		ear, _ := listen(t, h, v)
		time.Sleep(2 * emptyTime)
		does(t, bob, "/join tea")
		does(t, bob, "hello")
		expect(t, ear, "+bob; bob: hello")
		does(t, bob, "/part")
		ear.Leave(Quit)
		time.Sleep(2 * emptyTime)
		if got := does(t, bob, "/join tea"); got != "entered tea (): 1 here" {
			t.Errorf("bob reads %q", got)
		}
	})
}

// Whatever people do in rooms at once, each reads the lines of a room in their order
// and none twice, and nobody is left anywhere.
func TestRoomsRace(t *testing.T) {
	h := newHouse(1 << 12)
	var crowd sync.WaitGroup
	for i := range 24 {
		crowd.Go(func() {
			u, err := h.Enter(at(fmt.Sprint("u", i), fmt.Sprint("key", i%20)))
			if err != nil {
				t.Error(err)
				return
			}
			var reading sync.WaitGroup
			reading.Go(func() {
				buf := make([]*Event, 0, 16)
				room, last := Lobby, uint64(0)
				for u.Wait() == nil {
					for _, e := range u.Take(buf) {
						switch {
						case e.Kind == Entered:
							room, last = e.Room, 0
						case e.Seq != 0 && e.Seq <= last:
							t.Errorf("%s reads %d after %d in %s", u.Who().Name, e.Seq, last, room)
						case e.Seq != 0:
							last = e.Seq
						}
					}
					u.Outside()
				}
			})
			for n := range 60 {
				switch rand.IntN(4) {
				case 0:
					u.Line(fmt.Sprint("/join #room", rand.IntN(3)), Slashed)
				case 1:
					u.Line("/part", Slashed)
				default:
					u.Line(fmt.Sprint("line ", n), 0)
				}
			}
			u.Leave(Quit)
			reading.Wait()
		})
	}
	crowd.Wait()
	empty(t, h)
}

// Who comes into a room sees the last lines of those whom it does not ignore, up to
// where the others begin to read.
func TestEnteringShowsTheLastLines(t *testing.T) {
	h := NewHouse()
	h.Memory.Lines = 1000
	alice, bob, carol := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B")), enter(t, h, at("carol", "C"))
	for _, u := range []*User{alice, bob} {
		u.Line("/join go", Slashed)
	}
	for i := range 2 * shownOnEntering {
		alice.Line(fmt.Sprint("line ", i), Slashed)
		bob.Line("noise", Slashed)
	}
	carol.Line("/ignore bob", Slashed)
	read(t, carol)
	want := "entered go (): 3 here"
	for i := range shownOnEntering {
		want += fmt.Sprint(", alice: line ", shownOnEntering+i)
	}
	if got := does(t, carol, "/join go"); !strings.HasPrefix(got, want) || strings.Contains(got, "noise") {
		t.Errorf("carol reads %q, want %q", got, want)
	}
}
