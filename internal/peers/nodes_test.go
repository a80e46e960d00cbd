package peers_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/eventlog"
	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/private"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

func saidIn(h *room.Hub, room string) (texts []string) {
	st := h.Lock()
	r := st.Rooms.ByID[ids.Room(room)]
	st.Unlock()
	if r == nil {
		return []string{"NO SUCH ROOM"}
	}
	for _, e := range r.PastLines() {
		texts = append(texts, e.Text)
	}
	return texts
}

// A room that is closed and created again numbers its events from 1 again; the other nodes must not
// take them for events that they have received.
func TestRoomCreatedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		ada := s.Nodes[0].Come("ada", "K1")
		ada.HandleLine("/join tea", command.SlashSyntax)
		s.Settle()
		for range 20 {
			ada.HandleLine("old", command.SlashSyntax)
		}
		s.Settle()
		if n := len(saidIn(s.Nodes[1].Hub, "tea")); n != 20 {
			t.Fatal("before:", n)
		}
		ada.HandleLine("/part", command.SlashSyntax)
		s.Settle()
		time.Sleep(25 * time.Hour)
		ada.HandleLine("/rooms", command.SlashSyntax) // sweeps
		s.Settle()
		ada.HandleLine("/join tea", command.SlashSyntax)
		s.Settle()
		ada.HandleLine("new line", command.SlashSyntax)
		s.Settle()
		if got := saidIn(s.Nodes[1].Hub, "tea"); !slices.Contains(got, "new line") {
			t.Errorf("the other hub has %q", got)
		}
	})
}

// An event from a peer is received once, however often it arrives: it is sent again after a message
// was lost, and the store has some of them too.
func TestReceivedOnce(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}})
	pr := peers.NewSet(h).Add("one", roomtest.NoRemote{})
	pr.StartProcess("process", map[ids.Room]uint64{ids.Room(string(room.Lobby)): 3})
	says := func(seq uint64, text string) *room.Event {
		return &room.Event{Seq: seq, Time: time.Now(), Kind: room.Said, User: &room.UserInfo{SessionID: 1, Name: "ada"}, Text: text}
	}
	pr.Receive(room.Lobby, says(3, "before"))
	pr.Receive(room.Lobby, says(4, "four"))
	pr.Receive(room.Lobby, says(4, "four"))
	pr.ReceiveStored("process", room.Lobby, says(4, "four"))
	pr.ReceiveStored("process", room.Lobby, says(6, "six"))
	pr.ReceiveStored("process", room.Lobby, says(6, "six"))
	for i, text := range []string{"five", "six", "seven", "seven"} {
		pr.Receive(room.Lobby, says(uint64(5+min(i, 2)), text))
	}
	if got := saidIn(h, string(room.Lobby)); !slices.Equal(got, []string{"four", "six", "five", "seven"}) {
		t.Errorf("heard was %q", got)
	}
}

// A node remembers what it has received until it is erased or exceeds the limits. A process from
// which it received something stays known after another one has replaced it.
func TestReceivedIsRemembered(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 2}})
	pr := peers.NewSet(h).Add("one", roomtest.NoRemote{})
	pr.StartProcess("process", nil)
	heard := map[string]*room.Event{}
	for i, key := range []string{"bob", "ada", "bob"} {
		e := &room.Event{Seq: uint64(i + 1), Time: time.Now(), Kind: room.Said, User: &room.UserInfo{SessionID: 1, Name: key, Person: ids.Account(key)}, Text: "hi"}
		heard[fmt.Sprint(i, " ", key)] = e
		pr.Receive(room.Lobby, e)
	}
	has := func(want ...string) {
		t.Helper()
		var got []string
		for name, e := range heard {
			if pr.Remembers(room.Lobby, e) {
				got = append(got, name)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("it remembers %q, want %q", got, want)
		}
	}
	has("1 ada", "2 bob")
	pr.StartProcess("another", nil)
	pr.ReceiveStored("process", room.Lobby, &room.Event{Seq: 4, Time: time.Now(), Kind: room.Forgot, User: &room.UserInfo{Person: "bob"}})
	has("1 ada")
	pr.ReceiveStored("process", room.Lobby, &room.Event{Seq: 2, Time: time.Now(), Kind: room.Said, User: &room.UserInfo{Name: "ada"}, Text: "again"})
	has("1 ada")
	if pr.Remembers("tea", heard["1 ada"]) {
		t.Error("it is remembered in a room that there is not")
	}
}

