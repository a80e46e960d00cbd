package cluster_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats-server/v2/server"

	"teahouse/cluster"
	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/testkit"
	"teahouse/journal"
	"teahouse/room"
)

// natsServers are three NATS servers in this process that form a cluster.
type natsServers struct {
	t      *testing.T
	all    []*server.Server
	config []*server.Options
}

func startNATSServers(t *testing.T) *natsServers {
	t.Helper()
	for range 5 {
		if s := tryNATSServers(t); s != nil {
			return s
		}
	}
	t.Fatal("the NATS servers do not start")
	return nil
}

// tryNATSServers returns nil if another process has taken a port that was free a moment ago.
func tryNATSServers(t *testing.T) *natsServers {
	t.Helper()
	s := &natsServers{t: t}
	t.TempDir() // before Cleanup, so that the directories are removed after the servers have stopped
	var routes []*url.URL
	var ports []int
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats-route", Host: fmt.Sprint("127.0.0.1:", port)})
		l.Close()
	}
	t.Cleanup(func() {
		for i := range s.all {
			s.stop(i)
		}
	})
	for i := range 3 {
		s.config = append(s.config, &server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: server.RANDOM_PORT,
			JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, SyncInterval: time.Second,
			// The names differ so that two tests that got the same port do not form one cluster.
			Cluster: server.ClusterOpts{Name: t.Name(), Host: "127.0.0.1", Port: ports[i], NoAdvertise: true}, Routes: routes,
		})
		s.all = append(s.all, nil)
		if !s.start(i) {
			return nil
		}
	}
	testkit.Eventually(t, "the servers have a leader", func() bool {
		return slices.ContainsFunc(s.all, func(one *server.Server) bool { return one.JetStreamIsLeader() })
	})
	return s
}

// start reports false if the server does not start.
func (s *natsServers) start(i int) bool {
	s.t.Helper()
	one, err := server.NewServer(s.config[i])
	if err != nil {
		s.t.Fatal(err)
	}
	s.all[i] = one
	one.Start()
	if !one.ReadyForConnections(30 * time.Second) {
		return false
	}
	s.config[i].Port = one.Addr().(*net.TCPAddr).Port
	return true
}

func (s *natsServers) stop(i int) {
	if s.all[i] != nil {
		s.all[i].Shutdown()
		s.all[i].WaitForShutdown()
		s.all[i] = nil
	}
}

// url returns the address of one server, through which a client finds the others.
func (s *natsServers) url(i int) string { return fmt.Sprint("nats://127.0.0.1:", s.config[i].Port) }

// urls returns the addresses of all servers.
func (s *natsServers) urls() string { return strings.Join([]string{s.url(0), s.url(1), s.url(2)}, ",") }

// A faultProxy forwards connections to a server, and can be cut.
type faultProxy struct {
	t    *testing.T
	l    net.Listener
	to   string
	mu   sync.Mutex
	cut  bool
	open map[net.Conn]bool
}

// newProxy returns a faultProxy to a server.
func (s *natsServers) newProxy(i int) *faultProxy {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	w := &faultProxy{t: s.t, l: l, to: fmt.Sprint("127.0.0.1:", s.config[i].Port), open: map[net.Conn]bool{}}
	s.t.Cleanup(func() { l.Close(); w.setCut(true) })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go w.forward(conn)
		}
	}()
	return w
}

func (w *faultProxy) url() string { return "nats://" + w.l.Addr().String() }

func (w *faultProxy) setCut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for conn := range w.open {
		if cut {
			conn.Close()
		}
	}
}

func (w *faultProxy) forward(conn net.Conn) {
	defer conn.Close()
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer server.Close()
	w.mu.Lock()
	if w.cut {
		w.mu.Unlock()
		return
	}
	w.open[conn], w.open[server] = true, true
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, conn)
		delete(w.open, server)
	}()
	go func() {
		defer server.Close()
		_, _ = io.Copy(server, conn)
	}()
	_, _ = io.Copy(conn, server)
}

// A node is a hub with its journal and its Link.
type node struct {
	*room.Hub
	t       *testing.T
	journal *journal.Journal
	link    *cluster.Link
	closing sync.Once

	mu      sync.Mutex
	skipped map[string]skip // by the names of other nodes, see skipSilence
}

