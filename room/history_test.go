package room_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/event"
	"teahouse/internal/eventlog"
	"teahouse/internal/inbox"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/text"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// A room remembers only what is said: joins and leaves push nothing out, not even those of a crowd
// larger than the ring.
func TestJoinsPushOutNoMessages(t *testing.T) {
	h := room.NewSmallHub(room.Config{HistoryLimits: room.HistoryLimits{Lines: 10}}, 2*eventlog.HistoryReadInterval)
	alice := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice"})
	alice.HandleLine("hello", 0)
	for i := range 3 * eventlog.HistoryReadInterval {
		s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: fmt.Sprint("u", i)})
		s.Leave(room.Quit)
		if i%100 == 0 {
			roomtest.Peek(h).Rooms.ByID[room.Lobby].Wake() // as happens at least once a second
		}
	}
	alice.HandleLine("still here", 0)
	if got := roomtest.Recalled(h); got != "alice: hello; alice: still here" {
		t.Errorf("the room remembers %s", got)
	}
}

// Lines beyond a limit are forgotten, oldest first.
func TestHistoryLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		say := func(m room.HistoryLimits, pause time.Duration) *room.Hub {
			h := room.New(room.Config{HistoryLimits: m})
			s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "u"})
			for i := range 6 {
				s.HandleLine(fmt.Sprint("line", i), 0)
				time.Sleep(pause)
			}
			return h
		}
		for what, test := range map[string]struct {
			memory room.HistoryLimits
			want   string
		}{
			"nothing": {room.HistoryLimits{}, ""},
			"lines":   {room.HistoryLimits{Lines: 2}, "u: line4; u: line5"},
			"bytes":   {room.HistoryLimits{Lines: 9, Bytes: 15}, "u: line3; u: line4; u: line5"},
			"age":     {room.HistoryLimits{Lines: 9, Age: 150 * time.Second}, "u: line4; u: line5"},
		} {
			h := say(test.memory, time.Minute)
			if got := roomtest.Recalled(h); got != test.want {
				t.Errorf("%s: the room remembers %q, want %q", what, got, test.want)
			}
		}
		h := say(room.HistoryLimits{Lines: 9, Age: time.Hour}, 0)
		time.Sleep(time.Hour + time.Second)
		if got := roomtest.Recalled(h); got != "" {
			t.Errorf("after an hour the room remembers %s", got)
		}
	})
}

// Times give the order of events: they advance even while the clock stands still, and after loaded
// history, even if its clock was ahead.
func TestTimeAdvances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 9}})
		ahead := time.Now().Add(time.Hour)
		h.LoadHistory(room.Lobby, []*room.Event{{Kind: room.Said, Time: ahead, User: &room.UserInfo{Name: "old"}, Text: "words"}}, time.Time{})
		s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "u"})
		s.HandleLine("one", 0)
		s.HandleLine("two", 0)
		if got := roomtest.Recalled(h); got != "old: words; u: one; u: two" {
			t.Errorf("the room remembers %s", got)
		}
		last := time.Time{}
		for _, e := range roomtest.Peek(h).Rooms.ByID[room.Lobby].PastLines() {
			if !e.Time.After(last) {
				t.Errorf("%s is at %v, not after %v", roomtest.Describe(e), e.Time, last)
			}
			last = e.Time
		}
	})
}

// A user's lines are erased on request, and nobody else's. A slice of the history that a reader
// already has does not change.
func TestForgotten(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 9}, Messages: roomtest.NewFakeMessageStore()})
	alice := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	bob := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob"})
	alice.HandleLine("one", 0)
	bob.HandleLine("two", 0)
	alice.HandleLine("three", 0)
	before := roomtest.Peek(h).Rooms.ByID[room.Lobby].PastLines()
	roomtest.Read(t, alice)
	roomtest.Read(t, bob)

	bob.HandleLine("/forget me yes", command.SlashSyntax)
	roomtest.Expect(t, bob, "~ "+testkit.English(reply.ForgetNeedsKey))
	alice.HandleLine("/forget bob yes", command.SlashSyntax)
	roomtest.Expect(t, alice, "~ "+testkit.English(reply.ForgetMeOnly))
	alice.HandleLine("/forget me yes", command.SlashSyntax)
	if got := roomtest.Describe(alice.Take(make([]room.Item, 0, 9))[1]); got != "~ "+testkit.English(reply.Forgotten, "alice") {
		t.Errorf("alice reads %s", got)
	}
	alice.HandleLine("four", 0)
	if got := roomtest.Recalled(h); got != "bob: two; alice: four" {
		t.Errorf("the room remembers %s", got)
	}
	if got := roomtest.Words(before); got != "alice: one; bob: two; alice: three" {
		t.Errorf("what was read before is now %s", got)
	}
}

// Erased lines leave room for others.
func TestForgottenLeavesRoom(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 9, Bytes: 20}, Messages: roomtest.NewFakeMessageStore()})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, alice, "fifteen letters")
	roomtest.Does(t, alice, "/forget me yes")
	roomtest.Does(t, bob, "ten letter")
	roomtest.Does(t, bob, "ten letter")
	if got := roomtest.Recalled(h); got != "bob: ten letter; bob: ten letter" {
		t.Errorf("the room remembers %s", got)
	}
}

// What is read at once is bounded in bytes too: pages of history, the mailbox, and what a user who
// enters a room sees.
func TestPagesAreBounded(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 1000}})
	speaker, reader := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "speaker"}), roomtest.Enter(t, h, room.ClientInfo{RequestedName: "reader"})
	long := strings.Repeat("x", text.MaxBytes)
	for range 100 {
		if err := speaker.Say(long); err != nil {
			t.Fatal(err)
		}
	}
	for range inbox.Size / 2 {
		reader.HandleLine("/history 100", command.SlashSyntax)
		if _, err := private.Send(speaker.Session, "reader", long); err != nil {
			t.Fatal(err)
		}
	}
	buf := make([]room.Item, 0, 256)
	for read := reader.Take(buf); len(read) > 0; read = reader.Take(buf) {
		bytes := 0
		for _, e := range read {
			if n := event.ShownSize(e); n > 2*eventlog.PageBytes {
				t.Fatalf("an event of %d bytes", n)
			}
			bytes += event.ShownSize(e)
		}
		if most := 2*(8<<10) + 2*eventlog.PageBytes; bytes > most {
			t.Fatalf("%d bytes are read at once", bytes)
		}
	}
	newcomer := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "newcomer"})
	if a, err := welcome.For(newcomer.Session, 40); err != nil || len(a.Messages) == 0 || len(a.Messages) > 1+eventlog.PageBytes/text.MaxBytes {
		t.Errorf("%d lines are shown, %v", len(a.Messages), err)
	}
}
