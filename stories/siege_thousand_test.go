package stories

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"
)

// A legion is people at a thousand addresses, who attack at once, each within its limits.
type legion struct {
	*siege
	lasts     time.Duration // each phase
	clients   []*gossh.Client
	terminals []io.Writer
}

// phase has them do something, so many at a time, until its time is over, and reports what
// became of it.
func (l *legion) phase(what string, workers int, do func(i int) error) {
	var did, failed atomic.Int64
	var crowd sync.WaitGroup
	end := time.Now().Add(l.lasts)
	for w := range workers {
		crowd.Go(func() {
			for i := w; time.Now().Before(end); i += workers {
				if do(i%len(l.clients)) == nil {
					did.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	crowd.Wait()
	l.t.Logf("%s: %d times, %d in vain; %s connections; %s", what, did.Load(), failed.Load(), l.metric("teahouse_connections"), l.neighbour.figures())
}

// metric returns a metric without labels.
func (h *house) metric(name string) string {
	h.t.Helper()
	_, all := h.curl("/metrics")
	_, value, _ := strings.Cut("\n"+all, "\n"+name+" ")
	value, _, _ = strings.Cut(value, "\n")
	return value
}

// Tells what gives way when many addresses attack at once, each within its limits: a thousand
// with TEAHOUSE_SIEGE, fewer without, for they share the machine with the house. There is no
// defence against that; but the house outlives it, and who was in before still is.
func TestSiegeByAThousand(t *testing.T) {
	s := besiege(t, "--metrics", ":0")
	size := 200
	if os.Getenv(siegeEnv) != "" {
		size = 1000
	}
	l := &legion{siege: s, lasts: time.Until(s.end) / 2, clients: make([]*gossh.Client, size), terminals: make([]io.Writer, size)}
	l.comeIn(t)
	for talkers := 10; talkers <= size; talkers *= 10 {
		l.phase(fmt.Sprint(talkers, " of them talk"), talkers, func(i int) error {
			time.Sleep(time.Second / 2) // the pace that one may have for good
			_, err := fmt.Fprintf(l.terminals[i%talkers], "%d says something of the usual length\r", i)
			return err
		})
	}
	l.phase("all look through the history", 100, func(i int) error { return runs(l.clients[i], "history 100", nil) })
	l.phase("all take places", 16, func(i int) error {
		if s.comes(stranger{name: "x", addr: street(i)}) == nil {
			return io.EOF
		}
		return nil
	})
	for who, addr := range map[string]string{"somebody new": "192.0.2.3", "somebody at the machine itself": ""} {
		_, err := s.connect(stranger{name: "newcomer", addr: addr})
		t.Logf("%s comes: %v", who, err)
	}
	s.close()
	s.neighbour.goesRound(1)
	s.neighbour.end() // which judges no memory: that is a thousand people's
}

// street returns one of many addresses.
func street(i int) string { return fmt.Sprintf("198.18.%d.%d", i/250, 1+i%250) }

// comeIn brings everybody to a terminal.
func (l *legion) comeIn(t *testing.T) {
	var coming errgroup.Group
	coming.SetLimit(16)
	for i := range l.clients {
		coming.Go(func() (err error) {
			if l.clients[i] = l.comes(stranger{name: fmt.Sprint("guest", i), addr: street(i)}); l.clients[i] == nil {
				return fmt.Errorf("guest %d does not get in", i)
			}
			l.terminals[i], _, err = l.terminal(l.clients[i], 80, nil)
			return err
		})
	}
	if err := coming.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d come in; %s", len(l.clients), l.neighbour.figures())
}
