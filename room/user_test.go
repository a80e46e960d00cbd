package room_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// A second terminal takes over from the first: nobody sees a join or leave, the old terminal is
// told and closed, and the name and the conversation continue. Whatever the old session does after
// that changes nothing.
func TestTakeover(t *testing.T) {
	h := room.New(room.Config{})
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	old := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	id := old.UserInfo().SessionID
	roomtest.Does(t, old, "/nick Big Alice")
	roomtest.Read(t, bob)

	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Expect(t, old, "~ "+testkit.English(reply.GoodbyeTakenOver)+"; left: taken over")
	if who := alice.UserInfo(); who.Name != "Big Alice" || who.SessionID != id || !who.Verified || old.Reason() != room.TakenOver {
		t.Errorf("alice is %+v, the old one left for %q", who, old.Reason())
	}
	roomtest.Expect(t, alice, "")
	if err := old.Say("late"); err != room.TakenOver {
		t.Errorf("the old session speaks: %v", err)
	}
	if _, err := old.Rename("late"); err != room.TakenOver {
		t.Errorf("the old session changes its name: %v", err)
	}
	old.Leave(room.HungUp)
	old.HandleLine("/quit", command.SlashSyntax)
	roomtest.Expect(t, old, "left: taken over")
	if got := roomtest.Does(t, bob, "/who"); got != "here: bob,Big Alice" {
		t.Errorf("who: %s", got)
	}
	if n := h.CountSessions(); n != 2 {
		t.Errorf("%d online", n)
	}
	alice.HandleLine("hello", 0)
	bob.HandleLine("/msg big alice hi", command.SlashSyntax)
	roomtest.Expect(t, alice, "Big Alice: hello; bob>Big Alice: hi")
	alice.Leave(room.Quit)
	roomtest.Expect(t, bob, "Big Alice: hello; bob>Big Alice: hi; -Big Alice (quit)")
	bob.Leave(room.Quit)
	empty(t, h)
}

// What was said since the old terminal was last heard from, by its input or by what the door knows,
// is unread at the new one. The new one does not get anything twice.
func TestTakeoverCountsUnread(t *testing.T) {
	for _, byDoor := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}, Messages: roomtest.NewFakeMessageStore()})
			bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
			ci := roomtest.At("alice", "A")
			var heard time.Time
			if byDoor {
				ci.LastHeard = func() time.Time { return heard }
			}
			old := roomtest.Enter(t, h, ci)
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
			roomtest.Read(t, old) // its writer sent it over a connection that may be dead
			alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
			time.Sleep(time.Second)
			bob.HandleLine("7", 0)
			a := roomtest.Arrive(t, alice, 5)
			if got := roomtest.Words(a.Messages); got != "bob: 2; bob: 3; bob: 4; bob: 5; bob: 6" || a.Unread != 3 || a.EarlierUnread != 0 || !a.LastSeen.Equal(heard) {
				t.Errorf("alice is shown %s, %+v", got, a)
			}
			roomtest.Expect(t, alice, "bob: 7")
			third := roomtest.Enter(t, h, roomtest.At("alice", "A"))
			if a := roomtest.Arrive(t, third, 2); a.Unread != 1 || a.EarlierUnread != 0 {
				t.Errorf("a third terminal: %+v", a)
			}
		})
	}
}

// Private messages that the old terminal had not taken, or that came after it was
// last heard from, come to the new one, each once; those that it has seen do not.
func TestTakeoverKeepsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
		old := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		tell := func(text string) {
			t.Helper()
			if _, err := private.Send(bob.Session, "alice", text); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}
		tell("seen")
		roomtest.Read(t, old)
		time.Sleep(time.Second)
		old.Touch()
		tell("sent")
		roomtest.Read(t, old)
		tell("waiting")
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		tell("new")
		if got := roomtest.Words(roomtest.Arrive(t, alice, 0).PrivateMessages); got != "bob>alice: sent; bob>alice: waiting" {
			t.Errorf("alice gets %s", got)
		}
		roomtest.Expect(t, alice, "bob>alice: new")
	})
}

// Messages that the old terminal's writer had not taken when its user last typed something, because
// it was stuck, count as unseen.
func TestTakeoverKeepsMessagesOfAStuckWriter(t *testing.T) {
	for _, taken := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := room.New(room.Config{})
			bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
			old := roomtest.Enter(t, h, roomtest.At("alice", "A"))
			for _, text := range []string{"one", "two"} {
				if _, err := private.Send(bob.Session, "alice", text); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Second)
				if text == "one" {
					old.Touch()
				}
			}
			if taken {
				roomtest.Read(t, old)
			}
			if got := roomtest.Words(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("alice", "A")), 0).PrivateMessages); got != "bob>alice: one; bob>alice: two" {
				t.Errorf("taken: %t: alice gets %q", taken, got)
			}
		})
	}
}

