package room

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/reply"
)

func saidIn(h *Hub, room string) (texts []string) {
	h.mu.Lock()
	r := h.rooms[room]
	h.mu.Unlock()
	if r == nil {
		return []string{"NO SUCH ROOM"}
	}
	for _, e := range r.pastLines() {
		texts = append(texts, e.Text)
	}
	return texts
}

// A room that is closed and created again numbers its events from 1 again; the other nodes must not
// take them for events that they have received.
func TestRoomCreatedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		ada := s.nodes[0].come("ada", "K1")
		ada.HandleLine("/join tea", SlashSyntax)
		s.settle()
		for range 20 {
			ada.HandleLine("old", SlashSyntax)
		}
		s.settle()
		if n := len(saidIn(s.nodes[1].Hub, "tea")); n != 20 {
			t.Fatal("before:", n)
		}
		ada.HandleLine("/part", SlashSyntax)
		s.settle()
		time.Sleep(25 * time.Hour)
		ada.HandleLine("/rooms", SlashSyntax) // sweeps
		s.settle()
		ada.HandleLine("/join tea", SlashSyntax)
		s.settle()
		ada.HandleLine("new line", SlashSyntax)
		s.settle()
		if got := saidIn(s.nodes[1].Hub, "tea"); !slices.Contains(got, "new line") {
			t.Errorf("the other house has %q", got)
		}
	})
}

type noRemote struct{}

func (noRemote) Deliver(uint64, Item) error                         { return nil }
func (noRemote) Disconnect(uint64, Reason, reply.Code, []any) error { return nil }
func (noRemote) Notify(uint64, Item)                                {}

// An event from a peer is received once, however often it arrives: it is sent again after a message
// was lost, and the store has some of them too.
func TestReceivedOnce(t *testing.T) {
	h := remembering(lobbyRingSize, HistoryLimits{Lines: 100})
	pr := h.AddPeer("one", noRemote{})
	pr.StartProcess("process", map[string]uint64{Lobby: 3})
	says := func(seq uint64, text string) *Event {
		return &Event{Seq: seq, Time: time.Now(), Kind: Said, User: &UserInfo{SessionID: 1, Name: "ada"}, Text: text}
	}
	pr.Receive(Lobby, says(3, "before"))
	pr.Receive(Lobby, says(4, "four"))
	pr.Receive(Lobby, says(4, "four"))
	pr.ReceiveStored("process", Lobby, says(4, "four"))
	pr.ReceiveStored("process", Lobby, says(6, "six"))
	pr.ReceiveStored("process", Lobby, says(6, "six"))
	for i, text := range []string{"five", "six", "seven", "seven"} {
		pr.Receive(Lobby, says(uint64(5+min(i, 2)), text))
	}
	if got := saidIn(h, Lobby); !slices.Equal(got, []string{"four", "six", "five", "seven"}) {
		t.Errorf("heard was %q", got)
	}
}

