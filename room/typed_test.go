package room

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

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
	typed := []string{"/msg bob psst", "", "你好\n世界", "\x1b"}
	alice.Leave(Quit)
	alice.KeepTyped(typed)
	want := []string{"/msg bob psst", "你好\n世界"}
	for what, h := range map[string]*House{"at once": h, "after a restart": b.reopen(t)} {
		if got := enter(t, h, at("爱丽丝", "A2")).Typed(); !slices.Equal(got, want) {
			t.Errorf("%s: %q", what, got)
		}
	}
	guest := enter(t, h, at("guest", ""))
	guest.KeepTyped(typed)
	if got := guest.Typed(); got != nil || len(b.tables[tableTyped]) != 1 {
		t.Errorf("of a guest: %q, %d rows", got, len(b.tables[tableTyped]))
	}
	alice.KeepTyped(nil)
	if got := alice.Typed(); !slices.Equal(got, want) {
		t.Errorf("after a session without a line: %q", got)
	}
}

// The newest lines are kept, not too many, and of not too many people.
func TestTypedIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		h.Archive = newShelf()
		b := newBook(h)
		alice := enter(t, h, at("alice", "A"))
		var lines []string
		for i := range 3 * mostTyped {
			lines = append(lines, fmt.Sprint("line ", i))
		}
		alice.KeepTyped(lines)
		if got := alice.Typed(); !slices.Equal(got, lines[2*mostTyped:]) {
			t.Errorf("kept: %q", got)
		}
		long := strings.Repeat("茶", 500)
		alice.KeepTyped([]string{"old", long, long, strings.Repeat("x", mostTypedBytes+1), "new"})
		if got := alice.Typed(); !slices.Equal(got, []string{long, long, "new"}) && !slices.Equal(got, []string{"old", long, long, "new"}) {
			t.Errorf("kept: %d lines", len(got))
		}
		alice.KeepTyped([]string{"old", long, long, long, "new"})
		if got := alice.Typed(); !slices.Equal(got, []string{long, long, "new"}) {
			t.Errorf("kept: %d lines", len(got))
		}
		time.Sleep(time.Second)
		for i := range mostTypers - 1 {
			key := fmt.Sprint("key", i)
			h.typed[key] = &typed{Lines: []string{"x"}, Used: time.Now()}
		}
		bob := enter(t, h, at("bob", "B"))
		bob.KeepTyped([]string{"hello"})
		if alice.Typed() != nil || bob.Typed() == nil || len(h.typed) != mostTypers || len(b.tables[tableTyped]) != 1 {
			t.Errorf("alice has %q, bob %q, %d have some", alice.Typed(), bob.Typed(), len(h.typed))
		}
	})
}

// What somebody has had forgotten does not come back by what it typed, now or at
// the end of its sessions; from the next one on it is kept again.
func TestForgetTyped(t *testing.T) {
	h := remembering(64, Memory{Lines: 9})
	h.Archive = newShelf()
	b := newBook(h)
	alice := enter(t, h, at("alice", "A"))
	alice.KeepTyped([]string{"秘密"})
	if _, err := command(t, h, "A", "forget", "me"); err != nil {
		t.Fatal(err)
	}
	alice.Leave(Quit)
	alice.KeepTyped([]string{"秘密", "more"})
	alice = enter(t, h, at("alice", "A"))
	if got := alice.Typed(); got != nil || len(b.tables[tableTyped]) != 0 {
		t.Errorf("kept: %q", got)
	}
	alice.KeepTyped([]string{"hello"})
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
	thief := enter(t, h, Visitor{Key: "A2"})
	does(t, alice, "/key remove A2")
	thief.KeepTyped([]string{"/quit"})
	if got := alice.Typed(); got != nil {
		t.Errorf("alice has %q", got)
	}
}

// Where nothing that is said is kept, nor is what was typed.
func TestTypedWhereNothingIsKept(t *testing.T) {
	h := NewHouse()
	b := newBook(h)
	alice := enter(t, h, at("alice", "A"))
	alice.KeepTyped([]string{"/msg bob 秘密"})
	if got := alice.Typed(); got != nil || len(b.tables[tableTyped]) != 0 {
		t.Errorf("kept: %q", got)
	}
}
