package roomtest

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/room"
)

func NewTestCluster(t *testing.T) *testCluster {
	return NewTestClusterOf(t, func(int, *room.Config) {})
}

// NewTestClusterOf returns a cluster in which change changes the configuration of each node.
func NewTestClusterOf(t *testing.T, change func(n int, c *room.Config)) *testCluster {
	s := &testCluster{t: t, from: map[int]int{}}
	for i := range s.Nodes {
		one := &testNode{cluster: s, N: i}
		c := room.Config{Records: one, Messages: NewFakeMessageStore(), HistoryLimits: room.HistoryLimits{Lines: 1000}}
		change(i, &c)
		one.Hub = room.New(c)
		one.Relay = peers.NewFeed(one.Hub, fmt.Sprint("node", i))
		s.Nodes[i] = one
	}
	for i, one := range s.Nodes {
		one.Other = peers.NewSet(one.Hub).Add(fmt.Sprint("node", 1-i), one)
	}
	return s
}

// A testCluster is two nodes with the same rooms and one record store. Changes travel between them
// when the test says so.
type testCluster struct {
	t       *testing.T
	Nodes   [2]*testNode
	Records []records.Record // as written by both
	from    map[int]int      // which node wrote each record
	Silent  bool             // the nodes are cut off from each other
}

// Settle delivers all news in both directions until there is none.
func (c *testCluster) Settle() {
	for range 10 {
		for what := range 4 {
			for _, one := range c.Nodes {
				one.Tell(what)
			}
		}
	}
}

// Part cuts the nodes off from each other; Meet reconnects them.
func (c *testCluster) Part() {
	c.Silent = true
	for _, one := range c.Nodes {
		one.Other.MarkLost()
	}
}

func (c *testCluster) Meet() {
	c.Silent = false
	for _, one := range c.Nodes {
		one.there().Other.ReplaceSessions(one.Relay.AllSessions())
	}
}

// copyOfItem returns a copy of an item, as another node receives it.
func copyOfItem(item room.Item) room.Item {
	if e, ok := item.(*room.Event); ok {
		return copyOf(e)
	}
	return item
}

// copyOf returns a copy of an event, as another node receives it.
func copyOf(e *room.Event) *room.Event {
	who := room.UserInfo{}
	if e.User != nil {
		who = *e.User
	}
	return &room.Event{Seq: e.Seq, Time: e.Time, Kind: e.Kind, User: &who, Text: e.Text, Code: e.Code, Args: e.Args}
}

// A testNode is one of the nodes, with what it knows about the other one.
type testNode struct {
	*room.Hub
	cluster *testCluster
	N       int
	Relay   *peers.Feed
	Other   *peers.Peer
	read    int                      // how many records of the store it has read
	mu      sync.Mutex               // guards Pending and written: the hub also writes when a timer fires
	Pending []records.Record         // records that it has written but the store does not have yet
	written uint64                   // how many records it has written
	OnWait  func(after, last uint64) // called when somebody waits for records; may be nil
	Slow    time.Duration            // how long an item takes from here to the other one
	notices []func()                 // for the other one
}

func (n *testNode) Write(r records.Record) uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.Pending = append(n.Pending, r)
	n.written++
	return n.written
}

// WaitStored treats all records as stored, even pending ones.
func (n *testNode) WaitStored(_ context.Context, after, last uint64) error {
	if n.OnWait != nil {
		n.OnWait(after, last)
	}
	return nil
}

func (n *testNode) there() *testNode { return n.cluster.Nodes[1-n.N] }

func (n *testNode) Deliver(ctx context.Context, id uint64, item room.Item) error {
	waitFor(ctx, n.Slow)
	if n.cluster.Silent || ctx.Err() != nil {
		return room.ErrUnreachable
	}
	return n.there().Relay.Deliver(id, copyOfItem(item))
}

func (n *testNode) Disconnect(ctx context.Context, id uint64, reason room.Reason, farewell reply.Code, args []any) error {
	if n.cluster.Silent || ctx.Err() != nil {
		return room.ErrUnreachable
	}
	return n.there().Relay.Disconnect(id, reason, farewell, args...)
}

func (n *testNode) Notify(id uint64, item room.Item) {
	n.notices = append(n.notices, func() { _ = n.there().Relay.Deliver(id, copyOfItem(item)) })
}

// Tell sends the news of one kind from one node to the other.
func (n *testNode) Tell(what int) {
	there := n.there()
	if n.cluster.Silent {
		return
	}
	switch what {
	case 0: // users and messages
		changed := n.Relay.ChangedSessions()
		gone := slices.DeleteFunc(slices.Clone(changed), func(c peers.Session) bool { return c.LeftReason == "" })
		there.Other.UpdateSessions(slices.DeleteFunc(changed, func(c peers.Session) bool { return c.LeftReason != "" }))
		for buf := make([]*room.Event, 0, 64); ; {
			where, events, _ := n.Relay.Take(buf)
			for _, e := range events {
				if e.Peer == "" && (e.Kind == room.Said || e.Kind == room.Announced || e.Kind == room.Forgot) {
					there.Other.Receive(where, copyOf(e))
				}
			}
			if len(events) == 0 {
				break
			}
		}
		there.Other.UpdateSessions(gone)
	case 1: // its records reach the store
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, r := range n.Pending {
			n.cluster.from[len(n.cluster.Records)] = n.N
			n.cluster.Records = append(n.cluster.Records, r)
		}
		n.Pending = nil
	case 2: // it reads the store
		for ; n.read < len(n.cluster.Records); n.read++ {
			r := n.cluster.Records[n.read]
			if n.cluster.from[n.read] == n.N {
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
	for i := n.read; i < len(n.cluster.Records); i++ {
		if n.cluster.from[i] == n.N && isSame(n.cluster.Records[i]) {
			return true
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.Pending, isSame)
}

// WhoIsThere returns the names of the users that a node knows, and who owns them.
func (n *testNode) WhoIsThere() string {
	var all []string
	for _, u := range Peek(n.Hub).Online.ByName {
		who := u.Info()
		line := fmt.Sprintf("%s=%s", who.Name, who.Subject())
		for _, name := range []ids.Room{"ink", "tea"} { // each node knows its own sessions of a user who is at both
			if r := Peek(n.Hub).Rooms.ByID[name]; r != nil && r.Members[u] && !(u.IsLocal() && u.IsRemote()) {
				line += " #" + string(name)
			}
		}
		if u.Away.Load() != nil && !(u.IsLocal() && u.IsRemote()) {
			line += " away"
		}
		all = append(all, line)
	}
	for o := range Peek(n.Hub).Names.All() {
		for _, look := range o.Looks() {
			all = append(all, fmt.Sprintf("%s is %s's", look, o.Person))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func (n *testNode) Come(name string, key ids.Fingerprint) *command.Runner {
	n.cluster.t.Helper()
	s, err := EnterHub(n.Hub, room.ClientInfo{RequestedName: name, Fingerprint: key, Door: "ssh", Terminal: true, Takeover: room.TakeoverAlways, Remote: netip.MustParseAddr("192.0.2.1")})
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return s
}
