package e2e

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

// A thousandUsers is users at a thousand addresses who attack at once, each within the limits.
type thousandUsers struct {
	*stressTest
	lasts     time.Duration // each phase
	clients   []*gossh.Client
	terminals []io.Writer
}

// phase makes them do something, so many at a time, until its time is over, and reports the
// results.
func (us *thousandUsers) phase(what string, workers int, do func(i int) error) {
	var did, failed atomic.Int64
	var crowd sync.WaitGroup
	end := time.Now().Add(us.lasts)
	for w := range workers {
		crowd.Go(func() {
			for i := w; time.Now().Before(end); i += workers {
				if do(i%len(us.clients)) == nil {
					did.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	crowd.Wait()
	us.t.Logf("%s: %d times, %d failed; %s connections; %s", what, did.Load(), failed.Load(), us.metric("teahouse_connections"), us.bystander.report())
}

// metric returns a metric without labels.
func (cs *chatServer) metric(name string) string {
	cs.t.Helper()
	_, all := cs.get("/metrics")
	_, value, _ := strings.Cut("\n"+all, "\n"+name+" ")
	value, _, _ = strings.Cut(value, "\n")
	return value
}

// Shows what fails when many addresses attack at once, each within the limits: a thousand with
// TEAHOUSE_SIEGE, fewer without, because they share the machine with the server. There is no
// defence against that; but the server survives it, and users who were online stay so.
func TestStressThousandAddresses(t *testing.T) {
	soakStress(t, "it tells what gives way, and defends nothing")
	s := startStress(t, "--metrics", ":0")
	size := 200
	if os.Getenv(stressEnv) != "" {
		size = 1000
	}
	l := &thousandUsers{stressTest: s, lasts: time.Until(s.end) / 2, clients: make([]*gossh.Client, size), terminals: make([]io.Writer, size)}
	l.connectAll(t)
	for talkers := 10; talkers <= size; talkers *= 10 {
		l.phase(fmt.Sprint(talkers, " of them talk"), talkers, func(i int) error {
			time.Sleep(time.Second / 2) // the rate that is allowed forever
			_, err := fmt.Fprintf(l.terminals[i%talkers], "%d says something of the usual length\r", i)
			return err
		})
	}
	l.phase("all look through the history", 100, func(i int) error { return execCommand(l.clients[i], "history 100", nil) })
	l.phase("all take places", 16, func(i int) error {
		if s.connectAttacker(sshOptions{name: "x", sourceAddr: manyAddr(i)}) == nil {
			return io.EOF
		}
		return nil
	})
	for who, addr := range map[string]string{"somebody new": "192.0.2.3", "somebody at the machine itself": ""} {
		_, err := s.connectSSH(sshOptions{name: "newcomer", sourceAddr: addr})
		t.Logf("%s connects: %v", who, err)
	}
	s.close()
	s.bystander.waitRoundTrips(1)
	s.bystander.stopTalking() // which judges no memory: a thousand users need theirs
}

// manyAddr returns one of many addresses.
func manyAddr(i int) string { return fmt.Sprintf("198.18.%d.%d", i/250, 1+i%250) }

// connectAll connects everybody with a terminal.
func (us *thousandUsers) connectAll(t *testing.T) {
	var coming errgroup.Group
	coming.SetLimit(16)
	for i := range us.clients {
		coming.Go(func() (err error) {
			if us.clients[i] = us.connectAttacker(sshOptions{name: fmt.Sprint("guest", i), sourceAddr: manyAddr(i)}); us.clients[i] == nil {
				return fmt.Errorf("guest %d does not get in", i)
			}
			us.terminals[i], _, err = us.terminal(us.clients[i], 80, nil)
			return err
		})
	}
	if err := coming.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d connect; %s", len(us.clients), us.bystander.report())
}
