package room

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// typesAndLeaves has u type lines at its terminal, whatever comes of them, and leave.
func typesAndLeaves(u *User, lines ...string) {
	for _, line := range lines {
		u.types(line)
	}
	u.Leave(Quit)
}

// What somebody typed is there when it comes again: with another key of the same
// person too, and after a restart.
func TestTyped(t *testing.T) {
	h := NewHouse()
	h.Archive = newShelf()
	b := newBook(h)
	alice := enter(t, h, at("爱丽丝", "A"))
	if got := alice.Typed(); got != nil {
		t.Errorf("before anything: %q", got)
	}
	link(t, alice, "A2")
	alice.Line("/whois nobody", Slashed)
	alice.Leave(Quit)
	typesAndLeaves(enter(t, h, at("爱丽丝", "A2")), "/msg bob psst", "", "你好\n世界", "你好\n世界", "\x1b")
	want := []string{"/key add", "/whois nobody", "/msg bob psst", "你好\n世界"}
	for what, h := range map[string]*House{"at once": h, "after a restart": b.reopen(t)} {
		got := enter(t, h, at("爱丽丝", "A2")).Typed()
		got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "/key add ") })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", what, got)
		}
	}
	for name, v := range map[string]Visitor{"a guest": {Name: "guest", Terminal: true}, "a pipe": {Name: "pipe", Key: "P"}} {
		u := enter(t, h, v)
		typesAndLeaves(u, "hello")
		if got := u.Typed(); got != nil {
			t.Errorf("of %s: %q", name, got)
		}
	}
}

// A terminal that takes the place of another has what was typed at that, and what is
// typed at either is kept, in whichever order they end.
func TestTypedAtTheTerminalBefore(t *testing.T) {
	h := NewHouse()
	h.Archive = newShelf()
	old := enter(t, h, at("alice", "A"))
	old.types("one")
	alice := enter(t, h, at("alice", "A"))
	if got := alice.Typed(); !slices.Equal(got, []string{"one"}) {
		t.Errorf("at once: %q", got)
	}
	old.types("too late")
	typesAndLeaves(alice, "two")
	old.Leave(Quit)
	if got := alice.Typed(); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("in the end: %q", got)
	}
}

// What stood in the row of a terminal when its session ended is kept like what was entered:
// another takes over, or the network breaks.
func TestUnsentIsKept(t *testing.T) {
	h := NewHouse()
	h.Archive = newShelf()
	row := func(text string) func() string { return func() string { return text } }
	old := enter(t, h, at("alice", "A"))
	old.Row(row("half a\nthought"))
	old.types("one")
	alice := enter(t, h, at("alice", "A"))
	if got := alice.Typed(); !slices.Equal(got, []string{"one", "half a\nthought"}) {
		t.Errorf("of another terminal: %q", got)
	}
	alice.Row(row(""))
	alice.Leave(HungUp)
	alice = enter(t, h, at("alice", "A"))
	alice.Row(row("two\x1b"))
	alice.Leave(HungUp)
	if got := enter(t, h, at("alice", "A")).Typed(); !slices.Equal(got, []string{"one", "half a\nthought", "two"}) {
		t.Errorf("after a hang-up: %q", got)
	}
	bob := enter(t, h, at("bob", "B"))
	for row, want := range map[string]string{"psst": `/msg "alice" psst`, "/who": "/who"} {
		bob.Line("/msg alice", Slashed)
		bob.Row(func() string { return row })
		bob.Leave(HungUp)
		bob = enter(t, h, at("bob", "B"))
		if got := bob.Typed(); got[len(got)-1] != want {
			t.Errorf("of who talks to one person: %q, want %q", got, want)
		}
	}
	guest := enter(t, h, Visitor{Name: "guest", Terminal: true})
	guest.Row(row("nobody's"))
	guest.Leave(HungUp)
	if len(guest.typed) > 0 || h.typed[""] != nil {
		t.Error("a guest's row is kept")
	}
}

// What is typed in two houses is kept behind each other.
func TestTypedInTwoHouses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		a, b := s.houses[0], s.houses[1]
		old := a.come("alice", "A")
		old.types("one")
		s.settle()
		alice := b.come("alice", "A")
		alice.types("two")
		s.settle()
		alice.Leave(Quit)
		s.settle()
		b.mu.Lock()
		defer b.mu.Unlock()
		if got := b.typed["A"]; got == nil || !slices.Equal(got.Lines, []string{"one", "two"}) {
			t.Errorf("kept: %v", got)
		}
	})
}