// A node remembers what it has received until it is erased or exceeds the limits. A process from
// which it received something stays known after another one has replaced it.
func TestReceivedIsRemembered(t *testing.T) {
	h := remembering(lobbyRingSize, HistoryLimits{Lines: 2})
	pr := h.AddPeer("one", noRemote{})
	pr.StartProcess("process", nil)
	heard := map[string]*Event{}
	for i, key := range []string{"bob", "ada", "bob"} {
		e := &Event{Seq: uint64(i + 1), Time: time.Now(), Kind: Said, User: &UserInfo{SessionID: 1, Name: key, Person: key}, Text: "hi"}
		heard[fmt.Sprint(i, " ", key)] = e
		pr.Receive(Lobby, e)
	}
	has := func(want ...string) {
		t.Helper()
		var got []string
		for name, e := range heard {
			if pr.Remembers(Lobby, e) {
				got = append(got, name)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("it remembers %q, want %q", got, want)
		}
	}
	has("1 ada", "2 bob")
	pr.StartProcess("another", nil)
	pr.ReceiveStored("process", Lobby, &Event{Seq: 4, Time: time.Now(), Kind: Forgot, User: &UserInfo{Person: "bob"}})
	has("1 ada")
	pr.ReceiveStored("process", Lobby, &Event{Seq: 2, Time: time.Now(), Kind: Said, User: &UserInfo{Name: "ada"}, Text: "again"})
	has("1 ada")
	if pr.Remembers("tea", heard["1 ada"]) {
		t.Error("it is remembered in a room that there is not")
	}
}

// With three nodes: if a rename at one of them frees a name, a user of a third node who has that
// name at home gets it here.
func TestRequestedNameAfterRename(t *testing.T) {
	h := NewHub()
	h.PeerFeed("me")
	n1, n2 := h.AddPeer("one", noRemote{}), h.AddPeer("two", noRemote{})
	now := time.Now()
	x := PeerSession{ID: 1, User: UserInfo{SessionID: 1, Name: "bob"}, Door: "ssh", Since: now, NamedAt: now, Terminal: true}
	n1.UpdateSessions([]PeerSession{x})
	n2.UpdateSessions([]PeerSession{{ID: 2, User: UserInfo{SessionID: 2, Name: "bob"}, Door: "ssh", Since: now.Add(2 * time.Second), NamedAt: now.Add(2 * time.Second), Terminal: true}})
	x.User.Name, x.NamedAt = "zed", now.Add(time.Second) // it was called zed before the other one came
	n1.UpdateSessions([]PeerSession{x})
	h.mu.Lock()
	defer h.mu.Unlock()
	if u := h.online.byName["bob"]; u == nil {
		t.Errorf("nobody is bob here; %v", h.online.byPerson)
		for name := range h.online.byName {
			t.Log("here:", name)
		}
	}
}

// A session leaves without a word if other sessions of the person stay. But at another node the
// person may then get another name, and readers are woken to see that.
func TestReadersWakeForWhatFollowsLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.PeerFeed("me")
		pr := h.AddPeer("one", noRemote{})
		time.Sleep(time.Hour)
		here := enter(t, h, at("ada", "K"))
		before := time.Now().Add(-time.Minute)
		pr.UpdateSessions([]PeerSession{{ID: 1, User: UserInfo{SessionID: 1, Name: "zed", Person: "K"}, Door: "ssh", Since: before, NamedAt: before}})
		bob := enter(t, h, at("bob", ""))
		time.Sleep(2 * joinLeaveInterval)
		read(t, bob)
		woken := make(chan error, 1)
		go func() { woken <- bob.Wait() }()
		synctest.Wait()
		if len(woken) > 0 {
			t.Fatal("bob is awake already")
		}
		here.Leave(Quit)
		synctest.Wait()
		if len(woken) == 0 {
			t.Error("bob sleeps on")
			bob.RequestRefresh()
		}
		<-woken
		expect(t, bob, "ada=zed")
	})
}

// Two nodes with sessions of one person do not go on forever telling each other about that person.
func TestPingPong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		a, b := s.nodes[0], s.nodes[1]
		ada := a.come("ada", "K1")
		s.settle()
		pipe, err := b.Enter(ClientInfo{RequestedName: "ada", Fingerprint: "K1", Door: "ssh", Scripted: true, Remote: netip.MustParseAddr("192.0.2.1")})
		if err != nil {
			t.Fatal(err)
		}
		s.settle()
		ada.HandleLine("/name release ada yes", SlashSyntax)
		pipe.HandleLine("/away", SlashSyntax)
		rounds := 0
		for ; rounds < 1000; rounds++ { // news crosses on the way
			fromA, fromB := a.relay.ChangedSessions(), b.relay.ChangedSessions()
			if len(fromA)+len(fromB) == 0 {
				break
			}
			b.other.UpdateSessions(fromA)
			a.other.UpdateSessions(fromB)
		}
		if rounds == 1000 {
			t.Error("they go on telling each other for ever")
		}
	})
}

// What somebody said with a key that belonged to another person before is erased at both nodes.
func TestForgetOldKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		a, b := s.nodes[0], s.nodes[1]
		old := a.come("old", "K2")
		old.HandleLine("said with K2", SlashSyntax)
		s.settle()
		ada := a.come("ada", "K1")
		buf := make([]Item, 0, 100)
		ada.HandleLine("/key add", SlashSyntax)
		code := ""
		for _, e := range ada.Take(buf) {
			if sentenceOf(e).Code == reply.KeyLinkCode {
				code = sentenceOf(e).Args[0].(string)
			}
		}
		old.HandleLine("/key add "+code+" yes", SlashSyntax)
		s.settle()
		ada.HandleLine("said with K1", SlashSyntax)
		s.settle()
		ada.HandleLine("/forget me yes", SlashSyntax)
		s.settle()
		if at := saidIn(a.Hub, Lobby); len(at) != 0 {
			t.Fatalf("at home: %q", at)
		}
		if at := saidIn(b.Hub, Lobby); len(at) != 0 {
			t.Errorf("the other house still has %q", at)
		}
	})
}

