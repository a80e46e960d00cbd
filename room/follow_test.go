package room

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// listen has somebody follow a room, and returns what was said before.
func listen(t testing.TB, h *House, v Visitor, since ...string) (*User, []*Event) {
	t.Helper()
	u, _, err := h.Visit(v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Leave(Quit) })
	e, err := u.Do(append([]string{"follow"}, since...))
	if err != nil {
		t.Fatal(err)
	}
	return u, e.Past
}

// Who follows reads what happens, and nobody knows; nor do private messages go there.
func TestFollower(t *testing.T) {
	h := NewHouse()
	bob := enter(t, h, at("bob", "B"))
	ear, _ := listen(t, h, at("ear", "E"))
	alice := enter(t, h, at("alice", "A"))
	does(t, bob, "hello")
	if got := read(t, ear); got != "+alice; bob: hello" {
		t.Errorf("it reads %q", got)
	}
	if got := read(t, alice); got != "+alice; bob: hello" {
		t.Errorf("alice reads %q", got)
	}
	if n := len(h.who(bob.here())); n != 2 {
		t.Errorf("%d are here", n)
	}
	_, err := bob.Do([]string{"to", "ear", "psst"})
	refuses(t, "a message to who follows", err, NoSuchUser)
	h.Close()
	read(t, ear)
	if err := ear.Wait(); !errors.Is(err, Stopping) {
		t.Errorf("it ends with %v", err)
	}
}

// A follow goes on after the line up to which the last one of the same person came,
// whatever happened meanwhile, and in a house that has the same book.
func TestFollowSinceLast(t *testing.T) {
	h := remembering(ringSize, Memory{Lines: 100})
	b := newBook(h)
	bob := enter(t, h, at("bob", "B"))
	does(t, bob, "one")
	ear, before := listen(t, h, at("ear", "E"), "last")
	if len(before) > 0 {
		t.Errorf("the first time it reads %d lines", len(before))
	}
	ear.Leave(HungUp)
	does(t, bob, "two")
	does(t, bob, "three")
	_, before = listen(t, h, at("ear", "E"), "last")
	if len(before) != 2 || before[0].Text != "two" {
		t.Fatalf("it reads %v", before)
	}
	again, before := listen(t, h, at("ear", "E"), "last")
	if len(before) != 2 { // the other one has not said that it has them
		t.Errorf("it reads %d lines", len(before))
	}
	again.Followed(before[0].Time, 0)
	again.EndFollow()
	said := bob.here().remembered()

	later := remembering(ringSize, Memory{Lines: 100})
	if err := later.Open(b.rows()); err != nil {
		t.Fatal(err)
	}
	later.Recall(Lobby, said, time.Time{})
	if _, before = listen(t, later, at("ear", "E"), "last"); len(before) != 1 || before[0].Text != "three" {
		t.Errorf("after a restart it reads %v", before)
	}
	if _, before = listen(t, later, at("x", ""), fmt.Sprint(said[0].Time.UnixNano())); len(before) != 2 {
		t.Errorf("after the first line there are %d", len(before))
	}
	u, _, _ := later.Visit(at("x", ""))
	_, err := u.Do([]string{"follow", "last"})
	refuses(t, "a place without a key", err, NeedKey)
	_, err = u.Do([]string{"follow", "yesterday"})
	refuses(t, "no time", err, NoTime)
}

// What holds for who is here holds for who follows: a kick, a ban, whom one ignores,
// and a room that is private now.
func TestFollowerIsNoSpy(t *testing.T) {
	h := NewHouse()
	h.Operator = func(key string) bool { return key == "O" }
	op := enter(t, h, at("op", "O"))
	bob := enter(t, h, at("bob", "B"))
	enter(t, h, at("ear", "E"))
	ear, _ := listen(t, h, at("ear", "E"))
	v, _, _ := h.Visit(at("ear", "E"))
	if _, err := v.Do([]string{"ignore", "bob"}); err != nil {
		t.Fatal(err)
	}
	does(t, bob, "hello")
	does(t, op, "/kick ear")
	if got := read(t, ear); got != "~ An operator had you leave.; left: kicked" {
		t.Errorf("it reads %q", got)
	}
	ear, _ = listen(t, h, at("ear", "E"))
	does(t, op, "/ban ear")
	if reason := ear.Reason(); reason != Banned {
		t.Errorf("it is here: %q", reason)
	}

	does(t, bob, "/join #tea")
	guest := at("guest", "G")
	guest.Room = "tea"
	ear, _ = listen(t, h, guest)
	does(t, bob, "/room private")
	if reason := ear.Reason(); reason != Kicked {
		t.Errorf("it is here: %q", reason)
	}
	_, _, err := h.Visit(guest)
	refuses(t, "to look into a private room", err, RoomIsPrivate)
}

