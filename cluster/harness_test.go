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
	"teahouse/journal"
	"teahouse/room"
)

// servers are three NATS servers that are a cluster, in this process.
type servers struct {
	t      *testing.T
	all    []*server.Server
	config []*server.Options
}

func startServers(t *testing.T) *servers {
	t.Helper()
	for range 5 {
		if s := tryServers(t); s != nil {
			return s
		}
	}
	t.Fatal("the NATS servers do not start")
	return nil
}

// tryServers returns nil where somebody else has taken a port that was free a moment ago.
func tryServers(t *testing.T) *servers {
	t.Helper()
	s := &servers{t: t}
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
			// A name of its own: two tests may have got one port, and must not become one cluster.
			Cluster: server.ClusterOpts{Name: t.Name(), Host: "127.0.0.1", Port: ports[i], NoAdvertise: true}, Routes: routes,
		})
		s.all = append(s.all, nil)
		if !s.start(i) {
			return nil
		}
	}
	eventually(t, "the servers have a leader", func() bool {
		return slices.ContainsFunc(s.all, func(one *server.Server) bool { return one.JetStreamIsLeader() })
	})
	return s
}

// start reports false where the server does not start.
func (s *servers) start(i int) bool {
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

func (s *servers) stop(i int) {
	if s.all[i] != nil {
		s.all[i].Shutdown()
		s.all[i].WaitForShutdown()
		s.all[i] = nil
	}
}

// url is for a client of one server, which finds the others by it.
func (s *servers) url(i int) string { return fmt.Sprint("nats://127.0.0.1:", s.config[i].Port) }

// urls is for a client of all of them.
func (s *servers) urls() string { return strings.Join([]string{s.url(0), s.url(1), s.url(2)}, ",") }

// A wire is a connection to a server that can be cut.
type wire struct {
	t    *testing.T
	l    net.Listener
	to   string
	mu   sync.Mutex
	cut  bool
	open map[net.Conn]bool
}

// wire returns a wire to a server.
func (s *servers) wire(i int) *wire {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	w := &wire{t: s.t, l: l, to: fmt.Sprint("127.0.0.1:", s.config[i].Port), open: map[net.Conn]bool{}}
	s.t.Cleanup(func() { l.Close(); w.setCut(true) })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(conn)
		}
	}()
	return w
}

func (w *wire) url() string { return "nats://" + w.l.Addr().String() }

func (w *wire) setCut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for conn := range w.open {
		if cut {
			conn.Close()
		}
	}
}

func (w *wire) carry(conn net.Conn) {
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

// A node is a house with what makes it a part of a larger one.
type node struct {
	*room.House
	t       *testing.T
	journal *journal.Journal
	link    *cluster.Link
	closing sync.Once
}

// patience is how long a test waits for what is sure to come: nodes and servers share a
// machine that may be busy, and the race detector makes much of little.
const patience = 2 * time.Minute

func startNode(t *testing.T, url string) *node { return startNodeIn(t, url, t.TempDir()) }

func startNodeIn(t *testing.T, url, dir string) *node {
	t.Helper()
	return startNodeAt(t, url, url, dir)
}

// startNodeAt starts a node that reaches its store by a URL, and other nodes by another.
func startNodeAt(t *testing.T, store, others, dir string) *node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	memory := room.Memory{Lines: 100_000}
	logger := log.NewWithOptions(t.Output(), log.Options{Level: log.DebugLevel, ReportTimestamp: true, TimeFormat: "05.000"})
	j, err := journal.Open(ctx, journal.Config{Dir: dir, URL: store, Memory: memory, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, House: room.NewHouse(), journal: j}
	rows, err := j.Rows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n.Archive, n.Memory = j, memory
	if err := n.Open(rows); err != nil {
		t.Error(err)
	}
	n.Book = j
	if err := j.Restore(ctx, n.House); err != nil {
		t.Fatal(err)
	}
	j.Follow(n.House)
	name, _ := j.Identity()
	relay := n.Relay(name)
	if err := j.Watch(n.Learn); err != nil {
		t.Fatal(err)
	}
	if n.link, err = cluster.Open(others, n.House, relay, j, cluster.Likeness{Version: "v1"}, logger); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.stop)
	return n
}

