package room

import (
	"errors"
	"fmt"
	"testing"
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

// Places are of no more people than may be, and the oldest go first.
func TestPlacesAreFew(t *testing.T) {
	h := NewHouse()
	at0 := time.Unix(1000, 0)
	h.mu.Lock()
	for i := range mostFollowed {
		h.places[fmt.Sprint(i, " lobby")] = &followed{At: at0.Add(time.Duration(i))}
	}
	h.mu.Unlock()
	listen(t, h, at("ear", "E"))
	if n := len(h.places); n != mostFollowed || h.places["0 lobby"] != nil {
		t.Errorf("there are %d places", n)
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
