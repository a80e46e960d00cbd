package room

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
)

// typesAndLeaves has s type lines at its terminal, whatever comes of them, and leave.
func typesAndLeaves(s *Session, lines ...string) {
	for _, line := range lines {
		s.recordInput(line)
	}
	s.Leave(Quit)
}

// What a person typed is there when they come back, also with another of their keys, and after a
// restart.
func TestInputHistory(t *testing.T) {
	h := NewHub()
	h.Messages = newFakeMessageStore()
	b := newFakeRecordStore(h)
	alice := enter(t, h, at("爱丽丝", "A"))
	if got := alice.InputHistory(); got != nil {
		t.Errorf("before anything: %q", got)
	}
	link(t, alice, "A2")
	alice.HandleLine("/whois nobody", SlashSyntax)
	alice.Leave(Quit)
	typesAndLeaves(enter(t, h, at("爱丽丝", "A2")), "/msg bob psst", "", "你好\n世界", "你好\n世界", "\x1b")
	want := []string{"/key add", "/whois nobody", "/msg bob psst", "你好\n世界"}
	for what, h := range map[string]*Hub{"at once": h, "after a restart": b.reopen(t)} {
		got := enter(t, h, at("爱丽丝", "A2")).InputHistory()
		got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "/key add ") })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", what, got)
		}
	}
	for name, ci := range map[string]ClientInfo{"a guest": {RequestedName: "guest", Terminal: true}, "a pipe": {RequestedName: "pipe", Fingerprint: "P"}} {
		s := enter(t, h, ci)
		typesAndLeaves(s, "hello")
		if got := s.InputHistory(); got != nil {
			t.Errorf("of %s: %q", name, got)
		}
	}
}

// A terminal that takes the place of another has what was typed at that, and what is
// typed at either is kept, in whichever order they end.
func TestInputHistoryOfTheTerminalBefore(t *testing.T) {
	h := NewHub()
	h.Messages = newFakeMessageStore()
	old := enter(t, h, at("alice", "A"))
	old.recordInput("one")
	alice := enter(t, h, at("alice", "A"))
	if got := alice.InputHistory(); !slices.Equal(got, []string{"one"}) {
		t.Errorf("at once: %q", got)
	}
	old.recordInput("too late")
	typesAndLeaves(alice, "two")
	old.Leave(Quit)
	if got := alice.InputHistory(); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("in the end: %q", got)
	}
}

// Text in the input line is kept like entered text when the session ends because another terminal
// takes over or the network breaks.
func TestUnsentIsKept(t *testing.T) {
	h := NewHub()
	h.Messages = newFakeMessageStore()
	row := func(text string) func() string { return func() string { return text } }
	old := enter(t, h, at("alice", "A"))
	old.SetUnsent(row("half a\nthought"))
	old.recordInput("one")
	alice := enter(t, h, at("alice", "A"))
	if got := alice.InputHistory(); !slices.Equal(got, []string{"one", "half a\nthought"}) {
		t.Errorf("of another terminal: %q", got)
	}
	alice.SetUnsent(row(""))
	alice.Leave(HungUp)
	alice = enter(t, h, at("alice", "A"))
	alice.SetUnsent(row("two\x1b"))
	alice.Leave(HungUp)
	if got := enter(t, h, at("alice", "A")).InputHistory(); !slices.Equal(got, []string{"one", "half a\nthought", "two"}) {
		t.Errorf("after a hang-up: %q", got)
	}
	bob := enter(t, h, at("bob", "B"))
	for row, want := range map[string]string{"psst": `/msg "alice" psst`, "/who": "/who"} {
		bob.HandleLine("/msg alice", SlashSyntax)
		bob.SetUnsent(func() string { return row })
		bob.Leave(HungUp)
		bob = enter(t, h, at("bob", "B"))
		if got := bob.InputHistory(); got[len(got)-1] != want {
			t.Errorf("of who talks to one person: %q, want %q", got, want)
		}
	}
	guest := enter(t, h, ClientInfo{RequestedName: "guest", Terminal: true})
	guest.SetUnsent(row("nobody's"))
	guest.Leave(HungUp)
	if len(guest.input) > 0 || h.inputHistories.Get("") != nil {
		t.Error("a guest's row is kept")
	}
}

