package e2e

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/testkit"
)

// nodeHosts are the hosts of a cluster's nodes, and of its NATS servers.
var nodeHosts = []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}

// A testCluster is three nodes, at different addresses, with a cluster of three NATS servers. A
// proxy connects each node to each server, and each server to each other one. A node that stops
// redirects its users to the next one.
type testCluster struct {
	t            *testing.T
	nats         []*natsServer
	nodes        []*chatServer
	proxies      [][]*faultProxy // by node, then by NATS server
	routeProxies [][]*faultProxy // by server, then by the other server; nil for itself
	flags        [][]string      // of each node
}

// soak leaves a test of several nodes to the soak: package cluster tests the same within one
// process.
func soak(t *testing.T) {
	t.Helper()
	testkit.Soak(t, "it takes many processes, and long")
}

func startCluster(t *testing.T, flags ...string) *testCluster {
	t.Helper()
	n := newCluster(t, flags...)
	for i := range n.nodes {
		n.start(i)
	}
	return n
}

// newCluster starts the servers, but no nodes.
func newCluster(t *testing.T, flags ...string) *testCluster {
	t.Helper()
	n := &testCluster{t: t}
	n.startServers()
	n.addProxies(flags...)
	return n
}

// addProxies gives each node an address and proxies.
func (n *testCluster) addProxies(flags ...string) {
	n.t.Helper()
	t := n.t
	n.nodes = make([]*chatServer, len(nodeHosts))
	ports := make([]int, len(nodeHosts))
	for i, at := range nodeHosts {
		ports[i] = freePort(t, at)
	}
	for i, at := range nodeHosts {
		var proxies []*faultProxy
		var urls []string
		for _, s := range n.nats {
			c := newFaultProxy(t, s.addr())
			proxies, urls = append(proxies, c), append(urls, c.url())
		}
		n.proxies = append(n.proxies, proxies)
		next := (i + 1) % len(nodeHosts)
		n.flags = append(n.flags, slices.Concat([]string{
			"--nats", strings.Join(urls, ","),
			"--advertise", fmt.Sprintf("%s:%d", nodeHosts[next], ports[next]),
			"--listen", fmt.Sprintf("ssh://%s:%d", at, ports[i]),
			"--listen", fmt.Sprintf("classic://%s:%d?idle=0", at, freePort(t, at)),
			"--listen", fmt.Sprintf("gopl://%s:%d?idle=0", at, freePort(t, at)),
		}, flags))
	}
}

func (n *testCluster) startServers() {
	n.t.Helper()
	n.addRouteProxies()
	for _, s := range n.nats {
		s.start()
	}
}

// addRouteProxies gives each server an address and proxies.
func (n *testCluster) addRouteProxies() {
	n.t.Helper()
	for i, at := range nodeHosts {
		dialerFrom(n.t, at)
		n.nats = append(n.nats, &natsServer{t: n.t, config: natsConfig{
			Host: at, Port: freePort(n.t, at), Dir: filepath.Join(n.t.TempDir(), fmt.Sprint("nats", i)), Route: freePort(n.t, at),
		}})
	}
	for _, s := range n.nats {
		var routes []*faultProxy
		for _, other := range n.nats {
			if other == s {
				routes = append(routes, nil)
				continue
			}
			c := newFaultProxy(n.t, net.JoinHostPort(other.config.Host, strconv.Itoa(other.config.Route)))
			routes, s.config.Routes = append(routes, c), append(s.config.Routes, c.addr())
		}
		n.routeProxies = append(n.routeProxies, routes)
	}
}

// start starts a node, for the first time or again.
func (n *testCluster) start(i int) {
	n.t.Helper()
	data := filepath.Join(n.t.TempDir(), "data")
	if before := n.nodes[i]; before != nil {
		data = before.data
	}
	n.startIn(i, data)
}

// startIn is start with a data directory.
func (n *testCluster) startIn(i int, data string) {
	n.t.Helper()
	h := startServerIn(n.t, data, n.flags[i]...)
	n.nodes[i] = h
	onFailure(n.t, fmt.Sprint("how node ", i, " did"), func() string {
		var lines []string
		for line := range strings.Lines(h.err.String()) {
			if strings.Contains(line, `"cluster: `) || strings.Contains(line, `"journal: `) || strings.Contains(line, `"error"`) {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "")
	})
}

// setCut cuts a node off, or reconnects it.
func (n *testCluster) setCut(i int, out bool) {
	for _, c := range n.proxies[i] {
		c.setCut(out)
	}
}

// who returns the users online according to a node, sorted by name.
func (cs *chatServer) who() []string {
	cs.t.Helper()
	r := runClient(cs.t, withCommand(cs.ssh("asker"), "who"))
	if r.code != 0 {
		cs.t.Fatalf("who answers %+v", r)
	}
	names := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
	slices.Sort(names)
	return names
}

// waitOnline waits until exactly these users are online, according to some nodes.
func (n *testCluster) waitOnline(names ...string) {
	n.t.Helper()
	slices.Sort(names)
	for i, h := range n.nodes {
		if h.hasExited() {
			continue
		}
		eventually(n.t, fmt.Sprintf("%q are online as node %d sees it", names, i), func() bool { return slices.Equal(h.who(), names) })
	}
}

// kill9 kills a node with -9.
func (cs *chatServer) kill9() {
	cs.t.Helper()
	cs.signal(syscall.SIGKILL)
	cs.waitExit(-1)
}
