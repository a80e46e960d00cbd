package e2e

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

	"teahouse/internal/testkit"
)

// maxMemory is how many megabytes a server may grow during an attack.
const maxMemory = 64

// maxMemoryWithKeys is maxMemory for attacks that fill the table of known people.
const maxMemoryWithKeys = 256

// A bystander is an ordinary user who talks during an attack. It says a line, waits until it reads
// it, and says the next, within the rate limit.
type bystander struct {
	t           *testing.T
	usage       *usage // the server's use of memory and CPU meanwhile
	memoryLimit int    // how much it may grow, in megabytes
	stop        chan struct{}
	done        chan struct{}
	trips       atomic.Int64 // number of round trips
	err         error

	mu         sync.Mutex
	roundTrips []time.Duration // since the last report
}

// startBystander connects a bystander that talks until stopTalking.
func (cs *chatServer) startBystander(t *testing.T) *bystander {
	t.Helper()
	return cs.startBystanderAs(t, sshOptions{name: "neighbour"})
}

// startBystanderAs is startBystander with options.
func (cs *chatServer) startBystanderAs(t *testing.T, s sshOptions) *bystander {
	t.Helper()
	stdin, stdout := cs.mustConnect(t, s).terminal()
	n := &bystander{t: t, stop: make(chan struct{}), done: make(chan struct{}), usage: cs.watchUsage(t), memoryLimit: maxMemory}
	go func() {
		defer close(n.done)
		n.err = n.talk(stdin, bufio.NewReader(stdout))
	}()
	t.Cleanup(func() { n.stopTalking() })
	return n
}

func (b *bystander) stopTalking() {
	select {
	case <-b.stop:
	default:
		close(b.stop)
	}
	select {
	case <-b.done:
	case <-time.After(waitTimeout):
		b.err = errors.New("the bystander waits for its own line")
	}
}

// talk makes round trips. The first 25 lines are said almost at once.
func (b *bystander) talk(stdin io.Writer, stdout *bufio.Reader) error {
	for {
		began, round := time.Now(), b.trips.Load()
		if _, err := fmt.Fprintf(stdin, "round %d\r", round); err != nil {
			return err
		}
		for heard, said := false, fmt.Sprintf("neighbour: round %d\r\n", round); !heard; {
			line, err := stdout.ReadString('\n')
			if err != nil {
				return err
			}
			heard = strings.HasSuffix(stripStyles(line), said)
		}
		b.mu.Lock()
		b.roundTrips = append(b.roundTrips, time.Since(began))
		b.mu.Unlock()
		b.trips.Add(1)
		pause := time.After(100 * time.Millisecond)
		if round >= 25 {
			pause = time.After(600 * time.Millisecond)
		}
		select {
		case <-pause:
		case <-b.stop:
			return nil
		}
	}
}

// waitRoundTrips waits for some more round trips.
func (b *bystander) waitRoundTrips(times int64) {
	b.t.Helper()
	want := b.trips.Load() + times
	eventually(b.t, "the bystander keeps talking during the attack", func() bool { return b.trips.Load() >= want })
}

// finish stops the bystander, and reports its round trips and the server's use of memory and CPU.
func (b *bystander) finish() {
	b.t.Helper()
	b.stopTalking()
	b.usage.stopWatching()
	if b.err != nil || b.trips.Load() == 0 {
		b.t.Fatalf("the bystander stopped talking after %d round trips: %v", b.trips.Load(), b.err)
	}
	b.t.Log(b.report())
	if more := b.usage.memoryGrowth(); more > b.memoryLimit && !testkit.Race {
		b.t.Errorf("the server grew by %d MB", more)
	}
}

// report logs the round trips since the last report. It does not judge times, which depend on the
// machine.
func (b *bystander) report() string {
	b.mu.Lock()
	trips := slices.Sorted(slices.Values(b.roundTrips))
	b.roundTrips = nil
	b.mu.Unlock()
	if len(trips) == 0 {
		return fmt.Sprint(b.usage.report(), ", no honest round trip")
	}
	at := func(part float64) time.Duration {
		return trips[int(part*float64(len(trips)-1)+0.5)].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("%s, honest p50 %v, p99 %v of %d", b.usage.report(), at(0.5), at(0.99), len(trips))
}
