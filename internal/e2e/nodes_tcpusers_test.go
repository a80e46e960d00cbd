package e2e

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A tcpUsers is many users at all nodes, who talk and read over plain sockets.
type tcpUsers struct {
	t       *testing.T
	cluster *testCluster
	users   []*tcpUser
	wg      sync.WaitGroup
	quit    chan struct{}
}

// A tcpUser says numbered lines, and records what it reads.
type tcpUser struct {
	id, node int
	conn     net.Conn
	said     int // once nobody talks any more

	ended chan struct{} // it has read everything

	mu      sync.Mutex
	heard   []int     // how many lines of each speaker, always the first ones
	wrong   []string  // lines that were not the next one
	heardAt []arrival // of others' lines; for witnesses only
}

// An arrival is the time when a line from some node was read.
type arrival struct {
	at   time.Time
	node int
}

// newTCPUsers connects users at the classic doors, so many at each node. Users with the same number
// at different nodes request the same name, all at the same time.
func newTCPUsers(t *testing.T, n *testCluster, each int) *tcpUsers {
	t.Helper()
	th := &tcpUsers{t: t, cluster: n, quit: make(chan struct{})}
	for i := range each * len(n.nodes) {
		node := i % len(n.nodes)
		conn, err := net.DialTimeout("tcp", n.nodes[node].addrs["classic"], waitTimeout)
		if err != nil {
			t.Fatal(err)
		}
		p := &tcpUser{id: i, node: node, conn: conn, ended: make(chan struct{}), heard: make([]int, each*len(n.nodes))}
		th.users = append(th.users, p)
		go p.listen()
		t.Cleanup(func() {
			conn.Close()
			<-p.ended
		})
	}
	for i, p := range th.users {
		if _, err := fmt.Fprintf(p.conn, "rename|person%d\n", i/len(n.nodes)); err != nil {
			t.Fatal(err)
		}
	}
	for i, h := range n.nodes {
		eventually(t, fmt.Sprintf("who at node %d shows everybody", i), func() bool { return len(h.who()) == len(th.users) })
	}
	return th
}

// startTalking makes everybody say a line now and then, until stopTalking.
func (us *tcpUsers) startTalking(pause time.Duration) {
	for i, p := range us.users {
		us.wg.Go(func() {
			time.Sleep(pause * time.Duration(i) / time.Duration(len(us.users)))
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for {
				if _, err := fmt.Fprintf(p.conn, "Q%d/%d\n", p.id, p.said); err != nil {
					return
				}
				p.said++
				select {
				case <-tick.C:
				case <-p.ended:
					return
				case <-us.quit:
					return
				}
			}
		})
	}
}

// stopTalking makes the users stop, and waits until they have.
func (us *tcpUsers) stopTalking() {
	close(us.quit)
	us.wg.Wait()
}

// listen reads until the connection ends.
func (u *tcpUser) listen() {
	defer close(u.ended)
	in := bufio.NewReader(u.conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		_, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":Q")
		if !ok {
			continue
		}
		if id, n, ok := parseNumbered(text); ok && id < len(u.heard) {
			u.noteLine(id, n)
		}
	}
}

// parseNumbered reads SPEAKER/NUMBER.
func parseNumbered(text string) (id, n int, ok bool) {
	a, b, _ := strings.Cut(text, "/")
	id, err := strconv.Atoi(a)
	n, other := strconv.Atoi(b)
	return id, n, err == nil && other == nil
}

func (u *tcpUser) noteLine(id, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n != u.heard[id] {
		u.wrong = append(u.wrong, fmt.Sprintf("line %d of %d where line %d is due", n, id, u.heard[id]))
	}
	u.heard[id] = n + 1
	if u.isWitness() {
		u.heardAt = append(u.heardAt, arrival{time.Now(), id % len(nodeHosts)})
	}
}

// isWitness reports whether u records arrivals: one user at each node does.
func (u *tcpUser) isWitness() bool { return u.id < len(nodeHosts) }

// hasLeft reports whether u was disconnected, or its node is gone.
func (u *tcpUser) hasLeft() bool {
	select {
	case <-u.ended:
		return true
	default:
		return false
	}
}

// connected returns the users who are still connected.
func (us *tcpUsers) connected() []*tcpUser {
	return slices.DeleteFunc(slices.Clone(us.users), (*tcpUser).hasLeft)
}

// expect waits until all connected users have read all of each other's lines, and the same lines of
// those who are gone, at least as many as are stored. It fails if a line was read twice, too early,
// or not at all.
func (us *tcpUsers) expect(kept map[int]int) {
	us.t.Helper()
	there := us.connected()
	for _, p := range there {
		eventually(us.t, fmt.Sprintf("user %d has read everything", p.id), func() bool { return p.hasAll(us, kept) })
	}
	first, lost := there[0].heardCounts(), 0
	for _, p := range there {
		if len(p.wrong) > 0 {
			us.t.Errorf("user %d at node %d read %d lines out of order, such as %s", p.id, p.node, len(p.wrong), p.wrong[0])
		}
		for id, n := range p.heardCounts() {
			if n != first[id] {
				us.t.Errorf("user %d at node %d read %d lines of user %d, others read %d", p.id, p.node, n, id, first[id])
			}
		}
	}
	lines := 0
	for id, n := range first {
		lines += n
		lost += n - min(n, kept[id])
	}
	us.t.Logf("%d users have read %d lines each; %d of them are not stored", len(there), lines, lost)
}

// hasAll reports whether u has read all lines of connected users, and the stored lines of the
// others.
func (u *tcpUser) hasAll(th *tcpUsers, kept map[int]int) bool {
	heard := map[int]int{}
	for id, n := range u.heardCounts() {
		heard[id] = n
		if n < kept[id] {
			return false
		}
	}
	return th.hasAllLines(heard)
}

// hasAllLines reports whether these counts, by speaker, are all lines of connected users.
func (us *tcpUsers) hasAllLines(lines map[int]int) bool {
	return !slices.ContainsFunc(us.connected(), func(p *tcpUser) bool { return lines[p.id] < p.said })
}

// heardCounts returns how many lines u has read of each speaker.
func (u *tcpUser) heardCounts() []int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.heard)
}

// logSilences logs the longest time for which witnesses read nothing from another node, within a
// span of time.
func (us *tcpUsers) logSilences(what string, since, until time.Time) {
	us.t.Helper()
	var pairs []string
	for _, w := range us.users[:len(nodeHosts)] {
		for _, other := range us.users[:len(nodeHosts)] {
			if w != other && !w.hasLeft() && !other.hasLeft() {
				pairs = append(pairs, fmt.Sprintf("%d of %d %v", w.node, other.node, w.longestSilence(other.node, since, until)))
			}
		}
	}
	us.t.Logf("%s: longest silences: %s", what, strings.Join(pairs, ", "))
}

// longestSilence returns the longest time for which a witness read nothing from a node.
func (u *tcpUser) longestSilence(node int, since, until time.Time) (longest time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := since
	for _, m := range u.heardAt {
		if m.node == node && m.at.After(since) && m.at.Before(until) {
			longest, last = max(longest, m.at.Sub(last)), m.at
		}
	}
	return max(longest, until.Sub(last)).Round(time.Millisecond)
}
