//go:build linux

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
)

const (
	// chaosEnv says for how long things go wrong, as in TEAHOUSE_CHAOS=10m. CI uses chaosTime,
	// beside other tests, with the same faults each time, so that a failure is due to the change.
	// Runs by hand differ each time, unless chaosSeedEnv repeats an earlier one.
	chaosEnv     = "TEAHOUSE_CHAOS"
	chaosSeedEnv = "TEAHOUSE_CHAOS_SEED"
	chaosTime    = time.Minute
	chaosSeed    = 61

	// settleTimeout is how long it may take after the last fault until all nodes have everything.
	settleTimeout = time.Minute

	// chaosStore is the nominal storage of a NATS server: nodes reserve more than they need, and
	// more than its disk has.
	chaosStore = 8 << 30
)

// A chaos is a cluster of three nodes whose machines, network, disks and clocks fail while people
// talk.
type chaos struct {
	*testCluster
	lasts     time.Duration
	seed      uint64
	began     time.Time
	doors     []*chatServer // the nodes' addresses, whether they run or not
	nodeProcs []*process
	natsProcs []*process // NATS servers
	disks     []*disk    // of the servers
	faults    []*fault
	ledger    *ledger
	operators []*operatorBot
	root      sshOptions    // the operator
	quiet     chan struct{} // closed when people should stop talking
	wg        sync.WaitGroup

	runsMu sync.Mutex // guards the state of the processes

	mu       sync.Mutex
	timeline []string
}

