package room

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

func address(s string) netip.Addr { return netip.MustParseAddr(s) }

// empty checks that nothing is left of the users of a hub.
func empty(t testing.TB, h *Hub) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.sessions) + len(h.online.byName) + len(h.online.bySkeleton) + len(h.online.byPerson) + len(h.online.byAddress); n != 0 {
		t.Errorf("left in the house: %d users, %d names, %d looks, %d people, %d addresses",
			len(h.sessions), len(h.online.byName), len(h.online.bySkeleton), len(h.online.byPerson), len(h.online.byAddress))
	}
	for prefix, s := range h.addressLimits.byAddress.All() {
		if s.sessions != 0 {
			t.Errorf("%d users are left from %s", s.sessions, prefix)
		}
	}
	for name, r := range h.rooms {
		if n := r.readers.Load(); n != 0 {
			t.Errorf("%d readers are left in %s", n, name)
		}
	}
}

// A second terminal takes over from the first: nobody sees a join or leave, the old terminal is
// told and closed, and name and conversation go on. Whatever the old session does after that
// changes nothing.
func TestTakeover(t *testing.T) {
	h := NewHub()
	bob := enter(t, h, at("bob", ""))
	old := enter(t, h, at("alice", "A"))
	id := old.User().SessionID
	does(t, old, "/nick Big Alice")
	read(t, bob)

	alice := enter(t, h, at("alice", "A"))
	expect(t, old, "~ "+testkit.English(reply.GoodbyeTakenOver)+"; left: taken over")
	if who := alice.User(); who.Name != "Big Alice" || who.SessionID != id || !who.Verified || old.Reason() != TakenOver {
		t.Errorf("alice is %+v, the old one left for %q", who, old.Reason())
	}
	expect(t, alice, "")
	if err := old.Say("late"); err != TakenOver {
		t.Errorf("the old session says something: %v", err)
	}
	if _, err := old.Rename("late"); err != TakenOver {
		t.Errorf("the old session takes another name: %v", err)
	}
	old.Leave(HungUp)
	old.HandleLine("/quit", SlashSyntax)
	expect(t, old, "left: taken over")
	if got := does(t, bob, "/who"); got != "here: bob,Big Alice" {
		t.Errorf("who: %s", got)
	}
	if n := h.CountSessions(); n != 2 {
		t.Errorf("%d online", n)
	}
	alice.HandleLine("hello", 0)
	bob.HandleLine("/msg big alice hi", SlashSyntax)
	expect(t, alice, "Big Alice: hello; bob>Big Alice: hi")
	alice.Leave(Quit)
	expect(t, bob, "Big Alice: hello; bob>Big Alice: hi; -Big Alice (quit)")
	bob.Leave(Quit)
	empty(t, h)
}

// What was said since the old terminal was last heard from, by its input or by what the door knows,
// is unread at the new one. The new one does not get anything twice.
func TestTakeoverCountsUnread(t *testing.T) {
	for _, byDoor := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := remembering(64, HistoryLimits{Lines: 20})
			h.Messages = newFakeMessageStore()
			bob := enter(t, h, at("bob", ""))
			ci := at("alice", "A")
			var heard time.Time
			if byDoor {
				ci.LastHeard = func() time.Time { return heard }
			}
			old := enter(t, h, ci)
			say := func(from, to int) {
				for i := from; i < to; i++ {
					bob.HandleLine(fmt.Sprint(i), 0)
					time.Sleep(time.Minute)
				}
			}
			say(0, 4)
			if heard = time.Now(); !byDoor {
				old.Touch()
			}
			time.Sleep(time.Second)
			say(4, 7)
			read(t, old) // its writer sent it to a connection that may be dead
			alice := enter(t, h, at("alice", "A"))
			time.Sleep(time.Second)
			bob.HandleLine("7", 0)
			a := arrive(t, alice, 5)
			if got := words(a.Messages); got != "bob: 2; bob: 3; bob: 4; bob: 5; bob: 6" || a.Unread != 3 || a.EarlierUnread != 0 || !a.LastSeen.Equal(heard) {
				t.Errorf("alice is shown %s, %+v", got, a)
			}
			expect(t, alice, "bob: 7")
			third := enter(t, h, at("alice", "A"))
			if a := arrive(t, third, 2); a.Unread != 1 || a.EarlierUnread != 0 {
				t.Errorf("a third terminal: %+v", a)
			}
		})
	}
}

