package room_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// What a person typed is there when they come back, also with another of their keys, and after a
// restart.
func TestInputHistory(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{Messages: roomtest.NewFakeMessageStore()})
	alice := roomtest.Enter(t, h, roomtest.At("爱丽丝", "A"))
	if got := room.InputHistory(alice.Session); got != nil {
		t.Errorf("before anything: %q", got)
	}
	roomtest.Link(t, alice, "A2")
	alice.HandleLine("/whois nobody", command.SlashSyntax)
	alice.Leave(room.Quit)
	roomtest.TypeAndLeave(roomtest.Enter(t, h, roomtest.At("爱丽丝", "A2")), "/msg bob psst", "", "你好\n世界", "你好\n世界", "\x1b")
	want := []string{"/key add", "/whois nobody", "/msg bob psst", "你好\n世界"}
	for what, h := range map[string]*room.Hub{"at once": h, "after a restart": b.Reopen(t)} {
		got := room.InputHistory(roomtest.Enter(t, h, roomtest.At("爱丽丝", "A2")).Session)
		got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "/key add ") })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", what, got)
		}
	}
	for name, ci := range map[string]room.ClientInfo{"a guest": {RequestedName: "guest", Terminal: true}, "a pipe": {RequestedName: "pipe", Fingerprint: "P"}} {
		s := roomtest.Enter(t, h, ci)
		roomtest.TypeAndLeave(s, "hello")
		if got := room.InputHistory(s.Session); got != nil {
			t.Errorf("of %s: %q", name, got)
		}
	}
}

// A terminal that takes over has the input history of the one before, and lines typed at either are
// kept, whichever ends first.
func TestInputHistoryOfTheTerminalBefore(t *testing.T) {
	h := room.New(room.Config{Messages: roomtest.NewFakeMessageStore()})
	old := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	room.RecordInput(old.Session, "one")
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	if got := room.InputHistory(alice.Session); !slices.Equal(got, []string{"one"}) {
		t.Errorf("at once: %q", got)
	}
	room.RecordInput(old.Session, "too late")
	roomtest.TypeAndLeave(alice, "two")
	old.Leave(room.Quit)
	if got := room.InputHistory(alice.Session); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("in the end: %q", got)
	}
}

// Text in the input line is kept like entered text when the session ends because another terminal
// takes over or the network breaks.
func TestUnsentIsKept(t *testing.T) {
	h := room.New(room.Config{Messages: roomtest.NewFakeMessageStore()})
	row := func(text string) func() string { return func() string { return text } }
	old := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	old.SetUnsent(row("half a\nthought"))
	room.RecordInput(old.Session, "one")
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	if got := room.InputHistory(alice.Session); !slices.Equal(got, []string{"one", "half a\nthought"}) {
		t.Errorf("of another terminal: %q", got)
	}
	alice.SetUnsent(row(""))
	alice.Leave(room.HungUp)
	alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
	alice.SetUnsent(row("two\x1b"))
	alice.Leave(room.HungUp)
	if got := room.InputHistory(roomtest.Enter(t, h, roomtest.At("alice", "A")).Session); !slices.Equal(got, []string{"one", "half a\nthought", "two"}) {
		t.Errorf("after a hang-up: %q", got)
	}
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	for row, want := range map[string]string{"psst": `/msg "alice" psst`, "/who": "/who"} {
		bob.HandleLine("/msg alice", command.SlashSyntax)
		bob.SetUnsent(func() string { return row })
		bob.Leave(room.HungUp)
		bob = roomtest.Enter(t, h, roomtest.At("bob", "B"))
		if got := room.InputHistory(bob.Session); got[len(got)-1] != want {
			t.Errorf("in a private conversation: %q, want %q", got, want)
		}
	}
	guest := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "guest", Terminal: true})
	guest.SetUnsent(row("nobody's"))
	guest.Leave(room.HungUp)
	if len(guest.Input()) > 0 || roomtest.Peek(h).InputHistories.Get("") != nil {
		t.Error("a guest's input is kept")
	}
}

// What is typed at two nodes is kept in one history.
func TestInputHistoryOnTwoNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		a, b := s.Nodes[0], s.Nodes[1]
		old := a.Come("alice", "A")
		room.RecordInput(old.Session, "one")
		s.Settle()
		alice := b.Come("alice", "A")
		room.RecordInput(alice.Session, "two")
		s.Settle()
		alice.Leave(room.Quit)
		s.Settle()
		if got := roomtest.Peek(b.Hub).InputHistories.Get("A"); got == nil || !slices.Equal(got.Lines, []string{"one", "two"}) {
			t.Errorf("kept: %v", got)
		}
	})
}

