package stories

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Protects talk from all that can happen to the machines of a house: seventy-five
// people talk at three nodes. Each NATS server is killed and comes back, then a node
// is killed, then one is cut off for long enough to be given up. Every line of those
// who stay reaches everybody who stays, once, and each speaker's in order; of those who
// died with their node all hear the same, and no less than what is kept. Two never have
// the same name.
func TestThrongAtThreeNodes(t *testing.T) {
	t.Parallel()
	long(t)
	n := startNodes(t)
	th := newThrong(t, n, 25)
	th.talk(3 * time.Second)
	th.phase("all is well", func() { talkOn(3 * time.Second) })
	for i, s := range n.servers { // each node is connected to one of them
		th.phase(fmt.Sprintf("NATS server %d is killed and comes back", i), func() {
			s.signal(syscall.SIGKILL)
			s.exits(-1)
			talkOn(2 * time.Second)
			s.start()
			talkOn(2 * time.Second)
		})
	}
	for _, h := range n.houses {
		h.until("cluster: connected again")
	}
	th.phase("a node is killed", func() {
		n.houses[0].dies()
		talkOn(4 * time.Second)
	})
	th.phase("a node is cut off for 12 s and comes back", func() {
		n.pull(1, true)
		talkOn(12 * time.Second)
		n.pull(1, false)
		n.houses[1].until("cluster: a node answers again")
		talkOn(3 * time.Second)
	})
	th.hush()

	n.start(0)
	th.expect(n.kept(0))
	for i := range n.houses {
		eventually(t, fmt.Sprintf("node %d has kept all of the living", i), func() bool { return th.isAll(n.kept(i)) })
	}
	th.sameNames()
}

// talkOn lets people talk for a while. This story is told by the clock: what matters is
// how many lines are under way when something happens.
func talkOn(d time.Duration) { time.Sleep(d) }

// phase does something, and logs how long it was silent meanwhile.
func (th *throng) phase(what string, do func()) {
	th.t.Helper()
	began := time.Now()
	do()
	th.silences(what, began, time.Now())
	for i, h := range th.nodes.houses {
		if h.isGone() {
			continue
		}
		if names := h.who(); len(slices.Compact(slices.Clone(names))) != len(names) {
			th.t.Errorf("%s: two have one name at node %d: %q", what, i, names)
		}
	}
}

// kept returns how many lines of each speaker a node's history has, and checks
// that they are there once and in order.
func (n *nodes) kept(node int) map[int]int {
	n.t.Helper()
	h := n.houses[node]
	r := ask(n.t, with(h.ssh("reader"), "history 100000"))
	kept := map[int]int{}
	for line := range strings.Lines(r.out) {
		_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": Q")
		id, number, ok := numbered(text)
		if !ok {
			continue
		}
		if number != kept[id] {
			n.t.Errorf("node %d has kept line %d of %d where line %d is due", node, number, id, kept[id])
		}
		kept[id] = number + 1
	}
	return kept
}

// sameNames checks that all nodes know the same names, each once.
func (th *throng) sameNames() {
	th.t.Helper()
	eventually(th.t, "all nodes know the same people, and each once", func() bool {
		names := th.nodes.houses[0].who()
		return len(slices.Compact(slices.Clone(names))) == len(th.there()) && slices.Equal(names, th.nodes.houses[1].who()) && slices.Equal(names, th.nodes.houses[2].who())
	})
}