// The newest lines are kept, not too many, and of not too many people.
func TestTypedIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		h.Archive = newShelf()
		newBook(h)
		var lines []string
		for i := range 3 * mostTyped {
			lines = append(lines, fmt.Sprint("line ", i))
		}
		long := strings.Repeat("茶", 500)
		for _, test := range []struct{ typed, want []string }{
			{lines, lines[2*mostTyped:]},
			{[]string{"old", long, long + "x", strings.Repeat("x", mostTypedBytes+1), "new"}, []string{"line 149", "old", long, long + "x", "new"}},
			{[]string{"old", long, long + "x", long, "new"}, []string{long + "x", long, "new"}},
		} {
			alice := enter(t, h, at("alice", "A"))
			typesAndLeaves(alice, test.typed...)
			got := alice.Typed()
			if n := len(got) - len(test.want); n < 0 || !slices.Equal(got[n:], test.want) || len(got) > mostTyped || len(strings.Join(got, "")) > mostTypedBytes {
				t.Errorf("kept: %q", got)
			}
		}
		time.Sleep(time.Second)
		for i := range mostTypers / 2 {
			key := fmt.Sprint("key", i)
			h.typed[key] = &typed{Lines: []string{"x"}, Used: time.Now()}
		}
		h.swept[tableTyped] = time.Now()
		bob := enter(t, h, at("bob", "B"))
		typesAndLeaves(bob, "hello")
		if alice := h.typed["A"]; alice == nil || bob.Typed() != nil || len(h.typed) != mostTypers/2+1 {
			t.Errorf("alice has %v, bob %q, %d have some", alice, bob.Typed(), len(h.typed))
		}
		time.Sleep(sweepPause)
		bob = enter(t, h, at("bob", "B"))
		typesAndLeaves(bob, "hello") // as nothing is known of most
		if bob.Typed() == nil || h.typed["A"] == nil {
			t.Errorf("bob has %q, alice %v", bob.Typed(), h.typed["A"])
		}
	})
}

// What somebody has had forgotten does not come back by what it typed before, now or
// at the end of its sessions; what it types from then on is kept again.
func TestForgetTyped(t *testing.T) {
	h := remembering(64, Memory{Lines: 9})
	h.Archive = newShelf()
	b := newBook(h)
	typesAndLeaves(enter(t, h, at("alice", "A")), "秘密")
	alice := enter(t, h, at("alice", "A"))
	alice.types("also secret")
	if _, err := command(t, h, "A", "forget", "me", "yes"); err != nil {
		t.Fatal(err)
	}
	alice.types("hello")
	if got := alice.Typed(); got != nil || len(b.tables[tableTyped]) != 0 {
		t.Errorf("kept: %q", got)
	}
	alice.Leave(Quit)
	if got := alice.Typed(); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("kept later: %q", got)
	}
}

// Whose key was taken away keeps nothing with the person whose it was.
func TestTypedWithARevokedKey(t *testing.T) {
	h := NewHouse()
	h.Archive = newShelf()
	alice := enter(t, h, at("alice", "A"))
	link(t, alice, "A2")
	thief := enter(t, h, Visitor{Key: "A2", Terminal: true})
	thief.types("a message of the thief")
	owner, _, err := h.Visit(at("alice", "A"))
	if err != nil {
		t.Fatal(err)
	}
	does(t, owner, "/key remove A2 yes")
	thief.Leave(Quit)
	if got := alice.Typed(); slices.Contains(got, "a message of the thief") {
		t.Errorf("alice has %q", got)
	}
}

// Where nothing that is said is kept, nor is what was typed.
func TestTypedWhereNothingIsKept(t *testing.T) {
	h := NewHouse()
	b := newBook(h)
	alice := enter(t, h, at("alice", "A"))
	typesAndLeaves(alice, "/msg bob 秘密")
	if got := alice.Typed(); got != nil || len(b.tables[tableTyped]) != 0 {
		t.Errorf("kept: %q", got)
	}
}
