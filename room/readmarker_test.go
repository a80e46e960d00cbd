package room

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// listen has somebody follow a room, and returns what was said before.
func listen(t testing.TB, h *Hub, ci ClientInfo, since ...string) (*Session, []*Event) {
	t.Helper()
	s, _, err := h.Exec(ci)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Leave(Quit) })
	e, err := s.RunCommand(append([]string{"follow"}, since...))
	if err != nil {
		t.Fatal(err)
	}
	return s, messagesOf(e)
}

// A follower reads what happens without being seen, and gets no private messages.
func TestFollower(t *testing.T) {
	h := NewHub()
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
	if n := len(h.usersIn(bob.room())); n != 2 {
		t.Errorf("%d are here", n)
	}
	_, err := bob.RunCommand([]string{"to", "ear", "psst"})
	refuses(t, "a message to who follows", err, reply.NoSuchUser)
	h.Close()
	read(t, ear)
	if err := ear.Wait(); !errors.Is(err, Stopping) {
		t.Errorf("it ends with %v", err)
	}
}

// A follow goes on after the last line that the person's last one received, whatever happened
// meanwhile, also at another node with the same store.
func TestFollowSinceLast(t *testing.T) {
	h := remembering(lobbyRingSize, HistoryLimits{Lines: 100})
	b := newFakeRecordStore(h)
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
	again.AckRead(before[0].Time, 0)
	again.StopFollowing()
	said := bob.room().pastLines()

	later := remembering(lobbyRingSize, HistoryLimits{Lines: 100})
	if err := later.Load(b.rows()); err != nil {
		t.Fatal(err)
	}
	later.LoadHistory(Lobby, said, time.Time{})
	if _, before = listen(t, later, at("ear", "E"), "last"); len(before) != 1 || before[0].Text != "three" {
		t.Errorf("after a restart it reads %v", before)
	}
	if _, before = listen(t, later, at("x", ""), fmt.Sprint(said[0].Time.UnixNano())); len(before) != 2 {
		t.Errorf("after the first line there are %d", len(before))
	}
	s, _, _ := later.Exec(at("x", ""))
	_, err := s.RunCommand([]string{"follow", "last"})
	refuses(t, "a place without a key", err, reply.NeedKey)
	_, err = s.RunCommand([]string{"follow", "yesterday"})
	refuses(t, "no time", err, reply.InvalidTime)
}

// Kicks, bans and ignore lists apply to followers too, and so does a room that becomes private.
func TestFollowerMustBeAllowedIn(t *testing.T) {
	h := NewHub()
	h.IsOperatorKey = func(key string) bool { return key == "O" }
	op := enter(t, h, at("op", "O"))
	bob := enter(t, h, at("bob", "B"))
	enter(t, h, at("ear", "E"))
	ear, _ := listen(t, h, at("ear", "E"))
	v, _, _ := h.Exec(at("ear", "E"))
	if _, err := v.RunCommand([]string{"ignore", "bob"}); err != nil {
		t.Fatal(err)
	}
	does(t, bob, "hello")
	does(t, op, "/kick ear")
	if got := read(t, ear); got != "~ "+testkit.English(reply.GoodbyeKicked)+"; left: kicked" {
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
	_, _, err := h.Exec(guest)
	refuses(t, "to look into a private room", err, reply.RoomIsPrivate)
}

// Places are of no more people than may be. Nobody's is dropped for a newcomer's, who is told
// that its own is not kept; a month later those go whose people did not come again.
func TestReadMarkersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.NameAge = 180 * 24 * time.Hour
		h.mu.Lock()
		for i := range maxReadMarkers / 2 {
			h.readMarkers.Set(fmt.Sprint(i, " lobby"), &readMarker{At: time.Now(), CreatedAt: time.Now(), UsedAt: time.Now()})
		}
		h.readMarkers.Get("0 lobby").CreatedAt = time.Now().Add(-48 * time.Hour)
		h.mu.Unlock()
		told := func(want ...reply.Code) {
			t.Helper()
			u, _, err := h.Exec(at("ear", "E"))
			if err != nil {
				t.Fatal(err)
			}
			defer u.Leave(Quit)
			e, err := u.RunCommand([]string{"follow", "last"})
			if err != nil {
				t.Fatal(err)
			}
			var got []reply.Code
			for _, s := range linesOf(e) {
				got = append(got, s.Code)
			}
			if !slices.Equal(got, want) {
				t.Errorf("it is told %q, want %q", got, want)
			}
		}
		told(reply.NoReadMarker, reply.ReadMarkerNotKept)
		if n := h.readMarkers.Len(); n != maxReadMarkers/2 {
			t.Errorf("there are %d places", n)
		}
		time.Sleep(31 * 24 * time.Hour)
		told(reply.NoReadMarker)
		told()
		if n := h.readMarkers.Len(); n != 2 || h.readMarkers.Get("0 lobby") == nil {
			t.Errorf("there are %d places", n)
		}
	})
}

// One person has so many places, and all who come from one address so many.
func TestReadMarkersPerPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.Limits = Limits{AddressLines: 1e9, AddressBurst: 1e9}
		h.mu.Lock()
		for i := range maxReadMarkersPerNewcomer {
			h.readMarkers.Set(fmt.Sprint("E r", i), &readMarker{At: time.Now()})
		}
		h.mu.Unlock()
		kept := func(key string) bool {
			ci := at("ear", key)
			ci.Remote = netip.MustParseAddr("192.0.2.1")
			s, _, err := h.Exec(ci)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Leave(Quit)
			e, err := s.RunCommand([]string{"follow"})
			return err == nil && len(linesOf(e)) == 0
		}
		if kept("E") {
			t.Error("a place of one who has as many as may be is kept")
		}
		n := 0
		for kept(fmt.Sprint("K", n)) {
			n++
		}
		if n != readMarkerQuota().burst {
			t.Errorf("%d places are kept of those who come from one address", n)
		}
	})
}

// A place that is older than what is remembered is told of, by key and by ID.
func TestReadMarkerTooOld(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 2})
	bob := enter(t, h, at("bob", "B"))
	does(t, bob, "one")
	s, _ := listen(t, h, at("ear", "E"))
	s.Leave(Quit)
	told := func(since string) []reply.Sentence {
		s, _, err := h.Exec(at("ear", "E"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave(Quit)
		e, err := s.RunCommand([]string{"follow", since})
		if err != nil {
			t.Fatal(err)
		}
		return linesOf(e)
	}
	id := fmt.Sprint(bob.room().pastLines()[0].Time.UnixNano())
	for _, line := range []string{"two", "three"} {
		does(t, bob, line)
	}
	if got := append(told("last"), told(id)...); len(got) != 0 {
		t.Errorf("nothing is missing, and it is told %v", got)
	}
	does(t, bob, "four")
	for _, since := range []string{"last", id} {
		if got := told(since); len(got) != 1 || got[0].Code != reply.ReadMarkerTooOld {
			t.Errorf("since %s it is told %v", since, got)
		}
	}
	if got := told("2h"); len(got) != 0 {
		t.Errorf("since a time it is told %v", got)
	}
}

// Events after a restart have higher IDs than everything before, even if the clock is behind the
// last join, which is stored, and the last topic, which is not.
func TestFollowSinceIDAfterTheClockWentBack(t *testing.T) {
	h := remembering(lobbyRingSize, HistoryLimits{Lines: 100})
	ahead := time.Now().Add(time.Hour)
	said := []*Event{{Kind: Said, Time: ahead, User: &UserInfo{Name: "bob"}, Text: "one"}}
	h.LoadHistory(Lobby, said, ahead.Add(time.Minute)) // when bob left
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
