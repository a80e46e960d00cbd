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

	"teahouse/room"
)

// A plug is where a node is connected to its NATS servers. It can be pulled out.
type plug struct {
	mu    sync.Mutex
	out   bool
	conns []net.Conn
}

func (p *plug) Dial(network, address string) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out {
		return nil, errors.New("the plug is out")
	}
	conn, err := net.Dial(network, address)
	p.conns = append(p.conns, conn)
	return conn, err
}

func (p *plug) pull(out bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out = out; out {
		for _, conn := range p.conns {
			conn.Close()
		}
		p.conns = nil
	}
}

// twoKeepers returns two nodes that know of two bans and an operator. The second one is cut off
// then, and the first one ends one of the bans and has the operator be none. All streams are gone
// then, which the second one saw an hour ago.
func twoKeepers(t *testing.T) (one, two *keeper, cut *plug) {
	t.Helper()
	url := elsewhere(t, t.TempDir(), -1).ClientURL()
	cut = &plug{}
	one, two = keeps(t, Config{URL: url}), keeps(t, Config{URL: url, Options: []nats.Option{nats.SetCustomDialer(cut)}})
	one.enter(t, "alice", aliceKey)
	for _, line := range []string{"/op alice", "/ban 192.0.2.66", "/ban 192.0.2.77"} {
		one.does(t, line)
	}
	eventually(t, "the other node learns of it", func() bool { return strings.Contains(strings.Join(tables(two.house), " "), "192.0.2.77") })
	one.looks(t)
	two.looks(t)
	cut.pull(true)
	one.does(t, "/deop alice")
	one.does(t, "/unban 192.0.2.66")
	for _, want := range one.engine.wanted() {
		seen := two.engine.sights.of(want.Name)
		seen.at, seen.stored = seen.at.Add(-time.Hour), seen.stored.Add(-time.Hour)
		two.engine.sights.note(want.Name, seen)
		if err := one.engine.js.DeleteStream(bounded(t), want.Name); err != nil {
			t.Fatal(err)
		}
	}
	return one, two, cut
}

func (k *keeper) isBack(t *testing.T) {
	t.Helper()
	eventually(t, "it is connected, and notices", func() bool { k.looks(t); return strings.Contains(k.logged.String(), lostSome) })
}

func bansAndOperators(rows []string) []string {
	return slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
		return !strings.HasPrefix(row, "bans") && !strings.HasPrefix(row, "operators")
	})
}

// A node was cut off when the streams were deleted. It does not bring back what was struck out
// meanwhile, though it is the first to store something; but what it has decided itself counts.
func TestStreamsAreDeletedWhileANodeIsCutOff(t *testing.T) {
	t.Parallel()
	one, two, cut := twoKeepers(t)
	two.root = two.enter(t, "root", "root")
	two.root.Line("/ban 192.0.2.88", room.Slashed)
	cut.pull(false)
	two.isBack(t)
	if got := bansAndOperators(two.has(t)); slices.Contains(got, "bans 192.0.2.66/32") {
		t.Errorf("it does not wait for others: %q", got)
	}
	one.looks(t)
	two.looks(t)
	two.settles(t)
	want := []string{"bans 192.0.2.77/32", "bans 192.0.2.88/32"}
	if got := bansAndOperators(one.has(t)); !slices.Equal(got, want) {
		t.Errorf("stored is %q, not %q", got, want)
	}
	for _, k := range []*keeper{one, two} {
		eventually(t, "it knows so", func() bool {
			got := bansAndOperators(tables(k.house))
			slices.Sort(got)
			return slices.Equal(got, want)
		})
	}
}

// Only the node is left that was cut off. It stores what it knows.
func TestNodeThatWasCutOffIsAlone(t *testing.T) {
	t.Parallel()
	_, two, cut := twoKeepers(t)
	two.guard.first = 0
	cut.pull(false)
	two.isBack(t)
	two.looks(t)
	if got := bansAndOperators(two.has(t)); len(got) != 3 {
		t.Errorf("stored is %q", got)
	}
}

// All streams are deleted, and the node makes them anew that keeps least. They are kept within the
// limits of before, which are another node's.
func TestStreamsAreMadeAnewByWhoKeepsLess(t *testing.T) {
	t.Parallel()
	c := Config{URL: elsewhere(t, t.TempDir(), -1).ClientURL(), Names: 60 * 24 * time.Hour}
	keeps(t, c)
	c.Names = 24 * time.Hour
	less := keeps(t, c)
	less.engine.config.Memory.Lines, less.engine.config.Memory.Age = 10, time.Hour
	want := less.configs(t)
	for name := range want {
		if err := less.engine.js.DeleteStream(bounded(t), name); err != nil {
			t.Fatal(err)
		}
	}
	less.looks(t)
	got := less.configs(t)
	for _, name := range []string{roomStream, bookStream} {
		if describe(got[name]) != describe(want[name]) {
			t.Errorf("%s is %+v, not %+v", name, got[name], want[name])
		}
	}
}
