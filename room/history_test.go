package room

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// remembering returns a hub with the given limits.
func remembering(ring int, m HistoryLimits) *Hub {
	h := newHub(ring)
	h.HistoryLimits = m
	return h
}

// recalled returns what a room remembers, a word for each line.
func recalled(h *Hub) string {
	h.mu.Lock()
	r := h.lobbyLocked()
	h.mu.Unlock()
	return words(r.pastLines())
}

func words(events []*Event) string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = describe(e)
	}
	return strings.Join(list, "; ")
}

// A room remembers talk and nothing else: who comes and goes pushes nothing out,
// not even in crowds larger than the ring.
func TestComingsPushOutNoTalk(t *testing.T) {
	h := remembering(2*historyReadInterval, HistoryLimits{Lines: 10})
	alice := enter(t, h, ClientInfo{RequestedName: "alice"})
	alice.HandleLine("hello", 0)
	for i := range 3 * historyReadInterval {
		s := enter(t, h, ClientInfo{RequestedName: fmt.Sprint("u", i)})
		s.Leave(Quit)
		if i%100 == 0 {
			h.rooms[Lobby].wake() // as happens at least each quarter of a second
		}
	}
	alice.HandleLine("still here", 0)
	if got := recalled(h); got != "alice: hello; alice: still here" {
		t.Errorf("the room remembers %s", got)
	}
}

// Lines beyond a limit are forgotten, oldest first.
func TestHistoryLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		say := func(m HistoryLimits, pause time.Duration) *Hub {
			h := remembering(64, m)
			s := enter(t, h, ClientInfo{RequestedName: "u"})
			for i := range 6 {
				s.HandleLine(fmt.Sprint("line", i), 0)
				time.Sleep(pause)
			}
			return h
		}
		for what, test := range map[string]struct {
			memory HistoryLimits
			want   string
		}{
			"nothing": {HistoryLimits{}, ""},
			"lines":   {HistoryLimits{Lines: 2}, "u: line4; u: line5"},
			"bytes":   {HistoryLimits{Lines: 9, Bytes: 15}, "u: line3; u: line4; u: line5"},
			"age":     {HistoryLimits{Lines: 9, Age: 150 * time.Second}, "u: line4; u: line5"},
		} {
			h := say(test.memory, time.Minute)
			if got := recalled(h); got != test.want {
				t.Errorf("%s: the room remembers %q, want %q", what, got, test.want)
			}
		}
		h := say(HistoryLimits{Lines: 9, Age: time.Hour}, 0)
		time.Sleep(time.Hour + time.Second)
		if got := recalled(h); got != "" {
			t.Errorf("after an hour the room remembers %s", got)
		}
	})
}

// Times are an order: they go on even while the clock stands still, and after
// what was recalled, even when that is from a clock that went ahead.
func TestTimeGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := remembering(64, HistoryLimits{Lines: 9})
		ahead := time.Now().Add(time.Hour)
		h.LoadHistory(Lobby, []*Event{{Kind: Said, Time: ahead, User: &UserInfo{Name: "old"}, Text: "words"}}, time.Time{})
		s := enter(t, h, ClientInfo{RequestedName: "u"})
		s.HandleLine("one", 0)
		s.HandleLine("two", 0)
		if got := recalled(h); got != "old: words; u: one; u: two" {
			t.Errorf("the room remembers %s", got)
		}
		last := time.Time{}
		for _, e := range h.rooms[Lobby].pastLines() {
			if !e.Time.After(last) {
				t.Errorf("%s is at %v, not after %v", describe(e), e.Time, last)
			}
			last = e.Time
		}
	})
}

// A user's lines are erased on request, and nobody else's. A slice of the history that a reader
// already has does not change.
func TestForgotten(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 9})
	h.Messages = newFakeMessageStore()
	alice := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	bob := enter(t, h, ClientInfo{RequestedName: "bob"})
	alice.HandleLine("one", 0)
	bob.HandleLine("two", 0)
	alice.HandleLine("three", 0)
	before := h.rooms[Lobby].pastLines()
	read(t, alice)
	read(t, bob)

	bob.HandleLine("/forget me yes", SlashSyntax)
	expect(t, bob, "~ "+testkit.English(reply.ForgetNeedsKey))
	alice.HandleLine("/forget bob yes", SlashSyntax)
	expect(t, alice, "~ "+testkit.English(reply.ForgetMeOnly))
	alice.HandleLine("/forget me yes", SlashSyntax)
	if got := describe(alice.Take(make([]Item, 0, 9))[1]); got != "~ "+testkit.English(reply.Forgotten, "alice") {
		t.Errorf("alice is told %s", got)
	}
	alice.HandleLine("four", 0)
	if got := recalled(h); got != "bob: two; alice: four" {
		t.Errorf("the room remembers %s", got)
	}
	if got := words(before); got != "alice: one; bob: two; alice: three" {
		t.Errorf("what was read before has become %s", got)
	}
}

// Erased lines make room for others.
func TestForgottenLeavesRoom(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 9, Bytes: 20})
	h.Messages = newFakeMessageStore()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	does(t, alice, "fifteen letters")
	does(t, alice, "/forget me yes")
	does(t, bob, "ten letter")
	does(t, bob, "ten letter")
	if got := recalled(h); got != "bob: ten letter; bob: ten letter" {
		t.Errorf("the room remembers %s", got)
	}
}