// The newest lines are kept, not too many, and of not too many people.
func TestInputHistoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := roomtest.NewFakeRecordStore().NewHub(room.Config{Messages: roomtest.NewFakeMessageStore()})
		var lines []string
		for i := range 3 * accounts.MaxInputLines {
			lines = append(lines, fmt.Sprint("line ", i))
		}
		long := strings.Repeat("茶", 500)
		for _, test := range []struct{ typed, want []string }{
			{lines, lines[2*accounts.MaxInputLines:]},
			{[]string{"old", long, long + "x", strings.Repeat("x", accounts.MaxInputBytes+1), "new"}, []string{"line 149", "old", long, long + "x", "new"}},
			{[]string{"old", long, long + "x", long, "new"}, []string{long + "x", long, "new"}},
		} {
			alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
			roomtest.TypeAndLeave(alice, test.typed...)
			got := room.InputHistory(alice.Session)
			if n := len(got) - len(test.want); n < 0 || !slices.Equal(got[n:], test.want) || len(got) > accounts.MaxInputLines || len(strings.Join(got, "")) > accounts.MaxInputBytes {
				t.Errorf("kept: %q", got)
			}
		}
		time.Sleep(time.Second)
		for i := range accounts.MaxInputHistories / 2 {
			key := fmt.Sprint("key", i)
			roomtest.Peek(h).InputHistories.Set(ids.Account(key), &accounts.InputHistory{Lines: []string{"x"}, UsedAt: time.Now()})
		}
		roomtest.Peek(h).People.Swept()["inputhistories"] = time.Now()
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		roomtest.TypeAndLeave(bob, "hello")
		if alice := roomtest.Peek(h).InputHistories.Get("A"); alice == nil || room.InputHistory(bob.Session) != nil || roomtest.Peek(h).InputHistories.Len() != accounts.MaxInputHistories/2+1 {
			t.Errorf("alice has %v, bob %q, %d have some", alice, room.InputHistory(bob.Session), roomtest.Peek(h).InputHistories.Len())
		}
		time.Sleep(room.SweepInterval)
		bob = roomtest.Enter(t, h, roomtest.At("bob", "B"))
		roomtest.TypeAndLeave(bob, "hello") // as nothing is known of most
		if room.InputHistory(bob.Session) == nil || roomtest.Peek(h).InputHistories.Get("A") == nil {
			t.Errorf("bob has %q, alice %v", room.InputHistory(bob.Session), roomtest.Peek(h).InputHistories.Get("A"))
		}
	})
}

// A person who has their messages erased does not get back what they typed before, neither now nor
// when their sessions end. What they type from then on is kept.
func TestForgetInputHistory(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{HistoryLimits: room.HistoryLimits{Lines: 9}, Messages: roomtest.NewFakeMessageStore()})
	roomtest.TypeAndLeave(roomtest.Enter(t, h, roomtest.At("alice", "A")), "秘密")
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	room.RecordInput(alice.Session, "also secret")
	if _, err := roomtest.Command(t, h, "A", "forget", "me", "yes"); err != nil {
		t.Fatal(err)
	}
	room.RecordInput(alice.Session, "hello")
	if got := room.InputHistory(alice.Session); got != nil || len(b.Tables["inputhistories"]) != 0 {
		t.Errorf("kept: %q", got)
	}
	alice.Leave(room.Quit)
	if got := room.InputHistory(alice.Session); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("typed later: %q", got)
	}
}

// A session whose key was revoked adds nothing to the history of its former person.
func TestInputHistoryWithARevokedKey(t *testing.T) {
	h := room.New(room.Config{Messages: roomtest.NewFakeMessageStore()})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Link(t, alice, "A2")
	thief := roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "A2", Terminal: true})
	room.RecordInput(thief.Session, "a message of the thief")
	owner, _, err := roomtest.ExecHub(h, roomtest.At("alice", "A"))
	if err != nil {
		t.Fatal(err)
	}
	roomtest.Does(t, owner, "/key remove A2 yes")
	thief.Leave(room.Quit)
	if got := room.InputHistory(alice.Session); slices.Contains(got, "a message of the thief") {
		t.Errorf("alice has %q", got)
	}
}

// A hub that stores no messages stores no input history.
func TestInputHistoryWithoutStore(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.TypeAndLeave(alice, "/msg bob 秘密")
	if got := room.InputHistory(alice.Session); got != nil || len(b.Tables["inputhistories"]) != 0 {
		t.Errorf("kept: %q", got)
	}
}