// Messages are not lost if a terminal is taken over before it could show them, or just as it did:
// the third terminal gets them.
func TestTakeoverTwiceKeepsMessages(t *testing.T) {
	for _, arrived := range []bool{false, true} {
		t.Run(fmt.Sprintf("arrived: %t", arrived), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := room.New(room.Config{})
				bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
				old := roomtest.Enter(t, h, roomtest.At("alice", "A"))
				if _, err := private.Send(bob.Session, "alice", "one"); err != nil {
					t.Error(err)
				}
				roomtest.Read(t, old)
				second := roomtest.Enter(t, h, roomtest.At("alice", "A"))
				if arrived {
					roomtest.Arrive(t, second, 0) // and the connection is dead before it is written
				}
				time.Sleep(time.Second)
				if _, err := private.Send(bob.Session, "alice", "two"); err != nil {
					t.Error(err)
				}
				third := roomtest.Enter(t, h, roomtest.At("alice", "A"))
				if got := roomtest.Words(roomtest.Arrive(t, third, 0).PrivateMessages); got != "bob>alice: one; bob>alice: two" {
					t.Errorf("the third gets %s", got)
				}
			})
		})
	}
}

// Private messages go to the terminal, not to a program of the same user that was there before.
func TestMessagesGoToTheTerminal(t *testing.T) {
	h := room.New(room.Config{})
	pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", ""))
	for _, s := range []*command.Runner{pipe, alice} {
		roomtest.Read(t, s)
	}
	roomtest.Does(t, bob, "/msg alice psst")
	roomtest.Expect(t, alice, "bob>alice: psst")
	roomtest.Expect(t, pipe, "")
}

// A message that went to a pipe, where nobody may have read it, comes to the terminal
// that the person sits down at next.
func TestMessageToPipeReachesTerminal(t *testing.T) {
	h := room.New(room.Config{})
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	alice.Leave(room.Quit)
	if _, err := private.Send(bob.Session, "alice", "are you there"); err != nil {
		t.Error(err)
	}
	roomtest.Read(t, pipe)
	alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
	if got := roomtest.Words(roomtest.Arrive(t, alice, 0).PrivateMessages); got != "bob>alice: are you there" {
		t.Errorf("alice gets %q", got)
	}
	alice.Leave(room.Quit)
	if got := roomtest.Words(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("alice", "A")), 0).PrivateMessages); got != "" {
		t.Errorf("after a second time alice gets %q", got)
	}
}