// A skip makes the silence of a node that was not heard since a time seem longer.
type skip struct {
	since time.Time
	by    time.Duration
}

// waitTimeout is how long a test waits for what is sure to happen. It is generous because nodes
// and servers share a machine that may be busy, and the race detector is slow.
const waitTimeout = 2 * time.Minute

func startNode(t *testing.T, url string) *node { return startNodeIn(t, url, t.TempDir()) }

func startNodeIn(t *testing.T, url, dir string) *node {
	t.Helper()
	return startNodeAt(t, url, url, dir)
}

// startNodeAt starts a node with different URLs for its store and for the other nodes.
func startNodeAt(t *testing.T, store, others, dir string) *node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	memory := room.HistoryLimits{Lines: 100_000}
	logger := log.NewWithOptions(t.Output(), log.Options{Level: log.DebugLevel, ReportTimestamp: true, TimeFormat: "05.000"})
	j, err := journal.Open(ctx, journal.Config{Dir: dir, URL: store, HistoryLimits: memory, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	hub := room.New(room.Config{Messages: j, HistoryLimits: memory, Records: j})
	n := &node{t: t, Hub: hub, journal: j, skipped: map[string]skip{}}
	if err := j.Start(ctx, n.Hub); err != nil {
		t.Fatal(err)
	}
	name, _ := j.Identity()
	relay := peers.NewFeed(n.Hub, name)
	if n.link, err = cluster.OpenWithSilence(ctx, cluster.Config{URL: others, Hub: n.Hub, Feed: relay, Store: j, Info: cluster.NodeInfo{Version: "v1"}, Log: logger}, n.silence); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.stop)
	return n
}

// skipSilence waits until done, which follows from a silence between nodes that are cut off from
// each other. They believe that it has lasted longer, by d. The soak waits for that long instead.
func (n *node) skipSilence(d time.Duration, others []*node, what string, done func() bool) {
	n.t.Helper()
	testkit.Eventually(n.t, what, func() bool {
		for _, other := range others {
			if !testkit.Soaking() { // each time, because something may still be in transit
				n.skipSilenceOf(other, d)
				other.skipSilenceOf(n, d)
			}
		}
		return done()
	})
}

func (n *node) skipSilenceOf(other *node, d time.Duration) {
	name, _ := other.journal.Identity()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.skipped[name] = skip{time.Now(), d}
}

// silence returns for how long another node has been silent, as this node believes.
func (n *node) silence(other string, heard time.Time) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	silent := time.Since(heard)
	if s := n.skipped[other]; heard.Before(s.since) {
		silent += s.by
	}
	return silent
}

// stop shuts a node down as the program does. At the end of the test it does not wait for a store
// from which the node is cut off.
func (n *node) stop() {
	n.closing.Do(func() {
		n.Hub.Close()
		n.link.Close()
		ctx, cancel := context.WithTimeout(n.t.Context(), 5*time.Second)
		defer cancel()
		if err := n.journal.Close(ctx); err != nil {
			n.t.Log(err)
		}
	})
}

// A testUser is a user at a terminal.
type testUser struct {
	*command.Runner
	t    *testing.T
	name string
	done chan struct{}

	mu   sync.Mutex
	read []string
}

func (n *node) enter(name, key string) *testUser {
	n.t.Helper()
	return n.enterAs(room.ClientInfo{RequestedName: name, Fingerprint: ids.Fingerprint(key), Terminal: true, Takeover: room.TakeoverAlways, Remote: netip.MustParseAddr("192.0.2.1")})
}

func (n *node) enterAs(v room.ClientInfo) *testUser {
	n.t.Helper()
	if v.Door == "" {
		v.Door = "ssh"
	}
	u, err := n.Enter(n.t.Context(), v)
	if err != nil {
		n.t.Fatal(err)
	}
	p := &testUser{Runner: command.NewRunner(u), t: n.t, name: v.RequestedName, done: make(chan struct{})}
	go p.readLoop()
	n.t.Cleanup(func() {
		if n.t.Failed() {
			n.t.Logf("%s read %q", p.name, p.lines()[max(0, len(p.lines())-20):])
		}
		u.Leave(room.Quit)
		<-p.done
	})
	return p
}

