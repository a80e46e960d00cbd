package follow_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/follow"
	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A follower reads what happens without being seen, and gets no private messages.
func TestFollower(t *testing.T) {
	h := room.New(room.Config{})
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	ear, _ := roomtest.Follow(t, h, roomtest.At("ear", "E"))
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Does(t, bob, "hello")
	if got := roomtest.Read(t, ear); got != "+alice; bob: hello" {
		t.Errorf("the follower reads %q", got)
	}
	if got := roomtest.Read(t, alice); got != "+alice; bob: hello" {
		t.Errorf("alice reads %q", got)
	}
	if n := len(h.UsersIn(bob.Room())); n != 2 {
		t.Errorf("%d users are online", n)
	}
	_, err := bob.RunCommand([]string{"to", "ear", "psst"})
	roomtest.Refuses(t, "a message to who follows", err, reply.NoSuchUser)
	h.Close()
	roomtest.Read(t, ear)
	if err := ear.Wait(); !errors.Is(err, room.Stopping) {
		t.Errorf("the follow ends with %v", err)
	}
}

// A follow continues after the last line that the person's previous one received, whatever happened
// meanwhile, even at another node with the same store.
func TestFollowSinceLast(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}})
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, bob, "one")
	ear, before := roomtest.Follow(t, h, roomtest.At("ear", "E"), "last")
	if len(before) > 0 {
		t.Errorf("the first time the follower reads %d lines", len(before))
	}
	ear.Leave(room.HungUp)
	roomtest.Does(t, bob, "two")
	roomtest.Does(t, bob, "three")
	_, before = roomtest.Follow(t, h, roomtest.At("ear", "E"), "last")
	if len(before) != 2 || before[0].Text != "two" {
		t.Fatalf("the follower reads %v", before)
	}
	again, before := roomtest.Follow(t, h, roomtest.At("ear", "E"), "last")
	if len(before) != 2 { // the other one has not confirmed them
		t.Errorf("the follower reads %d lines", len(before))
	}
	follow.Ack(again.Session, before[0].Time, 0)
	follow.Stop(again.Session)
	said := bob.Room().PastLines()

	later := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}})
	if err := later.Load(b.Rows()); err != nil {
		t.Fatal(err)
	}
	later.LoadHistory(room.Lobby, said, time.Time{})
	if _, before = roomtest.Follow(t, later, roomtest.At("ear", "E"), "last"); len(before) != 1 || before[0].Text != "three" {
		t.Errorf("after a restart the follower reads %v", before)
	}
	if _, before = roomtest.Follow(t, later, roomtest.At("x", ""), fmt.Sprint(said[0].Time.UnixNano())); len(before) != 2 {
		t.Errorf("after the first line there are %d", len(before))
	}
	s, _, _ := roomtest.ExecHub(later, roomtest.At("x", ""))
	_, err := s.RunCommand([]string{"follow", "last"})
	roomtest.Refuses(t, "a place without a key", err, reply.NeedKey)
	_, err = s.RunCommand([]string{"follow", "yesterday"})
	roomtest.Refuses(t, "no time", err, reply.InvalidTime)
}

// Kicks, bans and ignore lists apply to followers too, and so does a room that becomes private.
func TestFollowerMustBeAllowedIn(t *testing.T) {
	h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return key == "O" }})
	op := roomtest.Enter(t, h, roomtest.At("op", "O"))
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Enter(t, h, roomtest.At("ear", "E"))
	ear, _ := roomtest.Follow(t, h, roomtest.At("ear", "E"))
	v, _, _ := roomtest.ExecHub(h, roomtest.At("ear", "E"))
	if _, err := v.RunCommand([]string{"ignore", "bob"}); err != nil {
		t.Fatal(err)
	}
	roomtest.Does(t, bob, "hello")
	roomtest.Does(t, op, "/kick ear")
	if got := roomtest.Read(t, ear); got != "~ "+testkit.English(reply.GoodbyeKicked)+"; left: kicked" {
		t.Errorf("the follower reads %q", got)
	}
	ear, _ = roomtest.Follow(t, h, roomtest.At("ear", "E"))
	roomtest.Does(t, op, "/ban ear")
	if reason := ear.Reason(); reason != room.Banned {
		t.Errorf("the follower is still online: %q", reason)
	}

	roomtest.Does(t, bob, "/join #tea")
	guest := roomtest.At("guest", "G")
	guest.Room = "tea"
	ear, _ = roomtest.Follow(t, h, guest)
	roomtest.Does(t, bob, "/room private")
	if reason := ear.Reason(); reason != room.Kicked {
		t.Errorf("the follower is still online: %q", reason)
	}
	_, _, err := roomtest.ExecHub(h, guest)
	roomtest.Refuses(t, "to look into a private room", err, reply.RoomIsPrivate)
}

