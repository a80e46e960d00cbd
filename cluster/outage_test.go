package cluster_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/cluster"
	"teahouse/internal/i18n"
	"teahouse/internal/peers"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// talkers are users at each node who say numbered lines, and one user at each who reads.
type talkers struct {
	t         *testing.T
	witnesses []*testUser
	speakers  []*testUser
	said      []int // by each speaker
	stop      chan struct{}
	wg        sync.WaitGroup
}

func newTalkers(t *testing.T, each int, nodes ...*node) *talkers {
	t.Helper()
	c := &talkers{t: t, stop: make(chan struct{})}
	for i, n := range nodes {
		c.witnesses = append(c.witnesses, n.enter(fmt.Sprint("witness", i), ""))
		for k := range each {
			c.speakers = append(c.speakers, n.enter(fmt.Sprintf("s%d-%d", i, k), ""))
		}
	}
	c.said = make([]int, len(c.speakers))
	all := (each + 1) * len(nodes)
	for _, n := range nodes {
		testkit.Eventually(t, "all are there", func() bool { return len(strings.Fields(n.online())) == all })
	}
	return c
}

// start makes everybody speak until stopAndCheck.
func (c *talkers) start(pause time.Duration) {
	for i, p := range c.speakers {
		c.wg.Go(func() {
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for {
				select {
				case <-c.stop:
					return
				case <-tick.C:
				}
				if p.Say(fmt.Sprintf("line %d", c.said[i])) != nil {
					return
				}
				c.said[i]++
			}
		})
	}
}

// expectMore waits until each witness has read that many more lines.
func (c *talkers) expectMore(lines int) {
	c.t.Helper()
	for _, w := range c.witnesses {
		read := c.check(w)
		testkit.Eventually(c.t, w.name+" reads on", func() bool { return c.check(w) >= read+lines })
	}
}

// stopAndCheck stops the speakers and waits until the witnesses have read everything that was
// said, each line once, and each speaker's in order.
func (c *talkers) stopAndCheck() {
	c.t.Helper()
	close(c.stop)
	c.wg.Wait()
	total := 0
	for _, n := range c.said {
		total += n
	}
	for _, w := range c.witnesses {
		testkit.Eventually(c.t, fmt.Sprintf("%s has read all %d lines", w.name, total), func() bool { return c.check(w) >= total })
	}
	c.t.Logf("%d lines, read by each of %d", total, len(c.witnesses))
}