// With three nodes: if a rename at one of them frees a name, a user of a third node who has that
// name at home gets it here.
func TestRequestedNameAfterRename(t *testing.T) {
	h := room.New(room.Config{})
	peers.NewFeed(h, "me")
	all := peers.NewSet(h)
	n1, n2 := all.Add("one", roomtest.NoRemote{}), all.Add("two", roomtest.NoRemote{})
	now := time.Now()
	x := peers.Session{ID: 1, User: room.UserInfo{SessionID: 1, Name: "bob"}, Door: "ssh", Since: now, NamedAt: now, Terminal: true}
	n1.UpdateSessions([]peers.Session{x})
	n2.UpdateSessions([]peers.Session{{ID: 2, User: room.UserInfo{SessionID: 2, Name: "bob"}, Door: "ssh", Since: now.Add(2 * time.Second), NamedAt: now.Add(2 * time.Second), Terminal: true}})
	x.User.Name, x.NamedAt = "zed", now.Add(time.Second) // it was called zed before the other one came
	n1.UpdateSessions([]peers.Session{x})
	st := h.Lock()
	defer st.Unlock()
	if u := st.Online.ByName["bob"]; u == nil {
		t.Errorf("nobody is bob here; %v", st.Online.ByPerson)
		for name := range st.Online.ByName {
			t.Log("here:", name)
		}
	}
}

// A session leaves without a word if other sessions of the person stay. But at another node the
// person may then get another name, and readers are woken to see that.
func TestReadersWakeForWhatFollowsLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		peers.NewFeed(h, "me")
		pr := peers.NewSet(h).Add("one", roomtest.NoRemote{})
		time.Sleep(time.Hour)
		here := roomtest.Enter(t, h, roomtest.At("ada", "K"))
		before := time.Now().Add(-time.Minute)
		pr.UpdateSessions([]peers.Session{{ID: 1, User: room.UserInfo{SessionID: 1, Name: "zed", Person: "K"}, Door: "ssh", Since: before, NamedAt: before}})
		bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
		time.Sleep(2 * eventlog.JoinLeaveInterval)
		roomtest.Read(t, bob)
		woken := make(chan error, 1)
		go func() { woken <- bob.Wait() }()
		synctest.Wait()
		if len(woken) > 0 {
			t.Fatal("bob is awake already")
		}
		here.Leave(room.Quit)
		synctest.Wait()
		if len(woken) == 0 {
			t.Error("bob sleeps on")
			bob.RequestRefresh()
		}
		<-woken
		roomtest.Expect(t, bob, "ada=zed")
	})
}

// Two nodes with sessions of one person do not go on forever telling each other about that person.
func TestPingPong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		a, b := s.Nodes[0], s.Nodes[1]
		ada := a.Come("ada", "K1")
		s.Settle()
		pipe, err := roomtest.EnterHub(b.Hub, room.ClientInfo{RequestedName: "ada", Fingerprint: "K1", Door: "ssh", Scripted: true, Remote: netip.MustParseAddr("192.0.2.1")})
		if err != nil {
			t.Fatal(err)
		}
		s.Settle()
		ada.HandleLine("/name release ada yes", command.SlashSyntax)
		pipe.HandleLine("/away", command.SlashSyntax)
		rounds := 0
		for ; rounds < 1000; rounds++ { // news crosses on the way
			fromA, fromB := a.Relay.ChangedSessions(), b.Relay.ChangedSessions()
			if len(fromA)+len(fromB) == 0 {
				break
			}
			b.Other.UpdateSessions(fromA)
			a.Other.UpdateSessions(fromB)
		}
		if rounds == 1000 {
			t.Error("they go on telling each other for ever")
		}
	})
}

