package stories

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// nodeHosts are where the nodes of one house are, and its NATS servers.
var nodeHosts = []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}

// Nodes are one house of three teahouses, at addresses of their own, with three NATS
// servers that are a cluster. Each teahouse has a cable to each server, and so has each
// server to each other one. One that stops sends its people to the next one.
type nodes struct {
	t       *testing.T
	servers []*natsServer
	houses  []*house
	cables  [][]*cable // by house, then by server
	routes  [][]*cable // by server, then by the other one; nil for itself
	flags   [][]string // of each house
}

// long leaves a story of several nodes out of a short run, which is what the race
// detector gets: package cluster tells the like of it within one process.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes many processes, and long")
	}
}

func startNodes(t *testing.T, flags ...string) *nodes {
	t.Helper()
	n := newNodes(t, flags...)
	for i := range n.houses {
		n.start(i)
	}
	return n
}

// newNodes starts the servers, and none of the nodes.
func newNodes(t *testing.T, flags ...string) *nodes {
	t.Helper()
	n := &nodes{t: t}
	n.startServers()
	n.wire(flags...)
	return n
}

// wire gives each house a place and cables.
func (n *nodes) wire(flags ...string) {
	n.t.Helper()
	t := n.t
	n.houses = make([]*house, len(nodeHosts))
	ports := make([]int, len(nodeHosts))
	for i, at := range nodeHosts {
		ports[i] = freePort(t, at)
	}
	for i, at := range nodeHosts {
		var cables []*cable
		var urls []string
		for _, s := range n.servers {
			c := newCable(t, s.addr())
			cables, urls = append(cables, c), append(urls, c.url())
		}
		n.cables = append(n.cables, cables)
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

func (n *nodes) startServers() {
	n.t.Helper()
	n.wireServers()
	for _, s := range n.servers {
		s.start()
	}
}

// wireServers gives each server a place and cables.
func (n *nodes) wireServers() {
	n.t.Helper()
	for i, at := range nodeHosts {
		from(n.t, at)
		n.servers = append(n.servers, &natsServer{t: n.t, place: natsPlace{
			Host: at, Port: freePort(n.t, at), Dir: filepath.Join(n.t.TempDir(), fmt.Sprint("nats", i)), Route: freePort(n.t, at),
		}})
	}
	for _, s := range n.servers {
		var routes []*cable
		for _, other := range n.servers {
			if other == s {
				routes = append(routes, nil)
				continue
			}
			c := newCable(n.t, net.JoinHostPort(other.place.Host, strconv.Itoa(other.place.Route)))
			routes, s.place.Routes = append(routes, c), append(s.place.Routes, c.addr())
		}
		n.routes = append(n.routes, routes)
	}
}

// start starts a node, for the first time or where it was before.
func (n *nodes) start(i int) {
	n.t.Helper()
	data := filepath.Join(n.t.TempDir(), "data")
	if before := n.houses[i]; before != nil {
		data = before.data
	}
	n.startIn(i, data)
}

// startIn is start with a data directory.
func (n *nodes) startIn(i int, data string) {
	n.t.Helper()
	h := startIn(n.t, data, n.flags[i]...)
	n.houses[i] = h
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

// pull pulls all cables of a node out, or puts them in again.
func (n *nodes) pull(i int, out bool) {
	for _, c := range n.cables[i] {
		c.pull(out)
	}
}

// who returns who is there, as a node tells, in the order of their names.
func (h *house) who() []string {
	h.t.Helper()
	r := ask(h.t, with(h.ssh("asker"), "who"))
	if r.code != 0 {
		h.t.Fatalf("who: %+v", r)
	}
	names := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
	slices.Sort(names)
	return names
}

// allSee waits until just these are there, at all of some nodes.
func (n *nodes) allSee(names ...string) {
	n.t.Helper()
	slices.Sort(names)
	for i, h := range n.houses {
		if h.isGone() {
			continue
		}
		eventually(n.t, fmt.Sprintf("%q are there for node %d", names, i), func() bool { return slices.Equal(h.who(), names) })
	}
}

// dies ends a node with -9.
func (h *house) dies() {
	h.t.Helper()
	h.signal(syscall.SIGKILL)
	h.exits(-1)
}