// If an operator erases the messages of somebody at another node, that person's input history goes
// too.
func TestForgottenAtPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		a, b := s.nodes[0], s.nodes[1]
		root := a.come("root", "K1")
		root.HandleLine("/op "+a.NewOperatorCode(), SlashSyntax)
		ada := b.come("ada", "K2")
		ada.recordInput("a secret that I typed")
		s.settle()
		root.HandleLine("/forget ada yes", SlashSyntax)
		s.settle()
		ada.Leave(Quit)
		s.settle()
		b.mu.Lock()
		defer b.mu.Unlock()
		if kept := b.inputHistories.Get("K2"); kept != nil {
			t.Errorf("kept: %q", kept.Lines)
		}
	})
}

// A session that uses a key which is removed at another node ends.
func TestRevokedAtPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		a, b := s.nodes[0], s.nodes[1]
		ada, second := a.come("ada", "K1"), a.come("second", "SHA256:stolen")
		buf := make([]Item, 0, 100)
		ada.HandleLine("/key add", SlashSyntax)
		code := ""
		for _, e := range ada.Take(buf) {
			if sentenceOf(e).Code == reply.KeyLinkCode {
				code = sentenceOf(e).Args[0].(string)
			}
		}
		second.HandleLine("/key add "+code+" yes", SlashSyntax)
		s.settle()
		thief, err := b.Enter(ClientInfo{RequestedName: "ada", Fingerprint: "SHA256:stolen", Door: "ssh", Scripted: true, Remote: netip.MustParseAddr("192.0.2.7")})
		if err != nil {
			t.Fatal(err)
		}
		s.settle()
		if thief.Person != "K1" {
			t.Fatal("it is", thief.Person)
		}
		ada.HandleLine("/key remove SHA256:stolen yes", SlashSyntax)
		s.settle()
		if thief.Reason() == "" {
			t.Errorf("the thief is still here, as %s", thief.User().Name)
		}
	})
}

// A guest who connects to another node through a proxy on its machine can be muted.
func TestMuteGuestAtPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		a, b := s.nodes[0], s.nodes[1]
		root := a.come("root", "K1")
		root.HandleLine("/op "+a.NewOperatorCode(), SlashSyntax)
		eve, err := b.Enter(ClientInfo{RequestedName: "eve", Door: "classic", Remote: netip.MustParseAddr("127.0.0.1")})
		if err != nil {
			t.Fatal(err)
		}
		s.settle()
		root.HandleLine("/mute eve 1h", SlashSyntax)
		s.settle()
		if eve.Say("spam") == nil {
			t.Error("eve is not mute")
		}
	})
}

// A user who is no longer ignored can be reached from the other node.
func TestUnignoredAtPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		a, b := s.nodes[0], s.nodes[1]
		ada := a.come("ada", "K1")
		s.settle()
		bob := b.come("bob", "K2")
		bob.HandleLine("/ignore ada", SlashSyntax)
		s.settle()
		bob.Leave(Quit)
		s.settle()
		bob = b.come("bob", "K2")
		s.settle()
		bob.HandleLine("/unignore ada", SlashSyntax)
		s.settle()
		if _, err := ada.SendDirect("bob", "hello"); err != nil {
			t.Error(err)
		}
	})
}

// An expired room belongs to whoever creates it again. The other node reads that from the store
// late, before it has closed the old room: it neither gives the room back to the old owner nor
// shows the new one what was said there before.
func TestRoomExpiredAtPeer(t *testing.T) {
	for _, bookFirst := range []bool{false, true} {
		for _, founder := range []string{"K1", "K2"} {
			synctest.Test(t, func(t *testing.T) { createWhereOneExpired(t, founder, bookFirst) })
		}
	}
}

