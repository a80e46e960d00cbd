package room

import (
	"testing"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/records"
)

// What was said in a closed room is never shown in a later room of the same name: not from the
// store, not from another node that reports it late, and not in an export. What is said in the new
// room is shown, whatever the clock does.
func TestOlderRoomIsNotShown(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 200})
	founded := time.Now().Add(time.Hour) // by a clock that is ahead of this one
	row := records.Record{Table: "rooms", Key: "go", Value: []byte(`{"name":"go","owner":"B","since":"` + founded.Format(time.RFC3339Nano) + `"}`)}
	if err := h.Load([]records.Record{row}); err != nil {
		t.Fatal(err)
	}
	line := func(after time.Duration, text string) *Event {
		return &Event{Seq: uint64(after + time.Hour), Kind: Said, Time: founded.Add(after), User: &UserInfo{Name: "alice", Person: "A"}, Text: text, Room: "go"}
	}
	h.LoadHistory("go", []*Event{line(-time.Minute, "old secret"), line(time.Second, "new")}, time.Time{})
	pr := h.AddPeer("elsewhere", nil)
	if pr.StartProcess("x", nil); !pr.Receive("go", line(-time.Second, "old secret")) {
		t.Error("what came late is to be told again")
	}
	pr.Receive("go", line(2*time.Second, "newer"))
	pr.ReceiveStored("x", "go", line(-2*time.Second, "old secret"))
	bob := enter(t, h, at("bob", "B"))
	does(t, bob, "/join #go")
	bob.HandleLine("newest", 0)
	h.mu.Lock()
	r := h.rooms["go"]
	h.mu.Unlock()
	if got := words(r.pastLines()); got != "alice: new; alice: newer; bob: newest" {
		t.Errorf("the room remembers %s", got)
	}

	shelf := newFakeMessageStore()
	shelf.kept = []*Event{line(-time.Minute, "old secret"), line(time.Second, "new"),
		{Kind: Renamed, Time: founded, User: &UserInfo{Name: "alice"}, OldName: "al", Room: Lobby},
		{Kind: Renamed, Time: founded.Add(1), User: &UserInfo{Name: "alice"}, OldName: "al", Room: "go"},
		{Kind: Said, Time: founded, User: &UserInfo{Name: "alice"}, Text: "closed", Room: "no such room"}}
	h.Messages = shelf
	v, _, err := h.Exec(at("alice", "A"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := v.RunCommand([]string{"export"})
	if err != nil || len(messagesOf(e)) != 3 || messagesOf(e)[1].Kind != Renamed || messagesOf(e)[1].Room != "" || messagesOf(e)[2].Text != "new" || messagesOf(e)[2].Room != "go" {
		t.Errorf("the export has %s, %v", words(messagesOf(e)), err)
	}
}

// So it is where the clock has gone back since the older one was closed, in this process or
// before it.
func TestOlderRoomIsNotShownWhatTheClockDoes(t *testing.T) {
	for what, closed := range map[string]bool{"closed": true, "closed before the process began": false} {
		h := remembering(64, HistoryLimits{Lines: 200})
		ahead := time.Now().Add(time.Hour)
		old := []*Event{{Kind: Said, Time: ahead, User: &UserInfo{Name: "alice", Person: "A"}, Text: "old secret"}}
		if closed {
			h.mu.Lock()
			h.createRoomLocked("go", names.Identity{Key: "go"}, "A", ahead.Add(-time.Minute))
			h.mu.Unlock()
		}
		h.LoadHistory("go", old, ahead)
		if closed {
			h.mu.Lock()
			h.closeRoomLocked(h.rooms["go"])
			h.mu.Unlock()
		}
		does(t, enter(t, h, at("bob", "B")), "/join #go")
		h.mu.Lock()
		r := h.rooms["go"]
		h.mu.Unlock()
		if !r.predatesRoomLocked(old[0]) {
			t.Errorf("%s: what was said at %v is not before the room, of %v", what, ahead, r.createdAt)
		}
	}
}

// However often a person's messages are erased, only the lobby and the rooms that have some of them
// get an event. A node that learns of it erases them in every room.
func TestForgettingTellsFewRooms(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 200})
	h.Messages = newFakeMessageStore()
	alice := enter(t, h, at("alice", "A"))
	for _, name := range []string{"tea", "go"} {
		does(t, alice, "/join #"+name)
		alice.HandleLine("said in "+name, 0)
	}
	does(t, alice, "/join #quiet")
	followers := h.Subscribe()
	told := func() (n int) {
		for {
			_, events, _ := followers.Take(make([]*Event, 0, 99))
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

	pr := h.AddPeer("elsewhere", nil)
	pr.StartProcess("x", nil)
	bob := &UserInfo{Name: "bob", Person: "B"}
	pr.Receive("go", &Event{Seq: 1, Kind: Said, Time: time.Now(), User: bob, Text: "before"})
	forgot := time.Now().Add(time.Minute)
	pr.Receive(Lobby, &Event{Seq: 1, Kind: Forgot, Time: forgot, User: bob})
	pr.Receive("go", &Event{Seq: 2, Kind: Said, Time: forgot.Add(1), User: bob, Text: "after"})
	h.mu.Lock()
	r := h.rooms["go"]
	h.mu.Unlock()
	if got := words(r.pastLines()); got != "bob: after" {
		t.Errorf("the room remembers %s", got)
	}
}
