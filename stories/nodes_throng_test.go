package stories

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	count atomic.Int64  // of lines that were heard

	// From here on the reader's, until it has ended or all was heard.
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
	p.count.Add(1)
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
	complete := func(p *talking) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for id, n := range p.heard {
			if other := th.people[id]; n < kept[id] || !other.isGone() && n < other.said {
				return false
			}
		}
		return true
	}
	eventually(th.t, "everybody has heard everything", func() bool { return !slices.ContainsFunc(there, func(p *talking) bool { return !complete(p) }) })
	first := there[0]
	for _, p := range there {
		p.mu.Lock()
		if len(p.wrong) > 0 {
			th.t.Errorf("%d at node %d heard %d lines that were not due, such as %s", p.id, p.node, len(p.wrong), p.wrong[0])
		}
		if p != first && !slices.Equal(p.heard, first.heard) {
			for id, n := range p.heard {
				if n != first.heard[id] {
					th.t.Errorf("%d at node %d heard %d lines of %d at node %d, others %d", p.id, p.node, n, id, id%len(nodeHosts), first.heard[id])
				}
			}
		}
		p.mu.Unlock()
	}
	th.t.Logf("%d people have heard %d lines each", len(there), first.count.Load())
}

// silences logs for how long, at most, the witnesses at each node heard nothing of
// those at another.
func (th *throng) silences(what string, since, until time.Time) {
	for to := range nodeHosts {
		w := th.people[to]
		if w.isGone() {
			continue
		}
		w.mu.Lock()
		times := slices.Clone(w.times)
		w.mu.Unlock()
		for from := range nodeHosts {
			if from == to || th.people[from].isGone() {
				continue
			}
			last, longest := since, time.Duration(0)
			for _, m := range times {
				if m.node == from && m.at.After(since) && m.at.Before(until) {
					longest, last = max(longest, m.at.Sub(last)), m.at
				}
			}
			longest = max(longest, until.Sub(last))
			th.t.Logf("%s: node %d heard nothing of node %d for %v at most", what, to, from, longest.Round(time.Millisecond))
		}
	}
}
