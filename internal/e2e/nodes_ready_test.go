package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Protects new users from a node that cannot store what they say: it reports that it is not ready
// once its NATS server is down or hangs, even if nobody speaks, and reports when it is ready again.
func TestNodeIsNotReadyWithoutNATS(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	h := startServer(t, "--nats", "nats://"+s.addr(), "--metrics", ":0")
	answers := func(want int, words string) {
		t.Helper()
		eventually(t, "/readyz answers "+http.StatusText(want), func() bool {
			code, body := h.get("/readyz")
			return code == want && strings.Contains(body, words)
		})
	}
	answers(http.StatusOK, "ok")
	s.signal(syscall.SIGSTOP)
	answers(http.StatusServiceUnavailable, "NATS")
	s.signal(syscall.SIGCONT)
	answers(http.StatusOK, "ok")
	s.signal(syscall.SIGTERM)
	eventually(t, "the NATS server ends", s.hasExited)
	answers(http.StatusServiceUnavailable, "NATS")
	s.start()
	answers(http.StatusOK, "ok")
}

// Protects new users from a node whose NATS server answers but has lost the others: it is not ready
// even if nobody speaks, whether or not that server was the leader.
func TestNodeIsNotReadyWithoutAMajority(t *testing.T) {
	t.Parallel()
	soak(t)
	n := &testCluster{t: t}
	n.startServers()
	for _, s := range n.nats {
		n.nodes = append(n.nodes, startServer(t, "--nats", "nats://"+s.addr(), "--metrics", ":0"))
	}
	leader := n.leader("ROOM")
	for _, cut := range []int{leader, (leader + 1) % len(n.nats)} {
		n.waitReady(0, 1, 2)
		others := []*natsServer{n.nats[(cut+1)%len(n.nats)], n.nats[(cut+2)%len(n.nats)]}
		for _, s := range others {
			s.signal(syscall.SIGSTOP)
		}
		n.nodes[cut].waitNotReady("NATS")
		n.nodes[cut].waitNotReady("no other node answers")
		for _, s := range others {
			s.signal(syscall.SIGCONT)
		}
	}
	n.waitReady(0, 1, 2)
}

// Protects new users from a node that is cut off, until it is back. The others keep running, and
// admit users.
func TestPartitionedNodeIsNotReady(t *testing.T) {
	t.Parallel()
	soak(t)
	n := startCluster(t, "--metrics", ":0")
	n.waitReady(0, 1, 2)
	n.setCut(0, true)
	n.nodes[0].waitNotReady("NATS")
	n.waitReady(1, 2)
	n.nodes[0].waitNotReady("no other node answers")
	n.waitReady(1, 2)
	n.setCut(0, false)
	n.waitReady(0, 1, 2)
}

// waitNotReady waits until a node reports that it is not ready, and why.
func (cs *chatServer) waitNotReady(why string) {
	cs.t.Helper()
	eventually(cs.t, "/readyz says that the node is not ready: "+why, func() bool {
		code, body := cs.get("/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(body, why)
	})
}

// waitReady waits until some nodes report that they are ready.
func (n *testCluster) waitReady(servers ...int) {
	n.t.Helper()
	for _, i := range servers {
		eventually(n.t, fmt.Sprintf("/readyz says that node %d is ready", i), func() bool {
			code, _ := n.nodes[i].get("/readyz")
			return code == http.StatusOK
		})
	}
}

// leader returns which server leads a stream.
func (n *testCluster) leader(stream string) (server int) {
	n.t.Helper()
	nc, err := nats.Connect("nats://" + n.nats[0].addr())
	if err != nil {
		n.t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		n.t.Fatal(err)
	}
	found, err := js.Stream(n.t.Context(), stream)
	if err != nil {
		n.t.Fatal(err)
	}
	name := found.CachedInfo().Cluster.Leader
	return slices.IndexFunc(n.nats, func(s *natsServer) bool { return "at-"+s.config.Host == name })
}