// check returns how many lines a witness has read, and fails if one is missing, repeated or out
// of order.
func (c *talkers) check(w *testUser) (read int) {
	c.t.Helper()
	next := map[string]int{}
	for _, line := range w.lines() {
		name, text, ok := strings.Cut(line, ": line ")
		if !ok {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n != next[name] {
			c.t.Fatalf("%s reads line %s of %s, want line %d", w.name, text, name, next[name])
		}
		next[name]++
		read++
	}
	return read
}

// NATS servers stop and start again, one after the other, while users at three nodes talk.
func TestServersComeAndGo(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	c := newTalkers(t, 5, startNode(t, s.urls()), startNode(t, s.urls()), startNode(t, s.urls()))
	c.start(20 * time.Millisecond)
	lines := testkit.Amount(500, 50)
	for i := range 3 {
		c.expectMore(lines)
		s.stop(i)
		c.expectMore(lines)
		if !s.start(i) {
			t.Fatal("a NATS server does not start again")
		}
	}
	c.expectMore(lines)
	c.stopAndCheck()
}

// A node that is cut off keeps serving its own users, tells them, and reconnects: everybody reads
// all that was said meanwhile, once and in order.
func TestPartition(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	w := s.newProxy(2)
	a, b, c := startNode(t, s.url(0)), startNode(t, s.url(1)), startNode(t, w.url())
	all := newTalkers(t, 3, a, b, c)
	all.start(20 * time.Millisecond)
	w.setCut(true)
	alone := all.witnesses[2]
	alone.expectLoss(i18n.English(string(reply.PeersUnreachable)), c, a, b)
	alone.expect("-witness0 lost")
	all.expectMore(100)
	all.witnesses[0].expectLoss("-witness2 lost", c, a, b)
	c.skipSilence(peers.Timeout, []*node{a, b}, "the others are two", func() bool { return len(strings.Fields(a.online())) == 8 })
	w.setCut(false)
	alone.expect(i18n.English(string(reply.PeersBack)))
	testkit.Eventually(t, "all are there again", func() bool {
		return len(strings.Fields(a.online())) == 12 && len(strings.Fields(c.online())) == 12
	})
	all.stopAndCheck()
	told := slices.DeleteFunc(alone.lines(), func(line string) bool { return line != i18n.English(string(reply.PeersUnreachable)) })
	if len(told) != 1 {
		t.Errorf("users were told %d times that the node is cut off", len(told))
	}
}

// What a node has stored reaches everybody, including nodes that did not receive it and cannot
// ask any more. Its users' names stay reserved for a while, and are then free.
func TestNodeDies(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	wa, wb := s.newProxy(0), s.newProxy(1)
	a, b, c := startNode(t, wa.url()), startNode(t, wb.url()), startNode(t, s.url(2))
	ada, bob, cleo := a.enter("ada", ""), b.enter("bob", ""), c.enter("cleo", "")
	ada.expect("+bob")
	ada.expect("+cleo")
	bob.expect("+cleo")
	wb.setCut(true)
	for i := range 100 {
		ada.send(fmt.Sprint("line ", i))
	}
	cleo.expect("ada: line 99")
	testkit.Eventually(t, "all is stored", func() bool { return a.journal.Status().Pending == 0 })
	wa.setCut(true) // forever
	wb.setCut(false)
	b.skipSilence(cluster.SilenceTimeout, []*node{a}, "bob reads her lines", func() bool {
		return slices.Contains(bob.lines(), "ada: line 99")
	})
	for i := range 100 {
		bob.expect(fmt.Sprint("ada: line ", i))
	}
	cleo.expectLoss("-ada lost", a, b, c)
	lost := time.Now()
	if other := c.enter("ada", ""); other.UserInfo().Name != "ada-2" {
		t.Errorf("another user gets the name %s at once", other.UserInfo().Name)
	}
	if testkit.Soaking() { // takes half a minute; room.TestNameOfALostPeerIsHeld uses a fake clock
		testkit.Eventually(t, "the name is free", func() bool {
			u, err := c.Enter(t.Context(), room.ClientInfo{RequestedName: "ada", Door: "ssh"})
			if err != nil {
				t.Fatal(err)
			}
			defer u.Leave(room.Quit)
			return u.UserInfo().Name == "ada"
		})
		t.Logf("the name is free %v after ada left", time.Since(lost).Round(time.Second))
	}
	heard := slices.DeleteFunc(bob.lines(), func(line string) bool { return !strings.HasPrefix(line, "ada: line ") })
	if len(heard) != 100 {
		t.Errorf("%d of 100 lines were read", len(heard))
	}
}

// Two users got the same name at nodes that were cut off from each other. All nodes agree who owns
// it.
func TestNameConflict(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	w := s.newProxy(1)
	a, b := startNode(t, s.url(0)), startNode(t, w.url())
	first := a.enter("first", "")
	testkit.Eventually(t, "they know of each other", func() bool { return b.online() == "first" })
	w.setCut(true)
	b.skipSilence(peers.Timeout, []*node{a}, "they are apart", func() bool { return b.online() == "" })
	guest, owner := a.enter("ada", ""), b.enter("ada", testFingerprint("ada"))
	older, younger := a.enter("bob", ""), b.enter("bob", "")
	mine, yours := a.enter("mia", testFingerprint("mia")), b.enter("mia", testFingerprint("other"))
	w.setCut(false)
	for loser, name := range map[*testUser]string{younger: "bob", guest: "ada", yours: "mia"} {
		testkit.Eventually(t, "the loser is told what it is called now", func() bool {
			return slices.Contains(loser.lines(), i18n.Sprint(string(reply.NameLost), name, loser.UserInfo().Name))
		})
	}
	testkit.Eventually(t, "all names are what they are everywhere", func() bool {
		return a.online() == b.online() && owner.UserInfo().Name == "ada" && older.UserInfo().Name == "bob" && mine.UserInfo().Name == "mia" && yours.UserInfo().Name != "mia"
	})
	owner.send("I am ada")
	first.expect("ada: I am ada")
	older.send("I am bob")
	yours.expect("bob: I am bob")
	mine.send("I am mia")
	younger.expect("mia: I am mia")
}

// A restarted node knows who is at the others: a user who connects there must not be given a name
// that is taken.
func TestNodeComesBack(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a := startNode(t, s.url(0))
	dir := t.TempDir()
	b := startNodeIn(t, s.url(1), dir)
	a.enter("ada", "")
	for range 5 {
		testkit.Eventually(t, "ada is known at b", func() bool { return b.online() == "ada" })
		b.stop()
		b = startNodeIn(t, s.url(1), dir)
		testkit.Eventually(t, "ada is known again", func() bool { return b.online() == "ada" })
	}
}

// Events of a node's earlier process may arrive after its restart: they are the past, and make
// nobody leave and nothing appear twice.
func TestLatePacketsOfEarlierProcess(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	dir := t.TempDir()
	a, b := startNode(t, s.url(0)), startNodeIn(t, s.url(1), dir)
	ada := a.enter("ada", "")
	b.enter("mia", "")
	ada.expect("+mia")
	name, earlier := b.journal.Identity()
	b.stop()
	b = startNodeIn(t, s.url(1), dir)
	bob := b.enter("bob", "")
	ada.expect("+bob")
	bob.send("good morning")
	ada.expect("bob: good morning")

	conn, err := nats.Connect(s.url(2))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	beats, err := conn.SubscribeSync("teahouse.heartbeat")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Publish("teahouse.heartbeat", fmt.Appendf(nil, `{"node":%q,"identity":%q,"last_seq":3}`, name, earlier)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	bob.send("is it you?")
	ada.expect("bob: is it you?")
	_, now := b.journal.Identity()
	testkit.Eventually(t, "there was a beat of the process that is there", func() bool {
		m, err := beats.NextMsg(5 * time.Second)
		return err == nil && strings.Contains(string(m.Data), now)
	})
	bob.send("yes")
	ada.expect("bob: yes")
	for _, line := range []string{"+bob", "bob: good morning", "bob: is it you?"} {
		if n := len(slices.DeleteFunc(ada.lines(), func(one string) bool { return one != line })); n != 1 {
			t.Errorf("ada reads %[2]q %[1]d times", n, line)
		}
	}
}
