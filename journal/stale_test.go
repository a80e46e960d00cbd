package journal

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/command"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
)

// An unpluggableDialer dials a node's NATS servers, and can cut the connection.
type unpluggableDialer struct {
	mu    sync.Mutex
	out   bool
	conns []net.Conn
}

func (p *unpluggableDialer) Dial(network, address string) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out {
		return nil, errors.New("the plug is out")
	}
	conn, err := net.Dial(network, address)
	p.conns = append(p.conns, conn)
	return conn, err
}

func (p *unpluggableDialer) pull(out bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out = out; out {
		for _, conn := range p.conns {
			conn.Close()
		}
		p.conns = nil
	}
}

// twoMonitored returns two nodes that know two bans and an operator. The second node is then cut
// off, and the first one ends one of the bans and removes the operator. After that all streams
// are deleted, which the second one last saw an hour ago.
func twoMonitored(t *testing.T) (one, two *monitoredNode, cut *unpluggableDialer) {
	t.Helper()
	url := startRemoteServer(t, t.TempDir(), -1).ClientURL()
	cut = &unpluggableDialer{}
	one, two = startMonitored(t, Config{URL: url}), startMonitored(t, Config{URL: url, NATSOptions: []nats.Option{nats.SetCustomDialer(cut)}})
	two.guard.peerRestoreDelay = time.Hour
	one.join(t, "alice", aliceKey)
	for _, line := range []string{"/op alice", "/ban 192.0.2.66", "/ban 192.0.2.77"} {
		one.run(t, line)
	}
	testkit.Eventually(t, "the other node learns of it", func() bool { return strings.Contains(strings.Join(tablesOf(two.hub), " "), "192.0.2.77") })
	one.checkStreams(t)
	two.checkStreams(t)
	cut.pull(true)
	one.run(t, "/deop alice")
	one.run(t, "/unban 192.0.2.66")
	for _, want := range one.store.WantedStreams() {
		seen := two.store.Snapshots.Last(want.Name)
		seen.SeenAt, seen.LastTime = seen.SeenAt.Add(-time.Hour), seen.LastTime.Add(-time.Hour)
		two.store.Snapshots.Set(want.Name, seen)
		if err := one.store.JS.DeleteStream(testContext(t), want.Name); err != nil {
			t.Fatal(err)
		}
	}
	return one, two, cut
}

func (n *monitoredNode) reconnect(t *testing.T) {
	t.Helper()
	testkit.Eventually(t, "it is connected, and notices", func() bool { n.checkStreams(t); return strings.Contains(n.logged.String(), lostSomeLog) })
}

func bansAndOperators(stored []string) []string {
	return slices.DeleteFunc(slices.Clone(stored), func(id string) bool {
		return !strings.HasPrefix(id, "bans") && !strings.HasPrefix(id, "operators")
	})
}

// A node was cut off when the streams were deleted. It does not bring back what was deleted
// meanwhile, though it is the first to store something; but its own decisions count.
func TestStreamsAreDeletedWhileANodeIsCutOff(t *testing.T) {
	t.Parallel()
	one, two, cut := twoMonitored(t)
	two.root = two.join(t, "root", "root")
	command.NewRunner(two.root).HandleLine("/ban 192.0.2.88", command.SlashSyntax)
	cut.pull(false)
	two.reconnect(t)
	if got := bansAndOperators(two.storedIDs(t)); slices.Contains(got, "bans 192.0.2.66/32") {
		t.Errorf("it did not wait for others: %q", got)
	}
	one.checkStreams(t)
	two.checkStreams(t)
	two.waitStored(t)
	want := []string{"bans 192.0.2.77/32", "bans 192.0.2.88/32"}
	if got := bansAndOperators(one.storedIDs(t)); !slices.Equal(got, want) {
		t.Errorf("stored is %q, want %q", got, want)
	}
	for _, k := range []*monitoredNode{one, two} {
		testkit.Eventually(t, "it knows so", func() bool {
			got := bansAndOperators(tablesOf(k.hub))
			slices.Sort(got)
			return slices.Equal(got, want)
		})
	}
}

// Only the node that was cut off is left. It stores what it knows.
func TestNodeThatWasCutOffIsAlone(t *testing.T) {
	t.Parallel()
	_, two, cut := twoMonitored(t)
	two.guard.peerRestoreDelay = 0
	cut.pull(false)
	two.reconnect(t)
	two.checkStreams(t)
	if got := bansAndOperators(two.storedIDs(t)); len(got) != 3 {
		t.Errorf("stored is %q", got)
	}
}

// All streams are deleted, and the node with the narrowest limits recreates them. They keep
// their former limits, which are another node's.
func TestStreamsAreRecreatedByNarrowestNode(t *testing.T) {
	t.Parallel()
	c := Config{URL: startRemoteServer(t, t.TempDir(), -1).ClientURL(), NameRetention: 60 * 24 * time.Hour}
	startMonitored(t, c)
	c.NameRetention = 24 * time.Hour
	less := startMonitored(t, c)
	less.store.Config.HistoryLimits.Lines, less.store.Config.HistoryLimits.Age = 10, time.Hour
	want := less.configs(t)
	for name := range want {
		if err := less.store.JS.DeleteStream(testContext(t), name); err != nil {
			t.Fatal(err)
		}
	}
	less.checkStreams(t)
	got := less.configs(t)
	for _, name := range []string{layout.RoomStream, layout.AuthorityStream} {
		if describeStream(got[name]) != describeStream(want[name]) {
			t.Errorf("%s is %+v, want %+v", name, got[name], want[name])
		}
	}
}
