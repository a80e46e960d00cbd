package stories

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

// A throng is many people at all nodes, who talk and listen by nothing but a socket.
type throng struct {
	t        *testing.T
	nodes    *nodes
	people   []*talking
	speaking sync.WaitGroup
	quit     chan struct{}
}

// A talking is somebody who says numbered lines, and notes what it hears.
type talking struct {
	id, node int
	conn     net.Conn
	said     int // once the throng is quiet

	ended chan struct{} // it hears no more

	mu    sync.Mutex
	heard []int    // how many lines of each, which are the first so many
	wrong []string // what was heard that was not the next
	times []moment // of lines of others; for witnesses only
}

// A moment is when a line of somebody at a node was heard.
type moment struct {
	at   time.Time
	node int
}

// newThrong lets people in at the classic doors, so many at each node. Those of the
// same number at different nodes ask for the same name, all at the same time.
func newThrong(t *testing.T, n *nodes, each int) *throng {
	t.Helper()
	th := &throng{t: t, nodes: n, quit: make(chan struct{})}
	for i := range each * len(n.houses) {
		node := i % len(n.houses)
		conn, err := net.DialTimeout("tcp", n.houses[node].addrs["classic"], patience)
		if err != nil {
			t.Fatal(err)
		}
		p := &talking{id: i, node: node, conn: conn, ended: make(chan struct{}), heard: make([]int, each*len(n.houses))}
		th.people = append(th.people, p)
		go p.listen()
		t.Cleanup(func() {
			conn.Close()
			<-p.ended
		})
	}
	for i, p := range th.people {
		if _, err := fmt.Fprintf(p.conn, "rename|person%d\n", i/len(n.houses)); err != nil {
			t.Fatal(err)
		}
	}
	for i, h := range n.houses {
		eventually(t, fmt.Sprintf("all are there for node %d", i), func() bool { return len(h.who()) == len(th.people) })
	}
	return th
}

// talk has everybody say a line now and then, until hush.
func (th *throng) talk(pause time.Duration) {
	for i, p := range th.people {
		th.speaking.Go(func() {
			time.Sleep(pause * time.Duration(i) / time.Duration(len(th.people)))
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
				case <-th.quit:
					return
				}
			}
		})
	}
}

// hush ends the talk.
func (th *throng) hush() {
	close(th.quit)
	th.speaking.Wait()
}

// listen reads until the connection ends.
func (p *talking) listen() {
	defer close(p.ended)
	in := bufio.NewReader(p.conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		_, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":Q")
		if !ok {
			continue
		}
		if id, n, ok := numbered(text); ok && id < len(p.heard) {
			p.hear(id, n)
		}
	}
}

// numbered reads SPEAKER/NUMBER.
func numbered(text string) (id, n int, ok bool) {
	a, b, _ := strings.Cut(text, "/")
	id, err := strconv.Atoi(a)
	n, other := strconv.Atoi(b)
	return id, n, err == nil && other == nil
}

func (p *talking) hear(id, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n != p.heard[id] {
		p.wrong = append(p.wrong, fmt.Sprintf("line %d of %d where line %d is due", n, id, p.heard[id]))
	}
	p.heard[id] = n + 1
	if p.isWitness() {
		p.times = append(p.times, moment{time.Now(), id % len(nodeHosts)})
	}
}

// isWitness reports whether p notes when it hears what: one at each node does.
func (p *talking) isWitness() bool { return p.id < len(nodeHosts) }

// isGone reports whether p was let out, or its node is gone.
func (p *talking) isGone() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// there returns those who are still there.
func (th *throng) there() []*talking {
	return slices.DeleteFunc(slices.Clone(th.people), (*talking).isGone)
}

// expect waits until all who are there have heard all of their lines, and the same
// of those who are gone, at least as many as were kept. It fails where something was
// heard twice, too early, or not at all.
func (th *throng) expect(kept map[int]int) {
	th.t.Helper()
	there := th.there()
	for _, p := range there {
		eventually(th.t, fmt.Sprintf("%d has heard everything", p.id), func() bool { return p.hasHeard(th, kept) })
	}
	first, lost := there[0].all(), 0
	for _, p := range there {
		if len(p.wrong) > 0 {
			th.t.Errorf("%d at node %d heard %d lines that were not due, such as %s", p.id, p.node, len(p.wrong), p.wrong[0])
		}
		for id, n := range p.all() {
			if n != first[id] {
				th.t.Errorf("%d at node %d heard %d lines of %d, others %d", p.id, p.node, n, id, first[id])
			}
		}
	}
	lines := 0
	for id, n := range first {
		lines += n
		lost += n - min(n, kept[id])
	}
	th.t.Logf("%d people have heard %d lines each; %d of them are not kept", len(there), lines, lost)
}

// hasHeard reports whether p has heard all of those who are there, and of the others
// what is kept.
func (p *talking) hasHeard(th *throng, kept map[int]int) bool {
	heard := map[int]int{}
	for id, n := range p.all() {
		heard[id] = n
		if n < kept[id] {
			return false
		}
	}
	return th.isAll(heard)
}

// isAll reports whether that are all lines of those who are there, by speaker.
func (th *throng) isAll(lines map[int]int) bool {
	return !slices.ContainsFunc(th.there(), func(p *talking) bool { return lines[p.id] < p.said })
}

// all returns how many lines p has heard of each.
func (p *talking) all() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard)
}

// silences logs for how long, at most, the witnesses heard nothing of those at another
// node, in a span of time.
func (th *throng) silences(what string, since, until time.Time) {
	th.t.Helper()
	var pairs []string
	for _, w := range th.people[:len(nodeHosts)] {
		for _, other := range th.people[:len(nodeHosts)] {
			if w != other && !w.isGone() && !other.isGone() {
				pairs = append(pairs, fmt.Sprintf("%d of %d %v", w.node, other.node, w.silence(other.node, since, until)))
			}
		}
	}
	th.t.Logf("%s: heard nothing, at most: %s", what, strings.Join(pairs, ", "))
}

// silence returns for how long a witness heard nothing of those at a node.
func (p *talking) silence(node int, since, until time.Time) (longest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := since
	for _, m := range p.times {
		if m.node == node && m.at.After(since) && m.at.Before(until) {
			longest, last = max(longest, m.at.Sub(last)), m.at
		}
	}
	return max(longest, until.Sub(last)).Round(time.Millisecond)
}