func createWhereOneExpired(t *testing.T, founder string, bookFirst bool) {
	s := newTestCluster(t)
	a, b := s.nodes[0], s.nodes[1]
	ada := a.come("ada", "K1")
	ada.HandleLine("/join kitchen", SlashSyntax)
	ada.HandleLine("between us", SlashSyntax)
	ada.HandleLine("/part", SlashSyntax)
	s.settle()
	time.Sleep(emptyRoomTTL + time.Minute)
	bob := b.come("bob", founder)
	bob.HandleLine("/join kitchen", SlashSyntax)
	b.pending = slices.DeleteFunc(b.pending, func(r records.Record) bool { return r.Table == "rooms" && r.Value == nil }) // overwritten
	if bookFirst {
		b.tell(1)
		a.tell(2)
	}
	s.settle()
	for _, one := range s.nodes {
		if r := one.rooms["kitchen"]; r == nil || r.owner != founder || len(r.pastLines()) > 0 {
			t.Errorf("%s founds it, and house %d has %+v", founder, one.n, r)
		}
	}
}

// Somebody leaves here, and goes on under another name elsewhere: who reads of that is
// woken for it, though nobody is told that somebody left.
func TestLeavingWakesForANewName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.PeerFeed("me")
		pr := h.AddPeer("one", noRemote{})
		now := time.Now()
		pr.UpdateSessions([]PeerSession{{ID: 1, User: UserInfo{SessionID: 1, Name: "zed", Person: "A"}, Fingerprint: "A", Door: "ssh", Since: now, NamedAt: now}})
		time.Sleep(time.Second)
		alice := enter(t, h, ClientInfo{RequestedName: "zed", Fingerprint: "A"})
		does(t, alice, "/nick alice")
		bob := enter(t, h, at("bob", "B"))
		read(t, bob)
		var heard []string
		go func() {
			for bob.Wait() == nil {
				for _, e := range bob.Take(make([]Item, 0, 9)) {
					heard = append(heard, describe(e))
				}
			}
		}()
		time.Sleep(time.Second)
		alice.Leave(Quit)
		time.Sleep(time.Second)
		synctest.Wait()
		if !slices.Equal(heard, []string{"alice=zed"}) {
			t.Errorf("bob reads %q", heard)
		}
		h.Close()
	})
}

// The name of a user whose node does not answer is kept for a while from everybody, except from
// somebody who enters here with the same key.
func TestNameOfALostPeerIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		pr := h.AddPeer("one", noRemote{})
		now := time.Now()
		pr.UpdateSessions([]PeerSession{
			{ID: 1, User: UserInfo{SessionID: 1, Name: "ada"}, Door: "ssh", Since: now, NamedAt: now},
			{ID: 2, User: UserInfo{SessionID: 2, Name: "eve", Person: "E"}, Door: "ssh", Since: now, NamedAt: now},
		})
		pr.MarkLost()
		if got := enter(t, h, at("ada", "")).User().Name; got == "ada" {
			t.Error("somebody else is ada at once")
		}
		if got := enter(t, h, at("eve", "E")).User().Name; got != "eve" {
			t.Errorf("eve comes here and is %s", got)
		}
		time.Sleep(nameHoldTime + time.Second)
		if got := enter(t, h, at("ada", "")).User().Name; got != "ada" {
			t.Errorf("long after that somebody who would be ada is %s", got)
		}
	})
}

// A user with sessions at two nodes, and another name at each, keeps the later name.
func TestWhatOneWasCalledLastCounts(t *testing.T) {
	for later, want := range map[time.Duration]string{time.Second: "zed", -time.Second: "ada", 0: "ada"} {
		synctest.Test(t, func(t *testing.T) {
			h := NewHub()
			pr := h.AddPeer("one", noRemote{})
			ada := enter(t, h, at("ada", "K"))
			at := time.Now().Add(later)
			pr.UpdateSessions([]PeerSession{{ID: 1, User: UserInfo{SessionID: 1, Name: "zed", Person: "K"}, Door: "ssh", Since: at, NamedAt: at}})
			if got := ada.User().Name; got != want {
				t.Errorf("called zed elsewhere, %v later: here it is %s, want %s", later, got, want)
			}
		})
	}
}
