package room

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/sanitize"
	"teahouse/internal/testkit"
)

// A testCluster is two nodes with the same rooms and one record store. Changes travel between them
// when the test says so.
type testCluster struct {
	t       *testing.T
	nodes   [2]*testNode
	records []records.Record // as it was written, by both
	from    map[int]int      // which node wrote each record
	silent  bool             // no news gets through
}

// A testNode is one of the nodes, with what it knows of the other one.
type testNode struct {
	*Hub
	cluster *testCluster
	n       int
	relay   *PeerFeed
	other   *Peer
	read    int              // how many records of the store it has read
	pending []records.Record // records that it has written but the store does not have yet
	notices []func()         // for the other one
}

func newTestCluster(t *testing.T) *testCluster {
	s := &testCluster{t: t, from: map[int]int{}}
	for i := range s.nodes {
		one := &testNode{Hub: NewHub(), cluster: s, n: i}
		one.Records = one
		one.Messages = newFakeMessageStore()
		one.HistoryLimits = HistoryLimits{Lines: 1000}
		one.relay = one.PeerFeed(fmt.Sprint("house", i))
		s.nodes[i] = one
	}
	for i, one := range s.nodes {
		one.other = one.AddPeer(fmt.Sprint("house", 1-i), one)
	}
	return s
}

func (n *testNode) Write(r records.Record) uint64 {
	n.pending = append(n.pending, r)
	return 0 // nobody waits here
}

func (n *testNode) WaitStored(_, _ uint64) error { return nil }

func (n *testNode) there() *testNode { return n.cluster.nodes[1-n.n] }

func (n *testNode) Deliver(id uint64, item Item) error {
	if n.cluster.silent {
		return ErrUnreachable
	}
	return n.there().relay.Deliver(id, copyOfItem(item))
}

func (n *testNode) Disconnect(id uint64, reason Reason, farewell reply.Code, args []any) error {
	if n.cluster.silent {
		return ErrUnreachable
	}
	return n.there().relay.Disconnect(id, reason, farewell, args...)
}

func (n *testNode) Notify(id uint64, item Item) {
	n.notices = append(n.notices, func() { _ = n.there().relay.Deliver(id, copyOfItem(item)) })
}

// copyOfItem returns what one session is handed as it arrives at another machine.
func copyOfItem(item Item) Item {
	if e, ok := item.(*Event); ok {
		return copyOf(e)
	}
	return item
}

// copyOf returns an event as it arrives at another machine.
func copyOf(e *Event) *Event {
	who := UserInfo{}
	if e.User != nil {
		who = *e.User
	}
	return &Event{Seq: e.Seq, Time: e.Time, Kind: e.Kind, User: &who, Text: e.Text, Code: e.Code, Args: e.Args}
}

// tell sends the news of one kind from one node to the other.
func (n *testNode) tell(what int) {
	there := n.there()
	if n.cluster.silent {
		return
	}
	switch what {
	case 0: // who is there, and what is said
		changed := n.relay.ChangedSessions()
		gone := slices.DeleteFunc(slices.Clone(changed), func(c PeerSession) bool { return c.LeftReason == "" })
		there.other.UpdateSessions(slices.DeleteFunc(changed, func(c PeerSession) bool { return c.LeftReason != "" }))
		for buf := make([]*Event, 0, 64); ; {
			where, events, _ := n.relay.Take(buf)
			for _, e := range events {
				if e.Peer == "" && (e.Kind == Said || e.Kind == Announced || e.Kind == Forgot) {
					there.other.Receive(where, copyOf(e))
				}
			}
			if len(events) == 0 {
				break
			}
		}
		there.other.UpdateSessions(gone)
	case 1: // its records reach the store
		for _, r := range n.pending {
			n.cluster.from[len(n.cluster.records)] = n.n
			n.cluster.records = append(n.cluster.records, r)
		}
		n.pending = nil
	case 2: // it reads the store
		for ; n.read < len(n.cluster.records); n.read++ {
			r := n.cluster.records[n.read]
			if n.cluster.from[n.read] == n.n {
				continue
			}
			if n.hasLaterValue(r) {
				continue
			}
			if _, err := n.ApplyRemote(r, math.MaxUint64); err != nil {
				n.cluster.t.Error(err)
			}
		}
	case 3:
		notices := n.notices
		n.notices = nil
		for _, do := range notices {
			do()
		}
	}
}

// hasLaterValue reports whether n has written the record of that key after the one that it reads.
func (n *testNode) hasLaterValue(r records.Record) bool {
	isSame := func(other records.Record) bool { return other.Table == r.Table && other.Key == r.Key }
	for i := n.read; i < len(n.cluster.records); i++ {
		if n.cluster.from[i] == n.n && isSame(n.cluster.records[i]) {
			return true
		}
	}
	return slices.ContainsFunc(n.pending, isSame)
}

// settle has all news go both ways until there is none.
func (c *testCluster) settle() {
	for range 10 {
		for what := range 4 {
			for _, one := range c.nodes {
				one.tell(what)
			}
		}
	}
}

// part makes each node lose the other one; meet brings them together again.
func (c *testCluster) part() {
	c.silent = true
	for _, one := range c.nodes {
		one.other.MarkLost()
	}
}

func (c *testCluster) meet() {
	c.silent = false
	for _, one := range c.nodes {
		one.there().other.ReplaceSessions(one.relay.AllSessions())
	}
}