// Protects messages and decisions from anything that can go wrong with a cluster's machines, in any
// order: nothing that was acknowledged is missing or duplicated, and all nodes have the same, now
// and after a restart.
func TestChaos(t *testing.T) {
	lasts, seed := chaosTime, uint64(chaosSeed)
	if set := os.Getenv(chaosEnv); set != "" {
		seed = uint64(time.Now().UnixNano())
		var err error
		if lasts, err = time.ParseDuration(set); err != nil {
			t.Fatal(err)
		}
	} else {
		testkit.Soak(t, "it takes a minute and a half, or as long as "+chaosEnv+" says")
	}
	if set := os.Getenv(chaosSeedEnv); set != "" {
		var err error
		if seed, err = strconv.ParseUint(set, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Parallel()
	c := newChaos(t, lasts, seed)
	c.startAll()
	c.began = time.Now()
	c.startUsers()
	c.runFaults()
	c.stopUsers()
	c.waitSettled()
	c.restartAll()
	c.checkLogs()
	c.checkDecided()
	c.logSummary()
}

func newChaos(t *testing.T, lasts time.Duration, seed uint64) *chaos {
	t.Helper()
	c := &chaos{testCluster: &testCluster{t: t}, lasts: lasts, seed: seed, quiet: make(chan struct{}), began: time.Now()}
	t.Logf("to repeat it: %s=%d %s=%v", chaosSeedEnv, c.seed, chaosEnv, lasts)
	t.Cleanup(c.keepLogs)
	list := filepath.Join(t.TempDir(), "operators")
	c.root = sshOptions{name: "root", key: testkit.NewSigner(t)}
	if err := os.WriteFile(list, gossh.MarshalAuthorizedKey(c.root.key.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	c.addRouteProxies()
	c.addProxies("--operators", list, "--history", "100000", "--history-bytes", "67108864")
	for j, s := range c.nats {
		c.disks = append(c.disks, newDisk(t))
		s.config.Store, s.config.Dir = chaosStore, filepath.Join(c.disks[j].dir, storeName)
		c.natsProcs = append(c.natsProcs, &process{c: c, name: fmt.Sprint("server ", j), command: s.command()})
	}
	for i, flags := range c.flags {
		at := strings.TrimPrefix(flags[slices.Index(flags, "--listen")+1], "ssh://")
		c.doors = append(c.doors, &chatServer{addrs: map[string]string{"ssh": at}})
		c.nodeProcs = append(c.nodeProcs, &process{c: c, name: fmt.Sprint("node ", i), command: serverCommand(filepath.Join(t.TempDir(), "data"), flags...)})
	}
	c.planFaults(rand.New(rand.NewPCG(c.seed, 0)))
	return c
}

// startAll starts the servers, then the nodes, and waits until people can enter.
func (c *chaos) startAll() {
	c.t.Helper()
	for _, p := range c.nodeProcs {
		p.down = true
	}
	c.waitRunning("the NATS servers have a leader", c.hasLeader)
	for _, p := range c.nodeProcs {
		p.down = false
	}
	for i := range c.doors {
		c.waitRunning(fmt.Sprintf("node %d is open", i), func() bool { return c.exec(i, c.root, "who").code == 0 })
	}
	c.note("all nodes are open")
}

// hasLeader reports whether JetStream answers.
func (c *chaos) hasLeader() bool {
	nc, err := nats.Connect("nats://" + c.nats[0].addr())
	if err != nil {
		return false
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Second)
	defer cancel()
	_, err = js.AccountInfo(ctx)
	return err == nil
}

// startUsers connects the speakers and the operators.
func (c *chaos) startUsers() {
	c.ledger = &ledger{began: c.began}
	for i := range c.doors {
		for n := range speakersPerNode {
			s := &speaker{c: c, name: fmt.Sprintf("speaker-%d-%d", i, n), key: testkit.NewSigner(c.t), node: i}
			c.wg.Go(s.run)
		}
		k := &operatorBot{c: c, node: i, random: rand.New(rand.NewPCG(c.seed, uint64(i+1)))}
		c.operators = append(c.operators, k)
		c.wg.Go(k.run)
	}
	go c.watchStore()
}

func (c *chaos) isQuiet() bool {
	select {
	case <-c.quiet:
		return true
	default:
		return false
	}
}

// runFaults runs the planned faults until the last one has ended.
func (c *chaos) runFaults() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for now := time.Duration(0); now < c.lasts; now = time.Since(c.began) {
		for _, f := range c.faults {
			if f.begun && !f.ended && now >= f.until() {
				c.endFault(f)
			}
		}
		for _, f := range c.faults {
			if !f.begun && now >= f.at {
				f.begun = true
				c.note("begins: %s: %s, for %v", f.kind, f.place, f.lasts.Round(time.Millisecond))
				f.begin()
			}
		}
		c.keepRunning()
		<-tick.C
	}
	for _, f := range c.faults {
		if f.begun && !f.ended {
			c.endFault(f)
		}
	}
}

func (c *chaos) endFault(f *fault) {
	f.ended = true
	c.note("ends:   %s: %s", f.kind, f.place)
	f.end()
}

// keepRunning restarts the processes that have ended and may run.
func (c *chaos) keepRunning() {
	for _, p := range slices.Concat(c.natsProcs, c.nodeProcs) {
		p.keepRunning()
	}
}

// waitRunning waits until something holds, and keeps the processes running meanwhile.
func (c *chaos) waitRunning(what string, holds func() bool) {
	c.t.Helper()
	testkit.Within(c.t, settleTimeout, what, func() bool {
		c.keepRunning()
		return holds()
	})
}

// stopUsers makes the users stop, and waits until everybody has left.
func (c *chaos) stopUsers() {
	c.t.Helper()
	c.note("nothing goes wrong any more")
	close(c.quiet)
	left := make(chan struct{})
	go func() {
		c.wg.Wait()
		close(left)
	}()
	c.waitRunning("all have left", func() bool {
		select {
		case <-left:
			return true
		default:
			return false
		}
	})
}

// restartAll stops all nodes in order, then all servers, starts them again, and checks what they
// have.
func (c *chaos) restartAll() {
	c.t.Helper()
	before := c.histories()
	c.note("all are stopped")
	for _, parts := range [][]*process{c.nodeProcs, c.natsProcs} {
		for _, p := range parts {
			p.down = true
			p.signal(syscall.SIGTERM)
		}
		for _, p := range parts {
			c.waitRunning(p.name+" has ended", func() bool { return p.current().hasExited() })
			if code := p.current().code; code != 0 {
				c.t.Errorf("%s ends with code %d", p.name, code)
			}
		}
	}
	for _, p := range c.natsProcs {
		p.down = false
	}
	c.startAll()
	c.checkSameAfterRestart(before)
	c.checkDecisions()
	c.note("all is looked at")
}

// note adds a line to the test's record.
func (c *chaos) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timeline = append(c.timeline, formatElapsed(time.Since(c.began))+"  "+fmt.Sprintf(format, args...))
}

// keepLogs logs the record, and keeps the processes' output, if the test fails.
func (c *chaos) keepLogs() {
	c.t.Logf("what went wrong when:\n%s", strings.Join(c.timeline, "\n"))
	if !c.t.Failed() {
		return
	}
	dir, err := os.MkdirTemp("", "chaos")
	if err != nil {
		c.t.Log(err)
		return
	}
	for _, p := range slices.Concat(c.natsProcs, c.nodeProcs) {
		for _, l := range p.runs {
			file := filepath.Join(dir, fmt.Sprintf("%s-%d.log", strings.ReplaceAll(p.name, " ", "-"), l.number))
			if err := os.WriteFile(file, []byte(l.out.String()+l.err.String()), 0o600); err != nil {
				c.t.Log(err)
			}
		}
	}
	c.t.Logf("the logs are in %s", dir)
}

// logSummary logs a summary.
func (c *chaos) logSummary() {
	_, sum := c.ledger.acknowledgedLines()
	c.t.Logf("%d lines were said, %d shown to somebody, %d found in the store, %d acknowledged",
		sum.said, sum.shown, sum.stored, sum.acknowledged)
	c.t.Logf("%d lines were only shown by nodes that were killed before they were stored: %s", sum.shown-sum.acknowledged, c.ledger.lostLines())
	count := map[string]int{}
	for _, f := range c.faults {
		if f.begun {
			count[f.kind]++
		}
	}
	var words []string
	for _, k := range faultKinds() {
		words = append(words, fmt.Sprintf("%s %d", k.name, count[k.name]))
	}
	c.t.Logf("faults: %s", strings.Join(words, ", "))
	c.t.Log(c.countDecisions())
}