// Private messages that the old terminal had not taken, or that came after it was
// last heard from, come to the new one, each once; those that it has seen do not.
func TestTakeoverKeepsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		bob := enter(t, h, at("bob", ""))
		old := enter(t, h, at("alice", "A"))
		tell := func(text string) {
			t.Helper()
			if _, err := bob.SendDirect("alice", text); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}
		tell("seen")
		read(t, old)
		time.Sleep(time.Second)
		old.Touch()
		tell("sent")
		read(t, old)
		tell("waiting")
		alice := enter(t, h, at("alice", "A"))
		tell("new")
		if got := words(arrive(t, alice, 0).DirectMessages); got != "bob>alice: sent; bob>alice: waiting" {
			t.Errorf("alice gets %s", got)
		}
		expect(t, alice, "bob>alice: new")
	})
}

// Messages that the old terminal's writer had not taken when its user last typed something, because
// it was stuck, count as unseen.
func TestTakeoverKeepsMessagesOfAStuckWriter(t *testing.T) {
	for _, taken := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := NewHub()
			bob := enter(t, h, at("bob", ""))
			old := enter(t, h, at("alice", "A"))
			for _, text := range []string{"one", "two"} {
				if _, err := bob.SendDirect("alice", text); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Second)
				if text == "one" {
					old.Touch()
				}
			}
			if taken {
				read(t, old)
			}
			if got := words(arrive(t, enter(t, h, at("alice", "A")), 0).DirectMessages); got != "bob>alice: one; bob>alice: two" {
				t.Errorf("taken: %t: alice gets %q", taken, got)
			}
		})
	}
}

// A terminal that is taken over before it could show its messages, or just as it
// did, has not lost them: they come to the third.
func TestTakeoverTwiceKeepsMessages(t *testing.T) {
	for _, arrived := range []bool{false, true} {
		t.Run(fmt.Sprintf("arrived: %t", arrived), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := NewHub()
				bob := enter(t, h, at("bob", ""))
				old := enter(t, h, at("alice", "A"))
				if _, err := bob.SendDirect("alice", "one"); err != nil {
					t.Error(err)
				}
				read(t, old)
				second := enter(t, h, at("alice", "A"))
				if arrived {
					arrive(t, second, 0) // and the connection is dead before it is written
				}
				time.Sleep(time.Second)
				if _, err := bob.SendDirect("alice", "two"); err != nil {
					t.Error(err)
				}
				third := enter(t, h, at("alice", "A"))
				if got := words(arrive(t, third, 0).DirectMessages); got != "bob>alice: one; bob>alice: two" {
					t.Errorf("the third gets %s", got)
				}
			})
		})
	}
}

// Private messages are shown where somebody sits, and not by a program that was there
// before.
func TestMessagesGoToTheTerminal(t *testing.T) {
	h := NewHub()
	pipe := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", ""))
	for _, s := range []*Session{pipe, alice} {
		read(t, s)
	}
	does(t, bob, "/msg alice psst")
	expect(t, alice, "bob>alice: psst")
	expect(t, pipe, "")
}

// A message that went to a pipe, where nobody may have read it, comes to the terminal
// that the person sits down at next.
func TestMessageToPipeReachesTerminal(t *testing.T) {
	h := NewHub()
	bob := enter(t, h, at("bob", ""))
	alice := enter(t, h, at("alice", "A"))
	pipe := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	alice.Leave(Quit)
	if _, err := bob.SendDirect("alice", "are you there"); err != nil {
		t.Error(err)
	}
	read(t, pipe)
	alice = enter(t, h, at("alice", "A"))
	if got := words(arrive(t, alice, 0).DirectMessages); got != "bob>alice: are you there" {
		t.Errorf("alice gets %q", got)
	}
	alice.Leave(Quit)
	if got := words(arrive(t, enter(t, h, at("alice", "A")), 0).DirectMessages); got != "" {
		t.Errorf("after a second time alice gets %q", got)
	}
}

