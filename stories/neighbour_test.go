package stories

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// mostMemory is how much more than an idle house one may take that is attacked, in
// megabytes.
const mostMemory = 64

// keysMemory is how much more one may take that as many people have come to as a house knows.
const keysMemory = 256

// A neighbour is somebody ordinary who talks while others attack. It says a line,
// waits until it sees it, and says the next; at no more than the pace that
// everybody may have.
type neighbour struct {
	t     *testing.T
	usage *usage // what the house takes meanwhile
	most  int    // what it may take, in megabytes
	stop  chan struct{}
	done  chan struct{}
	round atomic.Int64 // how many trips there were
	err   error

	mu    sync.Mutex
	trips []time.Duration // since it told of them
}

// neighbour lets one in and has it talk until it rests.
func (h *house) neighbour(t *testing.T) *neighbour {
	t.Helper()
	return h.neighbourWho(t, stranger{name: "neighbour"})
}

// neighbourWho is neighbour for one who comes in some way.
func (h *house) neighbourWho(t *testing.T, s stranger) *neighbour {
	t.Helper()
	stdin, stdout := h.lets(t, s).terminal()
	n := &neighbour{t: t, stop: make(chan struct{}), done: make(chan struct{}), usage: h.watchUsage(t), most: mostMemory}
	go func() {
		defer close(n.done)
		n.err = n.talk(stdin, bufio.NewReader(stdout))
	}()
	t.Cleanup(func() { n.end() })
	return n
}

func (n *neighbour) end() {
	select {
	case <-n.stop:
	default:
		close(n.stop)
	}
	select {
	case <-n.done:
	case <-time.After(patience):
		n.err = errors.New("the neighbour waits for its own line")
	}
}

// talk goes round and round. The first 25 lines come at once, more or less.
func (n *neighbour) talk(stdin io.Writer, stdout *bufio.Reader) error {
	for {
		began, round := time.Now(), n.round.Load()
		if _, err := fmt.Fprintf(stdin, "round %d\r", round); err != nil {
			return err
		}
		for heard, said := false, fmt.Sprintf("neighbour: round %d\r\n", round); !heard; {
			line, err := stdout.ReadString('\n')
			if err != nil {
				return err
			}
			heard = strings.HasSuffix(unstyled(line), said)
		}
		n.mu.Lock()
		n.trips = append(n.trips, time.Since(began))
		n.mu.Unlock()
		n.round.Add(1)
		pause := time.After(100 * time.Millisecond)
		if round >= 25 {
			pause = time.After(600 * time.Millisecond)
		}
		select {
		case <-pause:
		case <-n.stop:
			return nil
		}
	}
}

// goesRound waits until the neighbour has made so many more trips.
func (n *neighbour) goesRound(times int64) {
	n.t.Helper()
	want := n.round.Load() + times
	eventually(n.t, "the neighbour has talked on", func() bool { return n.round.Load() >= want })
}

// rests ends the talk, and reports how it went and what the house took meanwhile.
func (n *neighbour) rests() {
	n.t.Helper()
	n.end()
	n.usage.end()
	if n.err != nil || n.round.Load() == 0 {
		n.t.Fatalf("the neighbour stopped talking after %d round trips: %v", n.round.Load(), n.err)
	}
	n.t.Log(n.figures())
	if more := n.usage.memory(); more > n.most && !racing() {
		n.t.Errorf("the house took %d MB more than before", more)
	}
}

// figures tells how it went since they were told before. Times are told and not judged:
// they depend on the machine.
func (n *neighbour) figures() string {
	n.mu.Lock()
	trips := slices.Sorted(slices.Values(n.trips))
	n.trips = nil
	n.mu.Unlock()
	if len(trips) == 0 {
		return fmt.Sprint(n.usage.figures(), ", no honest round trip")
	}
	at := func(part float64) time.Duration {
		return trips[int(part*float64(len(trips)-1)+0.5)].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("%s, honest p50 %v, p99 %v of %d", n.usage.figures(), at(0.5), at(0.99), len(trips))
}

// racing reports whether the programs are built with the race detector, which
// takes memory of its own.
func racing() bool { return len(buildFlags) > 0 }