// What somebody said with a key that belonged to another person before is erased at both nodes.
func TestForgetOldKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		a, b := s.Nodes[0], s.Nodes[1]
		old := a.Come("old", "K2")
		old.HandleLine("said with K2", command.SlashSyntax)
		s.Settle()
		ada := a.Come("ada", "K1")
		buf := make([]room.Item, 0, 100)
		ada.HandleLine("/key add", command.SlashSyntax)
		code := ""
		for _, e := range ada.Take(buf) {
			if roomtest.SentenceOf(e).Code == reply.KeyLinkCode {
				code = roomtest.SentenceOf(e).Args[0].(string)
			}
		}
		old.HandleLine("/key add "+code+" yes", command.SlashSyntax)
		s.Settle()
		ada.HandleLine("said with K1", command.SlashSyntax)
		s.Settle()
		ada.HandleLine("/forget me yes", command.SlashSyntax)
		s.Settle()
		if at := saidIn(a.Hub, string(room.Lobby)); len(at) != 0 {
			t.Fatalf("at home: %q", at)
		}
		if at := saidIn(b.Hub, string(room.Lobby)); len(at) != 0 {
			t.Errorf("the other hub still has %q", at)
		}
	})
}

// If an operator erases the messages of somebody at another node, that person's input history goes
// too.
func TestForgottenAtPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		a, b := s.Nodes[0], s.Nodes[1]
		root := a.Come("root", "K1")
		root.HandleLine("/op "+a.NewOperatorCode(), command.SlashSyntax)
		ada := b.Come("ada", "K2")
		room.RecordInput(ada.Session, "a secret that I typed")
		s.Settle()
		root.HandleLine("/forget ada yes", command.SlashSyntax)
		s.Settle()
		ada.Leave(room.Quit)
		s.Settle()
		if kept := roomtest.Peek(b.Hub).InputHistories.Get("K2"); kept != nil {
			t.Errorf("kept: %q", kept.Lines)
		}
	})
}

// A session that uses a key which is removed at another node ends.
func TestRevokedAtPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		a, b := s.Nodes[0], s.Nodes[1]
		ada, second := a.Come("ada", "K1"), a.Come("second", "SHA256:stolen")
		buf := make([]room.Item, 0, 100)
		ada.HandleLine("/key add", command.SlashSyntax)
		code := ""
		for _, e := range ada.Take(buf) {
			if roomtest.SentenceOf(e).Code == reply.KeyLinkCode {
				code = roomtest.SentenceOf(e).Args[0].(string)
			}
		}
		second.HandleLine("/key add "+code+" yes", command.SlashSyntax)
		s.Settle()
		thief, err := roomtest.EnterHub(b.Hub, room.ClientInfo{RequestedName: "ada", Fingerprint: "SHA256:stolen", Door: "ssh", Scripted: true, Remote: netip.MustParseAddr("192.0.2.7")})
		if err != nil {
			t.Fatal(err)
		}
		s.Settle()
		if thief.Person != "K1" {
			t.Fatal("it is", thief.Person)
		}
		ada.HandleLine("/key remove SHA256:stolen yes", command.SlashSyntax)
		s.Settle()
		if thief.Reason() == "" {
			t.Errorf("the thief is still here, as %s", thief.UserInfo().Name)
		}
	})
}

// A guest who connects to another node through a proxy on its machine can be muted.
func TestMuteGuestAtPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		a, b := s.Nodes[0], s.Nodes[1]
		root := a.Come("root", "K1")
		root.HandleLine("/op "+a.NewOperatorCode(), command.SlashSyntax)
		eve, err := roomtest.EnterHub(b.Hub, room.ClientInfo{RequestedName: "eve", Door: "classic", Remote: netip.MustParseAddr("127.0.0.1")})
		if err != nil {
			t.Fatal(err)
		}
		s.Settle()
		root.HandleLine("/mute eve 1h", command.SlashSyntax)
		s.Settle()
		if eve.Say("spam") == nil {
			t.Error("eve is not mute")
		}
	})
}