// Places are of no more people than may be. Nobody's is dropped for a newcomer's, who is told
// that its own is not kept; a month later those go whose people did not come again.
func TestPlacesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		h.NameAge = 180 * 24 * time.Hour
		h.mu.Lock()
		for i := range mostFollowed / 2 {
			h.places[fmt.Sprint(i, " lobby")] = &followed{At: time.Now(), First: time.Now(), Used: time.Now()}
		}
		h.places["0 lobby"].First = time.Now().Add(-48 * time.Hour)
		h.mu.Unlock()
		told := func(want ...Phrase) {
			t.Helper()
			u, _, err := h.Visit(at("ear", "E"))
			if err != nil {
				t.Fatal(err)
			}
			defer u.Leave(Quit)
			e, err := u.Do([]string{"follow", "last"})
			if err != nil {
				t.Fatal(err)
			}
			var got []Phrase
			for _, s := range e.Lines {
				got = append(got, s.Phrase)
			}
			if !slices.Equal(got, want) {
				t.Errorf("it is told %q, want %q", got, want)
			}
		}
		told(NoPlace, PlaceNotKept)
		if n := len(h.places); n != mostFollowed/2 {
			t.Errorf("there are %d places", n)
		}
		time.Sleep(31 * 24 * time.Hour)
		told(NoPlace)
		told()
		if n := len(h.places); n != 2 || h.places["0 lobby"] == nil {
			t.Errorf("there are %d places", n)
		}
	})
}

// One person has so many places, and all who come from one address so many.
func TestPlacesOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		h.Limits = Limits{SourceLines: 1e9, SourceBurst: 1e9}
		h.mu.Lock()
		for i := range mostFollowedByNew {
			h.places[fmt.Sprint("E r", i)] = &followed{At: time.Now()}
		}
		h.mu.Unlock()
		kept := func(key string) bool {
			v := at("ear", key)
			v.Remote = netip.MustParseAddr("192.0.2.1")
			u, _, err := h.Visit(v)
			if err != nil {
				t.Fatal(err)
			}
			defer u.Leave(Quit)
			e, err := u.Do([]string{"follow"})
			return err == nil && len(e.Lines) == 0
		}
		if kept("E") {
			t.Error("a place of one who has as many as may be is kept")
		}
		n := 0
		for kept(fmt.Sprint("K", n)) {
			n++
		}
		if n != shareOfPlaces().atOnce {
			t.Errorf("%d places are kept of those who come from one address", n)
		}
	})
}

// A place that is older than what is remembered is told of, by key and by ID.
func TestPlaceIsTooOld(t *testing.T) {
	h := remembering(64, Memory{Lines: 2})
	bob := enter(t, h, at("bob", "B"))
	does(t, bob, "one")
	u, _ := listen(t, h, at("ear", "E"))
	u.Leave(Quit)
	told := func(since string) []Sentence {
		u, _, err := h.Visit(at("ear", "E"))
		if err != nil {
			t.Fatal(err)
		}
		defer u.Leave(Quit)
		e, err := u.Do([]string{"follow", since})
		if err != nil {
			t.Fatal(err)
		}
		return e.Lines
	}
	id := fmt.Sprint(bob.here().remembered()[0].Time.UnixNano())
	for _, line := range []string{"two", "three"} {
		does(t, bob, line)
	}
	if got := append(told("last"), told(id)...); len(got) != 0 {
		t.Errorf("nothing is missing, and it is told %v", got)
	}
	does(t, bob, "four")
	for _, since := range []string{"last", id} {
		if got := told(since); len(got) != 1 || got[0].Phrase != PlaceTooOld {
			t.Errorf("since %s it is told %v", since, got)
		}
	}
	if got := told("2h"); len(got) != 0 {
		t.Errorf("since a time it is told %v", got)
	}
}

// What happens after a restart has a higher id than all that was told before: where the
// clock is behind, also than a coming or going, which is stored, and a topic, which is not.
func TestFollowSinceIDAfterTheClockWentBack(t *testing.T) {
	h := remembering(ringSize, Memory{Lines: 100})
	ahead := time.Now().Add(time.Hour)
	said := []*Event{{Kind: Said, Time: ahead, Who: &Who{Name: "bob"}, Text: "one"}}
	h.Recall(Lobby, said, ahead.Add(time.Minute)) // when bob left
	told := ahead.Add(time.Minute + time.Millisecond)
	bob := enter(t, h, at("bob", "B"))
	does(t, bob, "two")
	if _, after := listen(t, h, at("ear", "E"), fmt.Sprint(told.UnixNano())); words(after) != "bob: two" {
		t.Errorf("it reads %q", words(after))
	}
	if _, after := listen(t, h, at("ear", "E"), fmt.Sprint(ahead.UnixNano())); words(after) != "bob: two" {
		t.Errorf("after the line it reads %q", words(after))
	}
}