// Whatever is told while one terminal takes over from another comes to the new
// one, once: here the old one was never heard from.
func TestTakeoverLosesNothing(t *testing.T) {
	const senders, each = 3, 8
	for round := range 400 {
		h := NewHub()
		old := enter(t, h, at("alice", "A"))
		var drained, sent sync.WaitGroup
		drained.Go(func() { // its writer goes on until the end
			buf := make([]Item, 0, 4)
			for old.Wait() == nil {
				old.Take(buf)
			}
		})
		for s := range senders {
			u := enter(t, h, at(fmt.Sprint("u", s), ""))
			sent.Go(func() {
				for i := range each {
					if _, err := u.SendDirect("alice", fmt.Sprintf("%d-%d", s, i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		alice := enter(t, h, at("alice", "A"))
		sent.Wait()
		got := map[string]int{}
		for _, e := range arrive(t, alice, 0).DirectMessages {
			got[e.Text]++
		}
		for alice.hasPending() {
			for _, e := range alice.Take(make([]Item, 0, 64)) {
				if eventOf(e).Kind == DirectMessage {
					got[eventOf(e).Text]++
				}
			}
		}
		for s := range senders {
			for i := range each {
				if n := got[fmt.Sprintf("%d-%d", s, i)]; n != 1 {
					t.Fatalf("round %d: message %d of sender %d came %d times", round, i, s, n)
				}
			}
		}
		drained.Wait()
		h.Close()
	}
}

// Many terminals of one person come and go at once, beside pipes: there is one user, whose joins
// and leaves alternate in the room.
func TestTakeoverRace(t *testing.T) {
	h := newHub(1 << 15)
	h.Limits = Limits{AddressLines: 1e9, AddressBurst: 1e9}
	watcher := enter(t, h, at("watcher", ""))
	var crowd sync.WaitGroup
	for i := range 40 {
		crowd.Go(func() {
			ci := at("alice", "A")
			ci.Terminal, ci.Remote, ci.Takeover = i%4 > 0, address("192.0.2.1"), TakeoverAlways
			for n := range 20 {
				s, err := h.Enter(ci)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = s.Welcome(3)
				_, _ = watcher.SendDirect("alice", "hi")
				if n%5 == 0 {
					_, _ = s.Rename(fmt.Sprint("alice", i))
				}
				s.Leave(Quit)
			}
		})
	}
	crowd.Wait()
	here := false
	for watcher.hasPending() {
		for _, e := range watcher.Take(make([]Item, 0, 64)) {
			if eventOf(e).Kind != Joined && eventOf(e).Kind != Left || eventOf(e).User.Person == "" {
				continue
			}
			if here == (eventOf(e).Kind == Joined) {
				t.Fatalf("out of turn: %s", describe(e))
			}
			here = eventOf(e).Kind == Joined
		}
	}
	if here {
		t.Error("alice has not left")
	}
	watcher.Leave(Quit)
	empty(t, h)
}

// Pipes and commands with the same key speak as the same person, beside the
// terminal: they take nothing over, and the room reads "left" when the last
// session is gone. A new name is the name of all.
func TestPipesSpeakBesideATerminal(t *testing.T) {
	h := NewHub()
	bob := enter(t, h, at("bob", ""))
	alice := enter(t, h, at("alice", "A"))
	read(t, bob)
	pipe := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	visit, notice, err := h.Exec(at("other", "A")) // a command with a terminal is a command
	if err != nil || notice != nil {
		t.Fatal(err, notice)
	}
	if alice.Reason() != "" || visit.User() != alice.User() || pipe.User() != alice.User() {
		t.Errorf("three sessions of alice: %+v, %+v, %+v, %q", alice.User(), pipe.User(), visit.User(), alice.Reason())
	}
	pipe.HandleLine("by pipe", 0)
	if _, err := visit.RunCommand([]string{"say", "by command"}); err != nil {
		t.Error(err)
	}
	bob.HandleLine("/msg alice psst", SlashSyntax)
	visit.Leave(Quit)
	expect(t, bob, "alice: by pipe; alice: by command; bob>alice: psst")
	expect(t, alice, "+alice; alice: by pipe; alice: by command; bob>alice: psst")
	expect(t, pipe, "alice: by pipe; alice: by command")
	does(t, alice, "/nick Alice II")
	if pipe.User().Name != "Alice II" || pipe.User().SessionID != alice.User().SessionID {
		t.Errorf("the pipe is %+v", pipe.User())
	}
	alice.Leave(HungUp)
	expect(t, bob, "alice=Alice II")
	bob.HandleLine("/msg alice ii still there?", SlashSyntax)
	expect(t, pipe, "alice=Alice II; bob>Alice II: still there?")
	if got := does(t, bob, "/who"); got != "here: bob,Alice II" {
		t.Errorf("who: %s", got)
	}
	again := enter(t, h, at("x", "A"))
	if got := again.User().Name; got != "Alice II" || pipe.Reason() != "" {
		t.Errorf("at a terminal again: %s; the pipe has left: %q", got, pipe.Reason())
	}
	pipe.Leave(Quit)
	again.Leave(Quit)
	if got := strings.TrimPrefix(read(t, bob), "here: bob,Alice II; "); got != "-Alice II (quit)" {
		t.Errorf("bob reads %s", got)
	}
	bob.Leave(Quit)
	empty(t, h)
}

// One key is one person, no key is none: guests of one name, or of one address,
// never are each other.
func TestGuestsAreNotOnePerson(t *testing.T) {
	h := NewHub()
	a := enter(t, h, ClientInfo{RequestedName: "a", Terminal: true, Remote: address("192.0.2.1")})
	b := enter(t, h, ClientInfo{RequestedName: "a", Terminal: true, Remote: address("192.0.2.1")})
	v, _, err := h.Exec(ClientInfo{RequestedName: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Leave(Quit)
	if a.Reason() != "" || a.User().SessionID == b.User().SessionID || v.User().Name != "a-3" {
		t.Errorf("%+v (%q), %+v, %+v", a.User(), a.Reason(), b.User(), v.User())
	}
}

// A door that asks for no name shows addresses, to its own people only. The
// others have a name for who came there, by which it can be told something.
func TestUnnamed(t *testing.T) {
	h := NewHub()
	tcp := func(addr string) *Session {
		return enter(t, h, ClientInfo{Unnamed: true, Address: addr, Remote: netip.MustParseAddrPort(addr).Addr()})
	}
	a, b := tcp("192.0.2.1:1000"), tcp("192.0.2.1:2000")
	ssh := enter(t, h, at("alice", "A"))
	if _, err := a.SendDirect("192.0.2.1:2000", "to a neighbour"); err != nil {
		t.Error(err)
	}
	if _, err := ssh.SendDirect(a.User().Name, "by the stand-in"); err != nil {
		t.Error(err)
	}
	_, err := ssh.SendDirect("192.0.2.1:2000", "by the address")
	refuses(t, "who came by SSH tells an address something", err, reply.NoSuchUser)
	if got := read(t, b); !strings.HasSuffix(got, "to a neighbour") {
		t.Errorf("b reads %s", got)
	}
	if got := read(t, a); !strings.HasSuffix(got, "by the stand-in") || strings.Contains(a.User().Name, "192") {
		t.Errorf("a, who is %s, reads %s", a.User().Name, got)
	}
	if _, err := a.Rename("carol"); err != nil {
		t.Error(err)
	}
	_, err = b.SendDirect("192.0.2.1:1000", "hi")
	refuses(t, "the address of one who has a name now", err, reply.NoSuchUser)
	for _, s := range []*Session{a, b, ssh} {
		s.Leave(Quit)
	}
	empty(t, h)
}
