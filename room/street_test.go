package room

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func saidIn(h *House, room string) (texts []string) {
	h.mu.Lock()
	r := h.rooms[room]
	h.mu.Unlock()
	if r == nil {
		return []string{"NO SUCH ROOM"}
	}
	for _, e := range r.remembered() {
		texts = append(texts, e.Text)
	}
	return texts
}

// A room that is closed and founded anew begins to number its events at 1 again;
// the others must not take them for events that they have heard.
func TestRoomFoundedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		ada := s.houses[0].come("ada", "K1")
		ada.Line("/join tea", Slashed)
		s.settle()
		for range 20 {
			ada.Line("old", Slashed)
		}
		s.settle()
		if n := len(saidIn(s.houses[1].House, "tea")); n != 20 {
			t.Fatal("before:", n)
		}
		ada.Line("/part", Slashed)
		s.settle()
		time.Sleep(25 * time.Hour)
		ada.Line("/rooms", Slashed) // sweeps
		s.settle()
		ada.Line("/join tea", Slashed)
		s.settle()
		ada.Line("new line", Slashed)
		s.settle()
		if got := saidIn(s.houses[1].House, "tea"); !slices.Contains(got, "new line") {
			t.Errorf("the other house has %q", got)
		}
	})
}

type noHome struct{}

func (noHome) Hand(uint64, *Event) error                    { return nil }
func (noHome) SendAway(uint64, Reason, Phrase, []any) error { return nil }
func (noHome) Post(uint64, *Event)                          {}

// What a neighbour says is heard once, however often it comes: it is told again where a
// message was lost, and some of it is in the store, too.
func TestHeardOnce(t *testing.T) {
	h := remembering(ringSize, Memory{Lines: 100})
	n := h.Neighbour("one", noHome{})
	n.Begin("process", map[string]uint64{Lobby: 3})
	says := func(seq uint64, text string) *Event {
		return &Event{Seq: seq, Time: time.Now(), Kind: Said, Who: &Who{ID: 1, Name: "ada"}, Text: text}
	}
	n.Hear(Lobby, says(3, "before"))
	n.Hear(Lobby, says(4, "four"))
	n.Hear(Lobby, says(4, "four"))
	n.HearStored("process", Lobby, says(4, "four"))
	n.HearStored("process", Lobby, says(6, "six"))
	n.HearStored("process", Lobby, says(6, "six"))
	for i, text := range []string{"five", "six", "seven", "seven"} {
		n.Hear(Lobby, says(uint64(5+min(i, 2)), text))
	}
	if got := saidIn(h, Lobby); !slices.Equal(got, []string{"four", "six", "five", "seven"}) {
		t.Errorf("heard was %q", got)
	}
}