// The number of people with a read marker is limited. Nobody's marker is dropped for a new one,
// whose owner is told that it is not kept; after a month, markers of people who did not return are
// dropped.
func TestReadMarkersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{NameAge: 180 * 24 * time.Hour}})
		st := h.Lock()
		for i := range accounts.MaxReadMarkers / 2 {
			st.ReadMarkers.Set(fmt.Sprint(i, " lobby"), &accounts.ReadMarker{At: time.Now(), CreatedAt: time.Now(), UsedAt: time.Now()})
		}
		st.ReadMarkers.Get("0 lobby").CreatedAt = time.Now().Add(-48 * time.Hour)
		st.Unlock()
		told := func(want ...reply.Code) {
			t.Helper()
			u, _, err := roomtest.ExecHub(h, roomtest.At("ear", "E"))
			if err != nil {
				t.Fatal(err)
			}
			defer u.Leave(room.Quit)
			e, err := u.RunCommand([]string{"follow", "last"})
			if err != nil {
				t.Fatal(err)
			}
			var got []reply.Code
			for _, s := range roomtest.LinesOf(e) {
				got = append(got, s.Code)
			}
			if !slices.Equal(got, want) {
				t.Errorf("the follower is told %q, want %q", got, want)
			}
		}
		told(reply.NoReadMarker, reply.ReadMarkerNotKept)
		if n := st.ReadMarkers.Len(); n != accounts.MaxReadMarkers/2 {
			t.Errorf("there are %d markers", n)
		}
		time.Sleep(31 * 24 * time.Hour)
		told(reply.NoReadMarker)
		told()
		if n := st.ReadMarkers.Len(); n != 2 || st.ReadMarkers.Get("0 lobby") == nil {
			t.Errorf("there are %d markers", n)
		}
	})
}

// The numbers of markers per person and per address are limited.
func TestReadMarkersPerPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1e9, AddressBurst: 1e9}}})
		st := h.Lock()
		for i := range accounts.MaxReadMarkersPerNewcomer {
			st.ReadMarkers.Set(fmt.Sprint("E r", i), &accounts.ReadMarker{At: time.Now()})
		}
		st.Unlock()
		kept := func(key ids.Fingerprint) bool {
			ci := roomtest.At("ear", key)
			ci.Remote = netip.MustParseAddr("192.0.2.1")
			s, _, err := roomtest.ExecHub(h, ci)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Leave(room.Quit)
			e, err := s.RunCommand([]string{"follow"})
			return err == nil && len(roomtest.LinesOf(e)) == 0
		}
		if kept("E") {
			t.Error("a person has more markers than the limit")
		}
		n := 0
		for kept(ids.Fingerprint(fmt.Sprint("K", n))) {
			n++
		}
		if n != ratelimit.ReadMarkerQuota().Burst {
			t.Errorf("%d markers are kept for one address", n)
		}
	})
}

// A follower whose place is older than the history is told so, by key and by ID.
func TestReadMarkerTooOld(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 2}})
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, bob, "one")
	s, _ := roomtest.Follow(t, h, roomtest.At("ear", "E"))
	s.Leave(room.Quit)
	told := func(since string) []reply.Sentence {
		s, _, err := roomtest.ExecHub(h, roomtest.At("ear", "E"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave(room.Quit)
		e, err := s.RunCommand([]string{"follow", since})
		if err != nil {
			t.Fatal(err)
		}
		return roomtest.LinesOf(e)
	}
	id := fmt.Sprint(bob.Room().PastLines()[0].Time.UnixNano())
	for _, line := range []string{"two", "three"} {
		roomtest.Does(t, bob, line)
	}
	if got := append(told("last"), told(id)...); len(got) != 0 {
		t.Errorf("nothing is missing, but the follower is told %v", got)
	}
	roomtest.Does(t, bob, "four")
	for _, since := range []string{"last", id} {
		if got := told(since); len(got) != 1 || got[0].Code != reply.ReadMarkerTooOld {
			t.Errorf("since %s the follower is told %v", since, got)
		}
	}
	if got := told("2h"); len(got) != 0 {
		t.Errorf("since a time the follower is told %v", got)
	}
}

// Events after a restart have higher IDs than everything before, even if the clock is behind the
// last join, which is stored, and the last topic, which is not.
func TestFollowSinceIDAfterTheClockWentBack(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}})
	ahead := time.Now().Add(time.Hour)
	said := []*room.Event{{Kind: room.Said, Time: ahead, User: &room.UserInfo{Name: "bob"}, Text: "one"}}
	h.LoadHistory(room.Lobby, said, ahead.Add(time.Minute)) // when bob left
	told := ahead.Add(time.Minute + time.Millisecond)
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, bob, "two")
	if _, after := roomtest.Follow(t, h, roomtest.At("ear", "E"), fmt.Sprint(told.UnixNano())); roomtest.Words(after) != "bob: two" {
		t.Errorf("the follower reads %q", roomtest.Words(after))
	}
	if _, after := roomtest.Follow(t, h, roomtest.At("ear", "E"), fmt.Sprint(ahead.UnixNano())); roomtest.Words(after) != "bob: two" {
		t.Errorf("after the line the follower reads %q", roomtest.Words(after))
	}
}
