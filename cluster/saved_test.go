package cluster_test

import (
	"slices"
	"strings"
	"testing"

	"teahouse/room"
)

// history returns what a command reads of the lobby, at a node.
func (n *node) history(words ...string) (said []string) {
	n.t.Helper()
	v := n.visit("reader", keyOf("reader"))
	defer v.Leave(room.Quit)
	e, err := v.Do(append([]string{"history"}, words...))
	if err != nil {
		return nil
	}
	for _, line := range e.Past {
		said = append(said, line.Who.Name+": "+line.Text)
	}
	return said
}

// stored returns what was said as it is in the store, repeats included.
func (n *node) stored() (texts []string) {
	n.t.Helper()
	_, err := n.journal.Tail(n.t.Context(), 0, func(_, _ string, e *room.Event) { texts = append(texts, e.Text) })
	if err != nil {
		n.t.Fatal(err)
	}
	return texts
}

// A cutNode is a node whose store and whose other nodes can be cut off, each by itself.
type cutNode struct {
	*node
	store, others *wire
	dir           string
}

func startCutNode(t *testing.T, s *servers, i int) *cutNode {
	t.Helper()
	c := &cutNode{store: s.wire(i), others: s.wire(i), dir: t.TempDir()}
	c.node = startNodeAt(t, c.store.url(), c.others.url(), c.dir)
	return c
}

// A node loses its store, people at other nodes read what is said there, and then it is cut
// off from those, too. It is started again, as after kill -9: what was said is in the store by
// then or a moment later, at all nodes, once, and after all were started again.
func TestSaidBeforeTheKill(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b, c := startCutNode(t, s, 0), startNode(t, s.url(1)), startNode(t, s.url(2))
	ada, bob, cleo := a.enter("ada", keyOf("ada")), b.enter("bob", ""), c.enter("cleo", "")
	for _, p := range []*person{bob, cleo} {
		p.sees("+ada")
		ada.sees("+" + p.name)
	}
	ada.does("first")
	eventually(t, "it is stored", func() bool { return a.journal.Status().Behind == 0 })
	a.store.setCut(true)
	ada.does("second")
	ada.does("third")
	bob.sees("ada: third")
	cleo.sees("ada: third")
	a.others.setCut(true)
	a2 := startNodeIn(t, s.url(0), a.dir)
	want := []string{"ada: first", "ada: second", "ada: third"}
	nodes := []*node{a2, b, c}
	for i, n := range nodes {
		eventually(t, "all is in the history", func() bool { return len(n.history()) >= len(want) })
		if got := n.history(); !slices.Equal(got, want) {
			t.Errorf("node %d has %q", i, got)
		}
	}
	for _, n := range nodes {
		n.stop()
	}
	if got := startNode(t, s.url(1)).history(); !slices.Equal(got, want) {
		t.Errorf("afterwards there is %q", got)
	}
}

// A node is cut off for so long that others store what it said; then it is back, and stores
// that itself, with what it said meanwhile. Nothing is there twice.
func TestSavedThoughItLives(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b := startCutNode(t, s, 0), startNode(t, s.url(1))
	ada, bob := a.enter("ada", keyOf("ada")), b.enter("bob", "")
	ada.sees("+bob")
	bob.sees("+ada")
	a.store.setCut(true)
	ada.does("first")
	bob.sees("ada: first")
	a.others.setCut(true)
	ada.does("second")
	bob.sees("-ada lost")
	bob.does("third")
	eventually(t, "another node stores it", func() bool { return slices.Contains(b.stored(), "first") })
	a.store.setCut(false)
	a.others.setCut(false)
	bob.sees("ada: second")
	ada.sees("bob: third")
	eventually(t, "all is stored", func() bool { return a.journal.Status().Behind == 0 })
	a.stop()
	b.stop()
	c := startNode(t, s.url(1))
	if got := c.history(); !slices.Equal(got, []string{"ada: first", "ada: second", "bob: third"}) {
		t.Errorf("there is %q", got)
	}
	e, err := c.visit("ada", keyOf("ada")).Do([]string{"export"})
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, one := range e.Past {
		if one.Kind == room.Said {
			exported = append(exported, one.Text)
		}
	}
	if got := strings.Join(exported, " "); got != "first second" {
		t.Errorf("exported is %q", got)
	}
}