// What a house has heard is remembered until it is forgotten, or beyond the limits; a process of
// which something was heard stays known when it is followed by another one.
func TestHeardIsRemembered(t *testing.T) {
	h := remembering(ringSize, Memory{Lines: 2})
	n := h.Neighbour("one", noHome{})
	n.Begin("process", nil)
	heard := map[string]*Event{}
	for i, key := range []string{"bob", "ada", "bob"} {
		e := &Event{Seq: uint64(i + 1), Time: time.Now(), Kind: Said, Who: &Who{ID: 1, Name: key, Key: key}, Text: "hi"}
		heard[fmt.Sprint(i, " ", key)] = e
		n.Hear(Lobby, e)
	}
	has := func(want ...string) {
		t.Helper()
		var got []string
		for name, e := range heard {
			if n.Remembers(Lobby, e) {
				got = append(got, name)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("it remembers %q, want %q", got, want)
		}
	}
	has("1 ada", "2 bob")
	n.Begin("another", nil)
	n.HearStored("process", Lobby, &Event{Seq: 4, Time: time.Now(), Kind: Forgot, Who: &Who{Key: "bob"}})
	has("1 ada")
	n.HearStored("process", Lobby, &Event{Seq: 2, Time: time.Now(), Kind: Said, Who: &Who{Name: "ada"}, Text: "again"})
	has("1 ada")
	if n.Remembers("tea", heard["1 ada"]) {
		t.Error("it is remembered in a room that there is not")
	}
}

// With three houses: a remote rename frees a name that somebody of a third house
// is called at home, who is called so then.
func TestWishAfterRename(t *testing.T) {
	h := NewHouse()
	h.Relay("me")
	n1, n2 := h.Neighbour("one", noHome{}), h.Neighbour("two", noHome{})
	now := time.Now()
	x := Session{ID: 1, Who: Who{ID: 1, Name: "bob"}, Door: "ssh", Since: now, Named: now, Terminal: true}
	n1.Meet([]Session{x})
	n2.Meet([]Session{{ID: 2, Who: Who{ID: 2, Name: "bob"}, Door: "ssh", Since: now.Add(2 * time.Second), Named: now.Add(2 * time.Second), Terminal: true}})
	x.Who.Name, x.Named = "zed", now.Add(time.Second) // it was called zed before the other one came
	n1.Meet([]Session{x})
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.online["bob"]; p == nil {
		t.Errorf("nobody is bob here; %v", h.people)
		for name := range h.online {
			t.Log("here:", name)
		}
	}
}

// Who leaves is not told of where other sessions of the person stay. But in another
// house that one may be called otherwise, and readers are woken to read it.
func TestReadersWakeForWhatFollowsLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		h.Relay("me")
		n := h.Neighbour("one", noHome{})
		time.Sleep(time.Hour)
		here := enter(t, h, at("ada", "K"))
		before := time.Now().Add(-time.Minute)
		n.Meet([]Session{{ID: 1, Who: Who{ID: 1, Name: "zed", Key: "K"}, Door: "ssh", Since: before, Named: before}})
		bob := enter(t, h, at("bob", ""))
		time.Sleep(2 * movePause)
		read(t, bob)
		woken := make(chan error, 1)
		go func() { woken <- bob.Wait() }()
		synctest.Wait()
		if len(woken) > 0 {
			t.Fatal("bob is awake already")
		}
		here.Leave(Quit)
		synctest.Wait()
		if len(woken) == 0 {
			t.Error("bob sleeps on")
			bob.Nudge()
		}
		<-woken
		expect(t, bob, "ada=zed")
	})
}

// Two houses with sessions of one person do not tell each other for ever what it is.
func TestPingPong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		a, b := s.houses[0], s.houses[1]
		ada := a.come("ada", "K1")
		s.settle()
		pipe, err := b.Enter(Visitor{Name: "ada", Key: "K1", Door: "ssh", Patient: true, Remote: netip.MustParseAddr("192.0.2.1")})
		if err != nil {
			t.Fatal(err)
		}
		s.settle()
		ada.Line("/name release ada yes", Slashed)
		pipe.Line("/away", Slashed)
		rounds := 0
		for ; rounds < 1000; rounds++ { // news crosses on the way
			fromA, fromB := a.relay.Changed(), b.relay.Changed()
			if len(fromA)+len(fromB) == 0 {
				break
			}
			b.other.Meet(fromA)
			a.other.Meet(fromB)
		}
		if rounds == 1000 {
			t.Error("they go on telling each other for ever")
		}
	})
}

// What somebody said with a key that was another person's before is forgotten in both
// houses.
func TestForgetOldKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		a, b := s.houses[0], s.houses[1]
		old := a.come("old", "K2")
		old.Line("said with K2", Slashed)
		s.settle()
		ada := a.come("ada", "K1")
		buf := make([]*Event, 0, 100)
		ada.Line("/key add", Slashed)
		code := ""
		for _, e := range ada.Take(buf) {
			if e.Phrase == KeyOffer {
				code = e.Args[0].(string)
			}
		}
		old.Line("/key add "+code+" yes", Slashed)
		s.settle()
		ada.Line("said with K1", Slashed)
		s.settle()
		ada.Line("/forget me yes", Slashed)
		s.settle()
		if at := saidIn(a.House, Lobby); len(at) != 0 {
			t.Fatalf("at home: %q", at)
		}
		if at := saidIn(b.House, Lobby); len(at) != 0 {
			t.Errorf("the other house still has %q", at)
		}
	})
}