// What is typed at two nodes is kept in one history.
func TestInputHistoryOnTwoNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		a, b := s.nodes[0], s.nodes[1]
		old := a.come("alice", "A")
		old.recordInput("one")
		s.settle()
		alice := b.come("alice", "A")
		alice.recordInput("two")
		s.settle()
		alice.Leave(Quit)
		s.settle()
		b.mu.Lock()
		defer b.mu.Unlock()
		if got := b.inputHistories.Get("A"); got == nil || !slices.Equal(got.Lines, []string{"one", "two"}) {
			t.Errorf("kept: %v", got)
		}
	})
}

// The newest lines are kept, not too many, and of not too many people.
func TestInputHistoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.Messages = newFakeMessageStore()
		newFakeRecordStore(h)
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
			alice := enter(t, h, at("alice", "A"))
			typesAndLeaves(alice, test.typed...)
			got := alice.InputHistory()
			if n := len(got) - len(test.want); n < 0 || !slices.Equal(got[n:], test.want) || len(got) > accounts.MaxInputLines || len(strings.Join(got, "")) > accounts.MaxInputBytes {
				t.Errorf("kept: %q", got)
			}
		}
		time.Sleep(time.Second)
		for i := range accounts.MaxInputHistories / 2 {
			key := fmt.Sprint("key", i)
			h.inputHistories.Set(key, &accounts.InputHistory{Lines: []string{"x"}, UsedAt: time.Now()})
		}
		h.swept["typed"] = time.Now()
		bob := enter(t, h, at("bob", "B"))
		typesAndLeaves(bob, "hello")
		if alice := h.inputHistories.Get("A"); alice == nil || bob.InputHistory() != nil || h.inputHistories.Len() != accounts.MaxInputHistories/2+1 {
			t.Errorf("alice has %v, bob %q, %d have some", alice, bob.InputHistory(), h.inputHistories.Len())
		}
		time.Sleep(sweepInterval)
		bob = enter(t, h, at("bob", "B"))
		typesAndLeaves(bob, "hello") // as nothing is known of most
		if bob.InputHistory() == nil || h.inputHistories.Get("A") == nil {
			t.Errorf("bob has %q, alice %v", bob.InputHistory(), h.inputHistories.Get("A"))
		}
	})
}

// A person who has their messages erased does not get back what they typed before, neither now nor
// when their sessions end. What they type from then on is kept.
func TestForgetInputHistory(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 9})
	h.Messages = newFakeMessageStore()
	b := newFakeRecordStore(h)
	typesAndLeaves(enter(t, h, at("alice", "A")), "秘密")
	alice := enter(t, h, at("alice", "A"))
	alice.recordInput("also secret")
	if _, err := command(t, h, "A", "forget", "me", "yes"); err != nil {
		t.Fatal(err)
	}
	alice.recordInput("hello")
	if got := alice.InputHistory(); got != nil || len(b.tables["typed"]) != 0 {
		t.Errorf("kept: %q", got)
	}
	alice.Leave(Quit)
	if got := alice.InputHistory(); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("kept later: %q", got)
	}
}

// A session whose key was revoked adds nothing to the history of its former person.
func TestInputHistoryWithARevokedKey(t *testing.T) {
	h := NewHub()
	h.Messages = newFakeMessageStore()
	alice := enter(t, h, at("alice", "A"))
	link(t, alice, "A2")
	thief := enter(t, h, ClientInfo{Fingerprint: "A2", Terminal: true})
	thief.recordInput("a message of the thief")
	owner, _, err := h.Exec(at("alice", "A"))
	if err != nil {
		t.Fatal(err)
	}
	does(t, owner, "/key remove A2 yes")
	thief.Leave(Quit)
	if got := alice.InputHistory(); slices.Contains(got, "a message of the thief") {
		t.Errorf("alice has %q", got)
	}
}

// If the hub stores nothing that is said, it stores nothing that was typed.
func TestInputHistoryWithoutStore(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	alice := enter(t, h, at("alice", "A"))
	typesAndLeaves(alice, "/msg bob 秘密")
	if got := alice.InputHistory(); got != nil || len(b.tables["typed"]) != 0 {
		t.Errorf("kept: %q", got)
	}
}
