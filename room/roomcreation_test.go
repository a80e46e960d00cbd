package room_test

import (
	"testing"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/peers"
	"teahouse/internal/records"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// What was said in a closed room is never shown in a later room of the same name: not from the
// store, not from another node that reports it late, and not in an export. What is said in the new
// room is shown, whatever the clock does.
func TestOlderRoomIsNotShown(t *testing.T) {
	shelf := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: shelf, HistoryLimits: room.HistoryLimits{Lines: 200}})
	founded := time.Now().Add(time.Hour) // by a clock that is ahead
	row := records.Record{Table: "rooms", Key: "go", Value: []byte(`{"name":"go","owner":"B","since":"` + founded.Format(time.RFC3339Nano) + `"}`)}
	if err := h.Load([]records.Record{row}); err != nil {
		t.Fatal(err)
	}
	line := func(after time.Duration, text string) *room.Event {
		return &room.Event{Seq: uint64(after + time.Hour), Kind: room.Said, Time: founded.Add(after), User: &room.UserInfo{Name: "alice", Person: "A"}, Text: text, Room: "go"}
	}
	h.LoadHistory("go", []*room.Event{line(-time.Minute, "old secret"), line(time.Second, "new")}, time.Time{})
	pr := peers.NewSet(h).Add("elsewhere", nil)
	if pr.StartProcess("x", nil); !pr.Receive("go", line(-time.Second, "old secret")) {
		t.Error("what came late is announced again")
	}
	pr.Receive("go", line(2*time.Second, "newer"))
	pr.ReceiveStored("x", "go", line(-2*time.Second, "old secret"))
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, bob, "/join #go")
	bob.HandleLine("newest", 0)
	st := h.Lock()
	r := st.Rooms.ByID["go"]
	st.Unlock()
	if got := roomtest.Words(r.PastLines()); got != "alice: new; alice: newer; bob: newest" {
		t.Errorf("the room remembers %s", got)
	}

	shelf.Kept = []*room.Event{line(-time.Minute, "old secret"), line(time.Second, "new"),
		{Kind: room.Renamed, Time: founded, User: &room.UserInfo{Name: "alice"}, OldName: "al", Room: string(room.Lobby)},
		{Kind: room.Renamed, Time: founded.Add(1), User: &room.UserInfo{Name: "alice"}, OldName: "al", Room: "go"},
		{Kind: room.Said, Time: founded, User: &room.UserInfo{Name: "alice"}, Text: "closed", Room: "no such room"}}
	v, _, err := roomtest.ExecHub(h, roomtest.At("alice", "A"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := v.RunCommand([]string{"export"})
	if err != nil || len(roomtest.MessagesOf(e)) != 3 || roomtest.MessagesOf(e)[1].Kind != room.Renamed || roomtest.MessagesOf(e)[1].Room != "" || roomtest.MessagesOf(e)[2].Text != "new" || roomtest.MessagesOf(e)[2].Room != "go" {
		t.Errorf("the export has %s, %v", roomtest.Words(roomtest.MessagesOf(e)), err)
	}
}

// The same holds if the clock was set back since the older room was closed, by this process or an
// earlier one.
func TestOlderRoomIsNotShownAfterClockStep(t *testing.T) {
	for what, closed := range map[string]bool{"closed": true, "closed before the process began": false} {
		h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 200}})
		ahead := time.Now().Add(time.Hour)
		old := []*room.Event{{Kind: room.Said, Time: ahead, User: &room.UserInfo{Name: "alice", Person: "A"}, Text: "old secret"}}
		if closed {
			st := h.Lock()
			st.Rooms.Create("go", names.Identity{Key: "go"}, "A", ahead.Add(-time.Minute))
			st.Unlock()
		}
		h.LoadHistory("go", old, ahead)
		if closed {
			st := h.Lock()
			st.Rooms.Close(st.Rooms.ByID["go"])
			st.Unlock()
		}
		roomtest.Does(t, roomtest.Enter(t, h, roomtest.At("bob", "B")), "/join #go")
		st := h.Lock()
		r := st.Rooms.ByID["go"]
		st.Unlock()
		if !r.Predates(old[0]) {
			t.Errorf("%s: what was said at %v is not before the room, of %v", what, ahead, r.CreatedAt())
		}
	}
}

// However often a person's messages are erased, only the lobby and the rooms that have some of them
// get an event. A node that learns of it erases them in every room.
func TestForgettingTellsFewRooms(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 200}, Messages: roomtest.NewFakeMessageStore()})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	for _, name := range []string{"tea", "go"} {
		roomtest.Does(t, alice, "/join #"+name)
		alice.HandleLine("said in "+name, 0)
	}
	roomtest.Does(t, alice, "/join #quiet")
	followers := h.Subscribe()
	told := func() (n int) {
		for {
			_, events, _ := followers.Take(make([]*room.Event, 0, 99))
			if len(events) == 0 {
				return n
			}
			for _, e := range events {
				if e.Kind == room.Forgot {
					n++
				}
			}
		}
	}
	roomtest.Does(t, alice, "/forget me yes")
	if n := told(); n != 3 {
		t.Errorf("%d rooms are told", n)
	}
	roomtest.Does(t, alice, "/forget me yes")
	if n := told(); n != 1 {
		t.Errorf("the second time %d rooms are told", n)
	}

	pr := peers.NewSet(h).Add("elsewhere", nil)
	pr.StartProcess("x", nil)
	bob := &room.UserInfo{Name: "bob", Person: "B"}
	pr.Receive("go", &room.Event{Seq: 1, Kind: room.Said, Time: time.Now(), User: bob, Text: "before"})
	forgot := time.Now().Add(time.Minute)
	pr.Receive(room.Lobby, &room.Event{Seq: 1, Kind: room.Forgot, Time: forgot, User: bob})
	pr.Receive("go", &room.Event{Seq: 2, Kind: room.Said, Time: forgot.Add(1), User: bob, Text: "after"})
	st := h.Lock()
	r := st.Rooms.ByID["go"]
	st.Unlock()
	if got := roomtest.Words(r.PastLines()); got != "bob: after" {
		t.Errorf("the room remembers %s", got)
	}
}