// An operator has somebody forgotten who is at another house: what that one typed is
// not kept.
func TestForgottenElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		a, b := s.houses[0], s.houses[1]
		root := a.come("root", "K1")
		root.Line("/op "+a.OfferOperator(), Slashed)
		ada := b.come("ada", "K2")
		ada.types("a secret that I typed")
		s.settle()
		root.Line("/forget ada yes", Slashed)
		s.settle()
		ada.Leave(Quit)
		s.settle()
		b.mu.Lock()
		defer b.mu.Unlock()
		if kept := b.typed["K2"]; kept != nil {
			t.Errorf("kept: %q", kept.Lines)
		}
	})
}

// Who came with a key that is removed at another house has to leave.
func TestRevokedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		a, b := s.houses[0], s.houses[1]
		ada, second := a.come("ada", "K1"), a.come("second", "SHA256:stolen")
		buf := make([]*Event, 0, 100)
		ada.Line("/key add", Slashed)
		code := ""
		for _, e := range ada.Take(buf) {
			if e.Phrase == KeyOffer {
				code = e.Args[0].(string)
			}
		}
		second.Line("/key add "+code+" yes", Slashed)
		s.settle()
		thief, err := b.Enter(Visitor{Name: "ada", Key: "SHA256:stolen", Door: "ssh", Patient: true, Remote: netip.MustParseAddr("192.0.2.7")})
		if err != nil {
			t.Fatal(err)
		}
		s.settle()
		if thief.Key != "K1" {
			t.Fatal("it is", thief.Key)
		}
		ada.Line("/key remove SHA256:stolen yes", Slashed)
		s.settle()
		if thief.Reason() == "" {
			t.Errorf("the thief is still here, as %s", thief.Who().Name)
		}
	})
}

// A guest who came to another house by a proxy of that machine can be muted.
func TestMuteGuestElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		a, b := s.houses[0], s.houses[1]
		root := a.come("root", "K1")
		root.Line("/op "+a.OfferOperator(), Slashed)
		eve, err := b.Enter(Visitor{Name: "eve", Door: "classic", Remote: netip.MustParseAddr("127.0.0.1")})
		if err != nil {
			t.Fatal(err)
		}
		s.settle()
		root.Line("/mute eve 1h", Slashed)
		s.settle()
		if eve.Say("spam") == nil {
			t.Error("eve is not mute")
		}
	})
}

// Who ignores somebody no more can be reached from the other house.
func TestHeededAgainElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		a, b := s.houses[0], s.houses[1]
		ada := a.come("ada", "K1")
		s.settle()
		bob := b.come("bob", "K2")
		bob.Line("/ignore ada", Slashed)
		s.settle()
		bob.Leave(Quit)
		s.settle()
		bob = b.come("bob", "K2")
		s.settle()
		bob.Line("/unignore ada", Slashed)
		s.settle()
		if _, err := ada.Tell("bob", "hello"); err != nil {
			t.Error(err)
		}
	})
}

// A room that nobody was in for a day is somebody else's who founds it. The other house,
// which reads of the book what it says in the end, has not closed it yet: it does not
// give it back, nor show the newcomer what was said there before.
func TestRoomIsOverElsewhere(t *testing.T) {
	for _, bookFirst := range []bool{false, true} {
		for _, founder := range []string{"K1", "K2"} {
			synctest.Test(t, func(t *testing.T) { foundWhereOneIsOver(t, founder, bookFirst) })
		}
	}
}

