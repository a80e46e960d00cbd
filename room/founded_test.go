package room

import (
	"testing"
	"time"
)

// What was said in a room that was closed is shown to nobody in one of the same name that
// is founded later: not from the store, not by another house that tells it late, and not in
// an export. What is said from then on is, whatever the clock does.
func TestOlderRoomIsNotShown(t *testing.T) {
	h := remembering(64, Memory{Lines: 200})
	founded := time.Now().Add(time.Hour) // by a clock that is ahead of this one
	row := Row{Table: tableRooms, Key: "go", Value: []byte(`{"name":"go","owner":"B","since":"` + founded.Format(time.RFC3339Nano) + `"}`)}
	if err := h.Open([]Row{row}); err != nil {
		t.Fatal(err)
	}
	line := func(after time.Duration, text string) *Event {
		return &Event{Seq: uint64(after + time.Hour), Kind: Said, Time: founded.Add(after), Who: &Who{Name: "alice", Key: "A"}, Text: text, Room: "go"}
	}
	h.Recall("go", []*Event{line(-time.Minute, "old secret"), line(time.Second, "new")}, time.Time{})
	n := h.Neighbour("elsewhere", nil)
	if n.Begin("x", nil); !n.Hear("go", line(-time.Second, "old secret")) {
		t.Error("what came late is to be told again")
	}
	n.Hear("go", line(2*time.Second, "newer"))
	n.HearStored("x", "go", line(-2*time.Second, "old secret"))
	bob := enter(t, h, at("bob", "B"))
	does(t, bob, "/join #go")
	bob.Line("newest", 0)
	h.mu.Lock()
	r := h.rooms["go"]
	h.mu.Unlock()
	if got := words(r.remembered()); got != "alice: new; alice: newer; bob: newest" {
		t.Errorf("the room remembers %s", got)
	}

	shelf := newShelf()
	shelf.kept = []*Event{line(-time.Minute, "old secret"), line(time.Second, "new"),
		{Kind: Renamed, Time: founded, Who: &Who{Name: "alice"}, Old: "al", Room: Lobby},
		{Kind: Renamed, Time: founded.Add(1), Who: &Who{Name: "alice"}, Old: "al", Room: "go"},
		{Kind: Said, Time: founded, Who: &Who{Name: "alice"}, Text: "closed", Room: "no such room"}}
	h.Archive = shelf
	v, _, err := h.Visit(at("alice", "A"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := v.Do([]string{"export"})
	if err != nil || len(e.Past) != 3 || e.Past[1].Kind != Renamed || e.Past[1].Room != "" || e.Past[2].Text != "new" || e.Past[2].Room != "go" {
		t.Errorf("the export has %s, %v", words(e.Past), err)
	}
}

// So it is where the clock has gone back since the older one was closed, in this process or
// before it.
func TestOlderRoomIsNotShownWhatTheClockDoes(t *testing.T) {
	for what, closed := range map[string]bool{"closed": true, "closed before the process began": false} {
		h := remembering(64, Memory{Lines: 200})
		ahead := time.Now().Add(time.Hour)
		old := []*Event{{Kind: Said, Time: ahead, Who: &Who{Name: "alice", Key: "A"}, Text: "old secret"}}
		if closed {
			h.mu.Lock()
			h.foundLocked("go", identity{key: "go"}, "A", ahead.Add(-time.Minute))
			h.mu.Unlock()
		}
		h.Recall("go", old, ahead)
		if closed {
			h.mu.Lock()
			h.closeRoomLocked(h.rooms["go"])
			h.mu.Unlock()
		}
		does(t, enter(t, h, at("bob", "B")), "/join #go")
		h.mu.Lock()
		r := h.rooms["go"]
		h.mu.Unlock()
		if !r.isBeforeLocked(old[0]) {
			t.Errorf("%s: what was said at %v is not before the room, of %v", what, ahead, r.founded)
		}
	}
}

// Who wants to be forgotten again and again has the rooms told that have something of it,
// beside the lobby, and no other; a house that hears of it forgets in every room.
func TestForgettingTellsFewRooms(t *testing.T) {
	h := remembering(64, Memory{Lines: 200})
	h.Archive = newShelf()
	alice := enter(t, h, at("alice", "A"))
	for _, name := range []string{"tea", "go"} {
		does(t, alice, "/join #"+name)
		alice.Line("said in "+name, 0)
	}
	does(t, alice, "/join #quiet")
	followers := h.Follow()
	told := func() (n int) {
		for {
			_, events := followers.Take(make([]*Event, 0, 99))
			if len(events) == 0 {
				return n
			}
			for _, e := range events {
				if e.Kind == Forgot {
					n++
				}
			}
		}
	}
	does(t, alice, "/forget me yes")
	if n := told(); n != 3 {
		t.Errorf("%d rooms are told", n)
	}
	does(t, alice, "/forget me yes")
	if n := told(); n != 1 {
		t.Errorf("the second time %d rooms are told", n)
	}

	n := h.Neighbour("elsewhere", nil)
	n.Begin("x", nil)
	bob := &Who{Name: "bob", Key: "B"}
	n.Hear("go", &Event{Seq: 1, Kind: Said, Time: time.Now(), Who: bob, Text: "before"})
	forgot := time.Now().Add(time.Minute)
	n.Hear(Lobby, &Event{Seq: 1, Kind: Forgot, Time: forgot, Who: bob})
	n.Hear("go", &Event{Seq: 2, Kind: Said, Time: forgot.Add(1), Who: bob, Text: "after"})
	h.mu.Lock()
	r := h.rooms["go"]
	h.mu.Unlock()
	if got := words(r.remembered()); got != "bob: after" {
		t.Errorf("the room remembers %s", got)
	}
}