// expectOnline waits until the node knows that somebody is online. Whoever enters there a moment
// later has not seen that user join.
func (n *node) expectOnline(name string) {
	n.t.Helper()
	testkit.Eventually(n.t, name+" is online at the other node, too", func() bool {
		return slices.Contains(strings.Fields(n.online()), name)
	})
}

// exec returns a session that runs commands.
func (n *node) exec(name, key string) *command.Runner {
	n.t.Helper()
	u, _, err := n.Exec(n.t.Context(), room.ClientInfo{RequestedName: name, Fingerprint: ids.Fingerprint(key), Door: "ssh"})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { u.Leave(room.Quit) })
	return command.NewRunner(u)
}

func (p *testUser) readLoop() {
	defer close(p.done)
	buf := make([]room.Item, 0, 64)
	for p.Wait() == nil {
		for _, e := range p.Take(buf) {
			p.mu.Lock()
			p.read = append(p.read, describe(e))
			p.mu.Unlock()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read = append(p.read, "left: "+string(p.Reason()))
}

// describe returns an item as a line of text.
func describe(item room.Item) string {
	switch r := item.(type) {
	case *room.Event:
		return describeEvent(r)
	case *room.MessageSent:
		return describeEvent(r.Message) + i18n.Sprint(string(r.Note.Code), r.Note.Args...)
	case *builtin.WhoReply:
		return "who " + names(r.Users)
	case *room.Refused:
		return i18n.Sprint(string(r.Code), r.Args...)
	case room.TextReply:
		var lines []string
		for _, line := range r.Sentences() {
			lines = append(lines, i18n.Sprint(string(line.Code), line.Args...))
		}
		return strings.Join(lines, "\n")
	}
	return fmt.Sprintf("%T", item)
}

func describeEvent(e *room.Event) string {
	switch e.Kind {
	case room.Said:
		return e.User.Name + ": " + e.Text
	case room.PrivateMessage:
		return e.User.Name + " to " + e.To.Name + ": " + e.Text
	case room.Joined:
		return "+" + e.User.Name
	case room.Left:
		return "-" + e.User.Name + " " + string(e.Reason)
	case room.Renamed:
		return e.OldName + " is " + e.User.Name
	case room.Announced:
		return i18n.Sprint(string(e.Code), e.Args...)
	}
	return fmt.Sprint(e.Kind)
}

func names(who []*room.UserInfo) string {
	var all []string
	for _, w := range who {
		all = append(all, w.Name)
	}
	return strings.Join(all, " ")
}

// lines returns everything that the user has read.
func (p *testUser) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.read)
}

// expect waits until the user has read a line.
func (p *testUser) expect(line string) {
	p.t.Helper()
	testkit.Eventually(p.t, fmt.Sprintf("%s reads %q", p.name, line), func() bool { return slices.Contains(p.lines(), line) })
}

// expectLoss waits until the user has read a line that follows from the loss of nodes that are cut
// off from each other.
func (p *testUser) expectLoss(line string, n *node, others ...*node) {
	p.t.Helper()
	n.skipSilence(peers.Timeout, others, fmt.Sprintf("%s reads %q", p.name, line), func() bool { return slices.Contains(p.lines(), line) })
}

// send types a line.
func (p *testUser) send(line string) {
	p.t.Helper()
	p.HandleLine(line, command.SlashSyntax)
}

// online returns who is online, as a node sees it.
func (n *node) online() string {
	v, notice, err := n.Exec(n.t.Context(), room.ClientInfo{RequestedName: "asker", Door: "ssh"})
	if err != nil || notice != nil {
		n.t.Fatal(notice, err)
	}
	defer v.Leave(room.Quit)
	e, err := command.NewRunner(v).RunCommand([]string{"who"})
	if err != nil {
		n.t.Fatal(err)
	}
	all := strings.Fields(names(e.(*builtin.WhoReply).Users))
	slices.Sort(all)
	return strings.Join(all, " ")
}