func foundWhereOneIsOver(t *testing.T, founder string, bookFirst bool) {
	s := newStreet(t)
	a, b := s.houses[0], s.houses[1]
	ada := a.come("ada", "K1")
	ada.Line("/join kitchen", Slashed)
	ada.Line("between us", Slashed)
	ada.Line("/part", Slashed)
	s.settle()
	time.Sleep(emptyTime + time.Minute)
	bob := b.come("bob", founder)
	bob.Line("/join kitchen", Slashed)
	b.pending = slices.DeleteFunc(b.pending, func(r Row) bool { return r.Table == tableRooms && r.Value == nil }) // overwritten
	if bookFirst {
		b.tell(1)
		a.tell(2)
	}
	s.settle()
	for _, one := range s.houses {
		if r := one.rooms["kitchen"]; r == nil || r.owner != founder || len(r.remembered()) > 0 {
			t.Errorf("%s founds it, and house %d has %+v", founder, one.n, r)
		}
	}
}

// Somebody leaves here, and goes on under another name elsewhere: who reads of that is
// woken for it, though nobody is told that somebody left.
func TestLeavingWakesForANewName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		h.Relay("me")
		n := h.Neighbour("one", noHome{})
		now := time.Now()
		n.Meet([]Session{{ID: 1, Who: Who{ID: 1, Name: "zed", Key: "A"}, Fingerprint: "A", Door: "ssh", Since: now, Named: now}})
		time.Sleep(time.Second)
		alice := enter(t, h, Visitor{Name: "zed", Key: "A"})
		does(t, alice, "/nick alice")
		bob := enter(t, h, at("bob", "B"))
		read(t, bob)
		var heard []string
		go func() {
			for bob.Wait() == nil {
				for _, e := range bob.Take(make([]*Event, 0, 9)) {
					heard = append(heard, describe(e))
				}
			}
		}()
		time.Sleep(time.Second)
		alice.Leave(Quit)
		time.Sleep(time.Second)
		synctest.Wait()
		if !slices.Equal(heard, []string{"alice=zed"}) {
			t.Errorf("bob reads %q", heard)
		}
		h.Close()
	})
}

// The name of somebody whose house does not answer is kept for a while: from everybody
// but for who comes here with the same key.
func TestNameOfALostNeighbourIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		n := h.Neighbour("one", noHome{})
		now := time.Now()
		n.Meet([]Session{
			{ID: 1, Who: Who{ID: 1, Name: "ada"}, Door: "ssh", Since: now, Named: now},
			{ID: 2, Who: Who{ID: 2, Name: "eve", Key: "E"}, Door: "ssh", Since: now, Named: now},
		})
		n.Lose()
		if got := enter(t, h, at("ada", "")).Who().Name; got == "ada" {
			t.Error("somebody else is ada at once")
		}
		if got := enter(t, h, at("eve", "E")).Who().Name; got != "eve" {
			t.Errorf("eve comes here and is %s", got)
		}
		time.Sleep(reserveTime + time.Second)
		if got := enter(t, h, at("ada", "")).Who().Name; got != "ada" {
			t.Errorf("long after that somebody who would be ada is %s", got)
		}
	})
}

// Somebody who is in two houses, and was called something else in each, is called what
// it was called last.
func TestWhatOneWasCalledLastCounts(t *testing.T) {
	for later, want := range map[time.Duration]string{time.Second: "zed", -time.Second: "ada", 0: "ada"} {
		synctest.Test(t, func(t *testing.T) {
			h := NewHouse()
			n := h.Neighbour("one", noHome{})
			ada := enter(t, h, at("ada", "K"))
			at := time.Now().Add(later)
			n.Meet([]Session{{ID: 1, Who: Who{ID: 1, Name: "zed", Key: "K"}, Door: "ssh", Since: at, Named: at}})
			if got := ada.Who().Name; got != want {
				t.Errorf("called zed elsewhere, %v later: here it is %s, want %s", later, got, want)
			}
		})
	}
}
