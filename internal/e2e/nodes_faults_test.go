package e2e

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Protects messages from failures of a cluster's machines: seventy-five people talk at three nodes.
// Each NATS server is killed and restarted, then a node is killed, then one is cut off for so long
// that it is given up. Every line of the users who stay reaches all of them, once, and each
// speaker's in order; of users whose node died, all read the same lines, and at least those that
// are stored. Two users never have the same name.
func TestNodeFaultsUnderLoad(t *testing.T) {
	t.Parallel()
	soak(t)
	n := startCluster(t)
	th := newTCPUsers(t, n, 25)
	th.startTalking(3 * time.Second)
	th.phase("all is well", func() { sleepWhileTalking(3 * time.Second) })
	for i, s := range n.nats { // each node is connected to one of them
		th.phase(fmt.Sprintf("NATS server %d is killed and comes back", i), func() {
			s.signal(syscall.SIGKILL)
			s.waitExit(-1)
			sleepWhileTalking(2 * time.Second)
			s.start()
			sleepWhileTalking(2 * time.Second)
		})
	}
	for _, h := range n.nodes {
		h.waitLog("cluster: reconnected")
	}
	th.phase("a node is killed", func() {
		n.nodes[0].kill9()
		sleepWhileTalking(4 * time.Second)
	})
	th.phase("a node is cut off for 12 s and comes back", func() {
		n.setCut(1, true)
		sleepWhileTalking(12 * time.Second)
		n.setCut(1, false)
		n.nodes[1].waitLog("cluster: a node answers again")
		sleepWhileTalking(3 * time.Second)
	})
	th.stopTalking()

	n.start(0)
	th.expect(n.linesPerSpeaker(0))
	for i := range n.nodes {
		eventually(t, fmt.Sprintf("history at node %d has all lines of the users who are left", i), func() bool { return th.hasAllLines(n.linesPerSpeaker(i)) })
	}
	th.checkSameNames()
}

// sleepWhileTalking lets people talk for a while. This test goes by the clock: what matters is how
// many lines are in transit when something happens.
func sleepWhileTalking(d time.Duration) { time.Sleep(d) }

// phase does something, and logs how long users read nothing meanwhile.
func (us *tcpUsers) phase(what string, do func()) {
	us.t.Helper()
	began := time.Now()
	do()
	us.logSilences(what, began, time.Now())
	for i, h := range us.cluster.nodes {
		if h.hasExited() {
			continue
		}
		if names := h.who(); len(slices.Compact(slices.Clone(names))) != len(names) {
			us.t.Errorf("%s: two users have one name at node %d: %q", what, i, names)
		}
	}
}

// linesPerSpeaker returns how many lines of each speaker a node's history has, and checks that they
// are in order, each once.
func (n *testCluster) linesPerSpeaker(node int) map[int]int {
	n.t.Helper()
	h := n.nodes[node]
	r := runClient(n.t, withCommand(h.ssh("reader"), "history 100000"))
	kept := map[int]int{}
	for line := range strings.Lines(r.out) {
		_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": Q")
		id, number, ok := parseNumbered(text)
		if !ok {
			continue
		}
		if number != kept[id] {
			n.t.Errorf("history at node %d has line %d of user %d in place of line %d", node, number, id, kept[id])
		}
		kept[id] = number + 1
	}
	return kept
}

// checkSameNames checks that all nodes list the same names, each once.
func (us *tcpUsers) checkSameNames() {
	us.t.Helper()
	eventually(us.t, "who answers the same at all nodes, with everybody once", func() bool {
		names := us.cluster.nodes[0].who()
		return len(slices.Compact(slices.Clone(names))) == len(us.connected()) && slices.Equal(names, us.cluster.nodes[1].who()) && slices.Equal(names, us.cluster.nodes[2].who())
	})
}