// whoIsThere returns the names of the users that a node knows, and who owns them.
func (n *testNode) whoIsThere() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []string
	for _, u := range n.online.byName {
		who := u.info.Load()
		line := fmt.Sprintf("%s=%s", who.Name, who.subject())
		for _, name := range []string{"ink", "tea"} { // each node knows its own sessions of a user who is at both
			if r := n.rooms[name]; r != nil && r.members[u] && !(u.isLocal() && u.isRemote()) {
				line += " #" + name
			}
		}
		if u.awayState.Load() != nil && !(u.isLocal() && u.isRemote()) {
			line += " away"
		}
		all = append(all, line)
	}
	for o := range n.names.All() {
		for _, look := range o.Looks() {
			all = append(all, fmt.Sprintf("%s is %s's", look, o.Person))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func (n *testNode) come(name, key string) *Session {
	n.cluster.t.Helper()
	s, err := n.Enter(ClientInfo{RequestedName: name, Fingerprint: key, Door: "ssh", Terminal: true, Takeover: TakeoverAlways, Remote: netip.MustParseAddr("192.0.2.1")})
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return s
}

// Whatever people do at two nodes, and however late each learns of it: once all news has arrived,
// both have the same users under the same names, and no name twice.
func TestNodesAgree(t *testing.T) {
	for seed := range testkit.Amount(uint64(300), 50) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			s := newTestCluster(t)
			names := []string{"ada", "Ada", "аda", "bob", "b0b", "mia"}
			keys := []string{"", "", "K1", "K2", "K3"}
			var here []*Session
			for range 60 {
				time.Sleep(time.Duration(1+random.IntN(1000)) * time.Millisecond)
				one := s.nodes[random.IntN(2)]
				switch random.IntN(12) {
				case 0, 1:
					here = append(here, one.come(names[random.IntN(len(names))], keys[random.IntN(len(keys))]))
				case 2:
					if len(here) > 0 {
						_, _ = here[random.IntN(len(here))].Rename(names[random.IntN(len(names))])
					}
				case 3:
					if n := len(here); n > 0 {
						i := random.IntN(n)
						here[i].Leave(Quit)
						here = slices.Delete(here, i, i+1)
					}
				case 4:
					if s.silent {
						s.meet()
					} else if random.IntN(4) == 0 {
						s.part()
					}
				case 5:
					if n := len(here); n > 0 {
						here[random.IntN(n)].HandleLine([]string{"/join tea", "/join ink", "/part", "/away", "/back"}[random.IntN(5)], SlashSyntax)
					}
				default:
					one.tell(random.IntN(4))
				}
			}
			if s.silent {
				s.meet()
			}
			s.settle()
			if a, b := s.nodes[0].whoIsThere(), s.nodes[1].whoIsThere(); a != b {
				t.Fatalf("seed %d: one house has\n%s\nthe other\n%s", seed, a, b)
			}
			for _, one := range s.nodes {
				one.mu.Lock()
				for _, u := range one.online.byName {
					if u.remoteName != "" {
						t.Errorf("seed %d: %s is called %s at home", seed, u.info.Load().Name, u.remoteName)
					}
				}
				one.mu.Unlock()
			}
		})
		if t.Failed() {
			return
		}
	}
}

// If one node asks for all sessions, those that start and end meanwhile are also reported to the
// nodes that did not ask.
func TestAllSessionsKeepsChanges(t *testing.T) {
	h := NewHub()
	relay := h.PeerFeed("here")
	enter := func(name string) *Session {
		s, err := h.Enter(ClientInfo{RequestedName: name, Door: "ssh"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	told := func() (told []string) {
		for _, ps := range relay.ChangedSessions() {
			told = append(told, strings.TrimSpace(ps.User.Name+" "+string(ps.LeftReason)))
		}
		slices.Sort(told)
		return told
	}
	ada := enter("ada")
	if got := told(); !slices.Equal(got, []string{"ada"}) {
		t.Errorf("the others are told of %q", got)
	}
	ada.Leave(Quit)
	bob := enter("bob")
	relay.AllSessions() // for the one who asks
	if got := told(); !slices.Equal(got, []string{"ada quit", "bob"}) {
		t.Errorf("the others are told of %q", got)
	}
	relay.AllSessions()
	bob.Leave(Quit)
	if got := told(); !slices.Equal(got, []string{"bob quit"}) || len(relay.sessions) > 0 {
		t.Errorf("the others are told of %q", got)
	}
}

// A hub does not keep peers that are gone for good.
func TestRemovedPeer(t *testing.T) {
	h := NewHub()
	one, two := h.AddPeer("one", noRemote{}), h.AddPeer("two", noRemote{})
	one.Remove()
	if len(h.peers) != 1 || h.peers[0] != two {
		t.Errorf("it has %d", len(h.peers))
	}
}

// Nobody is idle for less than nothing, however far ahead the clock is where somebody came in.
func TestIdleWithPeerClockAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		me := enter(t, h, at("me", "M"))
		read(t, me)
		h.AddPeer("one", noRemote{}).UpdateSessions([]PeerSession{{
			ID: 7, User: UserInfo{SessionID: 7, Name: "ada", Person: "A"}, Door: "ssh", Client: "SSH-2.0-x", Terminal: true,
			Since: time.Now().Add(sanitize.MaxClockAhead), NamedAt: time.Now(),
		}})
		if got := does(t, me, "/whois ada"); !strings.Contains(got, "idle for 0s") {
			t.Errorf("it is shown as %q", got)
		}
	})
}
