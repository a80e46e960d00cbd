package cluster_test

import (
	"slices"
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// history returns what the history command prints about the lobby at a node.
func (n *node) history(words ...string) (said []string) {
	n.t.Helper()
	v := n.exec("reader", testFingerprint("reader"))
	defer v.Leave(room.Quit)
	e, err := v.RunCommand(append([]string{"history"}, words...))
	if err != nil {
		return nil
	}
	for _, line := range e.(*command.HistoryPage).Messages {
		said = append(said, line.User.Name+": "+line.Text)
	}
	return said
}

// stored returns the messages in the store, including repeats.
func (n *node) stored() (texts []string) {
	n.t.Helper()
	_, err := n.journal.ReadAfter(n.t.Context(), 0, func(_ string, _ ids.Room, e *room.Event) { texts = append(texts, e.Text) })
	if err != nil {
		n.t.Fatal(err)
	}
	return texts
}

// A proxiedNode is a node that can be cut off from its store and from the other nodes,
// separately.
type proxiedNode struct {
	*node
	store, peers *faultProxy
	dir          string
}

func startProxiedNode(t *testing.T, s *natsServers, i int) *proxiedNode {
	t.Helper()
	c := &proxiedNode{store: s.newProxy(i), peers: s.newProxy(i), dir: t.TempDir()}
	c.node = startNodeAt(t, c.store.url(), c.peers.url(), c.dir)
	return c
}

// A node loses its store, users at other nodes read what is said there, and then it is cut off
// from those, too, and killed. When it is started again, all nodes have each message, once, at
// once or a moment later, and still do after all of them were restarted.
func TestLinesBeforeKillSurvive(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b, c := startProxiedNode(t, s, 0), startNode(t, s.url(1)), startNode(t, s.url(2))
	ada, bob, cleo := a.enter("ada", testFingerprint("ada")), b.enter("bob", ""), c.enter("cleo", "")
	ada.expect("+bob")
	ada.expect("+cleo")
	b.expectOnline("ada")
	c.expectOnline("ada")
	ada.send("first")
	testkit.Eventually(t, "it is stored", func() bool { return a.journal.Status().Pending == 0 })
	a.store.setCut(true)
	ada.send("second")
	ada.send("third")
	bob.expect("ada: third")
	cleo.expect("ada: third")
	a.peers.setCut(true)
	a2 := startNodeIn(t, s.url(0), a.dir)
	want := []string{"ada: first", "ada: second", "ada: third"}
	nodes := []*node{a2, b, c}
	for i, n := range nodes {
		testkit.Eventually(t, "all is in the history", func() bool { return len(n.history()) >= len(want) })
		if got := n.history(); !slices.Equal(got, want) {
			t.Errorf("node %d has %q", i, got)
		}
	}
	for _, n := range nodes {
		n.stop()
	}
	if got := startNode(t, s.url(1)).history(); !slices.Equal(got, want) {
		t.Errorf("afterwards found %q", got)
	}
}

// A node is cut off for so long that others store its messages. When it is back, it stores them
// itself, with what was said meanwhile. Nothing appears twice.
func TestBackfillOfLivePeer(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startProxiedNode(t, s, 0), startNode(t, s.url(1))
	ada, bob := a.enter("ada", testFingerprint("ada")), b.enter("bob", "")
	ada.expect("+bob")
	b.expectOnline("ada")
	a.store.setCut(true)
	ada.send("first")
	bob.expect("ada: first")
	a.peers.setCut(true)
	ada.send("second")
	bob.expectLoss("-ada lost", a.node, b)
	bob.send("third")
	testkit.Eventually(t, "another node stores it", func() bool { return slices.Contains(b.stored(), "first") })
	a.store.setCut(false)
	a.peers.setCut(false)
	bob.expect("ada: second")
	ada.expect("bob: third")
	testkit.Eventually(t, "all is stored", func() bool { return a.journal.Status().Pending == 0 })
	a.stop()
	b.stop()
	c := startNode(t, s.url(1))
	if got := c.history(); !slices.Equal(got, []string{"ada: first", "ada: second", "bob: third"}) {
		t.Errorf("found %q", got)
	}
	e, err := c.exec("ada", testFingerprint("ada")).RunCommand([]string{"export"})
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, one := range e.(*builtin.ExportReply).Events {
		if one.Kind == room.Said {
			exported = append(exported, one.Text)
		}
	}
	if got := strings.Join(exported, " "); got != "first second" {
		t.Errorf("the export has %q", got)
	}
}