// Messages sent during a takeover reach the new terminal, once each: here the old one was never
// heard from.
func TestTakeoverLosesNothing(t *testing.T) {
	const senders, each = 3, 8
	for round := range 400 {
		h := room.New(room.Config{})
		old := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		var drained, sent sync.WaitGroup
		drained.Go(func() { // its writer continues until the end
			buf := make([]room.Item, 0, 4)
			for old.Wait() == nil {
				old.Take(buf)
			}
		})
		for s := range senders {
			u := roomtest.Enter(t, h, roomtest.At(fmt.Sprint("u", s), ""))
			sent.Go(func() {
				for i := range each {
					if _, err := private.Send(u.Session, "alice", fmt.Sprintf("%d-%d", s, i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		sent.Wait()
		got := map[string]int{}
		for _, e := range roomtest.Arrive(t, alice, 0).PrivateMessages {
			got[e.Text]++
		}
		for alice.HasPending() {
			for _, e := range alice.Take(make([]room.Item, 0, 64)) {
				if roomtest.EventOf(e).Kind == room.PrivateMessage {
					got[roomtest.EventOf(e).Text]++
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
	h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1e9, AddressBurst: 1e9}}})
	watcher := roomtest.Enter(t, h, roomtest.At("watcher", ""))
	var crowd sync.WaitGroup
	for i := range 40 {
		crowd.Go(func() {
			ci := roomtest.At("alice", "A")
			ci.Terminal, ci.Remote, ci.Takeover = i%4 > 0, roomtest.Address("192.0.2.1"), room.TakeoverAlways
			for n := range 20 {
				s, err := roomtest.EnterHub(h, ci)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = welcome.For(s.Session, 3)
				_, _ = private.Send(watcher.Session, "alice", "hi")
				if n%5 == 0 {
					_, _ = s.Rename(fmt.Sprint("alice", i))
				}
				s.Leave(room.Quit)
			}
		})
	}
	crowd.Wait()
	here := false
	for watcher.HasPending() {
		for _, e := range watcher.Take(make([]room.Item, 0, 64)) {
			if roomtest.EventOf(e).Kind != room.Joined && roomtest.EventOf(e).Kind != room.Left || roomtest.EventOf(e).User.Person == "" {
				continue
			}
			if here == (roomtest.EventOf(e).Kind == room.Joined) {
				t.Fatalf("out of turn: %s", roomtest.Describe(e))
			}
			here = roomtest.EventOf(e).Kind == room.Joined
		}
	}
	if here {
		t.Error("alice has not left")
	}
	watcher.Leave(room.Quit)
	empty(t, h)
}

// Pipes and commands with the same key speak as the same person, beside the terminal: they take
// nothing over, and the room reads that the user left when the last session is gone. A new name is
// the name of all.
func TestPipesSpeakBesideATerminal(t *testing.T) {
	h := room.New(room.Config{})
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Read(t, bob)
	pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	oneShot, notice, err := roomtest.ExecHub(h, roomtest.At("other", "A")) // a command with a terminal is still a command
	if err != nil || notice != nil {
		t.Fatal(err, notice)
	}
	if alice.Reason() != "" || oneShot.UserInfo() != alice.UserInfo() || pipe.UserInfo() != alice.UserInfo() {
		t.Errorf("three sessions of alice: %+v, %+v, %+v, %q", alice.UserInfo(), pipe.UserInfo(), oneShot.UserInfo(), alice.Reason())
	}
	pipe.HandleLine("by pipe", 0)
	if _, err := oneShot.RunCommand([]string{"say", "by command"}); err != nil {
		t.Error(err)
	}
	bob.HandleLine("/msg alice psst", command.SlashSyntax)
	oneShot.Leave(room.Quit)
	roomtest.Expect(t, bob, "alice: by pipe; alice: by command; bob>alice: psst")
	roomtest.Expect(t, alice, "+alice; alice: by pipe; alice: by command; bob>alice: psst")
	roomtest.Expect(t, pipe, "alice: by pipe; alice: by command")
	roomtest.Does(t, alice, "/nick Alice II")
	if pipe.UserInfo().Name != "Alice II" || pipe.UserInfo().SessionID != alice.UserInfo().SessionID {
		t.Errorf("the pipe is %+v", pipe.UserInfo())
	}
	alice.Leave(room.HungUp)
	roomtest.Expect(t, bob, "alice=Alice II")
	bob.HandleLine("/msg alice ii still there?", command.SlashSyntax)
	roomtest.Expect(t, pipe, "alice=Alice II; bob>Alice II: still there?")
	if got := roomtest.Does(t, bob, "/who"); got != "here: bob,Alice II" {
		t.Errorf("who: %s", got)
	}
	again := roomtest.Enter(t, h, roomtest.At("x", "A"))
	if got := again.UserInfo().Name; got != "Alice II" || pipe.Reason() != "" {
		t.Errorf("at a terminal again: %s; the pipe has left: %q", got, pipe.Reason())
	}
	pipe.Leave(room.Quit)
	again.Leave(room.Quit)
	if got := strings.TrimPrefix(roomtest.Read(t, bob), "here: bob,Alice II; "); got != "-Alice II (quit)" {
		t.Errorf("bob reads %s", got)
	}
	bob.Leave(room.Quit)
	empty(t, h)
}

// One key is one person, and without a key there is no person: guests with one name, or at one
// address, are never the same user.
func TestGuestsAreDistinct(t *testing.T) {
	h := room.New(room.Config{})
	a := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a", Terminal: true, Remote: roomtest.Address("192.0.2.1")})
	b := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "a", Terminal: true, Remote: roomtest.Address("192.0.2.1")})
	v, _, err := roomtest.ExecHub(h, room.ClientInfo{RequestedName: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Leave(room.Quit)
	if a.Reason() != "" || a.UserInfo().SessionID == b.UserInfo().SessionID || v.UserInfo().Name != "a-3" {
		t.Errorf("%+v (%q), %+v, %+v", a.UserInfo(), a.Reason(), b.UserInfo(), v.UserInfo())
	}
}

// A door without names shows addresses, but only to its own clients. At other doors these clients
// have names, by which they can be sent messages.
func TestUnnamed(t *testing.T) {
	h := room.New(room.Config{})
	tcp := func(addr string) *command.Runner {
		return roomtest.Enter(t, h, room.ClientInfo{Unnamed: true, Address: addr, Remote: netip.MustParseAddrPort(addr).Addr()})
	}
	a, b := tcp("192.0.2.1:1000"), tcp("192.0.2.1:2000")
	ssh := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	if _, err := private.Send(a.Session, "192.0.2.1:2000", "to a neighbour"); err != nil {
		t.Error(err)
	}
	if _, err := private.Send(ssh.Session, a.UserInfo().Name, "by the stand-in"); err != nil {
		t.Error(err)
	}
	_, err := private.Send(ssh.Session, "192.0.2.1:2000", "by the address")
	roomtest.Refuses(t, "who came by SSH tells an address something", err, reply.NoSuchUser)
	if got := roomtest.Read(t, b); !strings.HasSuffix(got, "to a neighbour") {
		t.Errorf("b reads %s", got)
	}
	if got := roomtest.Read(t, a); !strings.HasSuffix(got, "by the stand-in") || strings.Contains(a.UserInfo().Name, "192") {
		t.Errorf("a, who is %s, reads %s", a.UserInfo().Name, got)
	}
	if _, err := a.Rename("carol"); err != nil {
		t.Error(err)
	}
	_, err = private.Send(b.Session, "192.0.2.1:1000", "hi")
	roomtest.Refuses(t, "the address of one who has a name now", err, reply.NoSuchUser)
	for _, s := range []*command.Runner{a, b, ssh} {
		s.Leave(room.Quit)
	}
	empty(t, h)
}