// A user who is no longer ignored can be reached from the other node.
func TestUnignoredAtPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		a, b := s.Nodes[0], s.Nodes[1]
		ada := a.Come("ada", "K1")
		s.Settle()
		bob := b.Come("bob", "K2")
		bob.HandleLine("/ignore ada", command.SlashSyntax)
		s.Settle()
		bob.Leave(room.Quit)
		s.Settle()
		bob = b.Come("bob", "K2")
		s.Settle()
		bob.HandleLine("/unignore ada", command.SlashSyntax)
		s.Settle()
		if _, err := private.Send(ada.Session, "bob", "hello"); err != nil {
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
	s := roomtest.NewTestCluster(t)
	a, b := s.Nodes[0], s.Nodes[1]
	ada := a.Come("ada", "K1")
	ada.HandleLine("/join kitchen", command.SlashSyntax)
	ada.HandleLine("between us", command.SlashSyntax)
	ada.HandleLine("/part", command.SlashSyntax)
	s.Settle()
	time.Sleep(room.EmptyRoomTTL + time.Minute)
	bob := b.Come("bob", ids.Fingerprint(founder))
	bob.HandleLine("/join kitchen", command.SlashSyntax)
	b.Pending = slices.DeleteFunc(b.Pending, func(r records.Record) bool { return r.Table == "rooms" && r.Value == nil }) // overwritten
	if bookFirst {
		b.Tell(1)
		a.Tell(2)
	}
	s.Settle()
	for _, one := range s.Nodes {
		if r := roomtest.Peek(one.Hub).Rooms.ByID["kitchen"]; r == nil || r.Owner != ids.Account(founder) || len(r.PastLines()) > 0 {
			t.Errorf("%s creates it, and hub %d has %+v", founder, one.N, r)
		}
	}
}

// Somebody leaves here, and goes on under another name elsewhere: who reads of that is
// woken for it, though nobody is told that somebody left.
func TestLeavingWakesForANewName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		peers.NewFeed(h, "me")
		pr := peers.NewSet(h).Add("one", roomtest.NoRemote{})
		now := time.Now()
		pr.UpdateSessions([]peers.Session{{ID: 1, User: room.UserInfo{SessionID: 1, Name: "zed", Person: "A"}, Fingerprint: "A", Door: "ssh", Since: now, NamedAt: now}})
		time.Sleep(time.Second)
		alice := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "zed", Fingerprint: "A"})
		roomtest.Does(t, alice, "/nick alice")
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		roomtest.Read(t, bob)
		var heard []string
		go func() {
			for bob.Wait() == nil {
				for _, e := range bob.Take(make([]room.Item, 0, 9)) {
					heard = append(heard, roomtest.Describe(e))
				}
			}
		}()
		time.Sleep(time.Second)
		alice.Leave(room.Quit)
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
		h := room.New(room.Config{})
		pr := peers.NewSet(h).Add("one", roomtest.NoRemote{})
		now := time.Now()
		pr.UpdateSessions([]peers.Session{
			{ID: 1, User: room.UserInfo{SessionID: 1, Name: "ada"}, Door: "ssh", Since: now, NamedAt: now},
			{ID: 2, User: room.UserInfo{SessionID: 2, Name: "eve", Person: "E"}, Door: "ssh", Since: now, NamedAt: now},
		})
		pr.MarkLost()
		if got := roomtest.Enter(t, h, roomtest.At("ada", "")).UserInfo().Name; got == "ada" {
			t.Error("somebody else is ada at once")
		}
		if got := roomtest.Enter(t, h, roomtest.At("eve", "E")).UserInfo().Name; got != "eve" {
			t.Errorf("eve comes here and is %s", got)
		}
		time.Sleep(peers.NameHoldTime + time.Second)
		if got := roomtest.Enter(t, h, roomtest.At("ada", "")).UserInfo().Name; got != "ada" {
			t.Errorf("long after that somebody who would be ada is %s", got)
		}
	})
}

// A user with sessions at two nodes, and another name at each, keeps the later name.
func TestWhatOneWasCalledLastCounts(t *testing.T) {
	for later, want := range map[time.Duration]string{time.Second: "zed", -time.Second: "ada", 0: "ada"} {
		synctest.Test(t, func(t *testing.T) {
			h := room.New(room.Config{})
			pr := peers.NewSet(h).Add("one", roomtest.NoRemote{})
			ada := roomtest.Enter(t, h, roomtest.At("ada", "K"))
			at := time.Now().Add(later)
			pr.UpdateSessions([]peers.Session{{ID: 1, User: room.UserInfo{SessionID: 1, Name: "zed", Person: "K"}, Door: "ssh", Since: at, NamedAt: at}})
			if got := ada.UserInfo().Name; got != want {
				t.Errorf("called zed elsewhere, %v later: here it is %s, want %s", later, got, want)
			}
		})
	}
}