// stop stops a node as it stops by itself.
func (n *node) stop() {
	n.closing.Do(func() {
		n.House.Close()
		n.link.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := n.journal.Close(ctx); err != nil {
			n.t.Log(err)
		}
	})
}

// A person is somebody at a terminal, who reads.
type person struct {
	*room.User
	t    *testing.T
	name string
	done chan struct{}

	mu   sync.Mutex
	read []string
}

func (n *node) enter(name, key string) *person {
	n.t.Helper()
	return n.enterAs(room.Visitor{Name: name, Key: key, Terminal: true, TakesOver: room.TakeOverAlways, Remote: netip.MustParseAddr("192.0.2.1")})
}

func (n *node) enterAs(v room.Visitor) *person {
	n.t.Helper()
	if v.Door == "" {
		v.Door = "ssh"
	}
	u, err := n.Enter(v)
	if err != nil {
		n.t.Fatal(err)
	}
	p := &person{User: u, t: n.t, name: v.Name, done: make(chan struct{})}
	go p.reads()
	n.t.Cleanup(func() {
		if n.t.Failed() {
			n.t.Logf("%s read %q", p.name, p.lines()[max(0, len(p.lines())-20):])
		}
		u.Leave(room.Quit)
		<-p.done
	})
	return p
}

// visit lets a program do something.
func (n *node) visit(name, key string) *room.User {
	n.t.Helper()
	u, _, err := n.Visit(room.Visitor{Name: name, Key: key, Door: "ssh"})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { u.Leave(room.Quit) })
	return u
}

func (p *person) reads() {
	defer close(p.done)
	buf := make([]*room.Event, 0, 64)
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

// describe returns an event in a line.
func describe(e *room.Event) string {
	switch e.Kind {
	case room.Said:
		return e.Who.Name + ": " + e.Text
	case room.Told:
		return e.Who.Name + " to " + e.To.Name + ": " + e.Text + fmt.Sprintf(string(e.Phrase), e.Args...)
	case room.Answered:
		var lines []string
		for _, line := range e.Lines {
			lines = append(lines, fmt.Sprintf(string(line.Phrase), line.Args...))
		}
		return strings.Join(lines, "\n")
	case room.Joined:
		return "+" + e.Who.Name
	case room.Left:
		return "-" + e.Who.Name + " " + string(e.Reason)
	case room.Renamed:
		return e.Old + " is " + e.Who.Name
	case room.Listed:
		return "who " + names(e.Online)
	case room.Refused, room.Noticed, room.Announced, room.Missed, room.Farewell:
		return fmt.Sprintf(string(e.Phrase), e.Args...)
	}
	return fmt.Sprint(e.Kind)
}

func names(who []*room.Who) string {
	var all []string
	for _, w := range who {
		all = append(all, w.Name)
	}
	return strings.Join(all, " ")
}

// lines returns what somebody has read.
func (p *person) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.read)
}

// sees waits until somebody has read a line.
func (p *person) sees(line string) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%s reads %q", p.name, line), func() bool { return slices.Contains(p.lines(), line) })
}

// does types a command, or something to say.
func (p *person) does(line string) {
	p.t.Helper()
	p.Line(line, room.Slashed)
}

// who returns who is there, as a node knows.
func (n *node) online() string {
	v, notice, err := n.Visit(room.Visitor{Name: "asker", Door: "ssh"})
	if err != nil || notice != nil {
		n.t.Fatal(notice, err)
	}
	defer v.Leave(room.Quit)
	e, err := v.Do([]string{"who"})
	if err != nil {
		n.t.Fatal(err)
	}
	all := strings.Fields(names(e.Online))
	slices.Sort(all)
	return strings.Join(all, " ")
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("it is not so that ", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
