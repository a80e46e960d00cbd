//go:build linux

package stories

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
)

const (
	// chaosEnv is for how long things go wrong, as in TEAHOUSE_CHAOS=10m. CI has chaosTime,
	// beside other stories, and the same go wrong each time: what it tells of is then the change.
	// By hand it is something else each time, but for chaosSeedEnv, which repeats an earlier run.
	chaosEnv     = "TEAHOUSE_CHAOS"
	chaosSeedEnv = "TEAHOUSE_CHAOS_SEED"
	chaosTime    = time.Minute
	chaosSeed    = 61

	// quietTime is how long it may take, once nothing goes wrong any more, until all nodes have all.
	quietTime = time.Minute

	// chaosStore is what a NATS server is told to take at most: nodes set aside more than they
	// need, and than its disk has.
	chaosStore = 8 << 30
)

// A chaos is one house of three nodes of which machines, network, disks and clocks fail, at the same
// time, while people talk.
type chaos struct {
	*nodes
	lasts     time.Duration
	seed      uint64
	began     time.Time
	doors     []*house // where the nodes are to be reached, whether they run or not
	teahouses []*part
	stores    []*part // NATS servers
	disks     []*disk // of the servers
	faults    []*fault
	ledger    *ledger
	clerks    []*clerk
	root      stranger      // the operator
	quiet     chan struct{} // closed once people are to say no more
	people    sync.WaitGroup

	lives sync.Mutex // guards the parts' lives

	mu       sync.Mutex
	timeline []string
}

// Protects what was said, and decided, from whatever goes wrong with the machines of a house, in
// whatever order: of what was acknowledged nothing is missing, nothing is there twice, and all nodes
// have the same, now and after a restart.
func TestChaos(t *testing.T) {
	lasts, seed := chaosTime, uint64(chaosSeed)
	if set := os.Getenv(chaosEnv); set != "" {
		seed = uint64(time.Now().UnixNano())
		var err error
		if lasts, err = time.ParseDuration(set); err != nil {
			t.Fatal(err)
		}
	} else if os.Getenv("CI") != "true" || testing.Short() {
		t.Skipf("it takes a minute and a half: it is played with CI=true, or for as long as %s says", chaosEnv)
	}
	if set := os.Getenv(chaosSeedEnv); set != "" {
		var err error
		if seed, err = strconv.ParseUint(set, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Parallel()
	c := newChaos(t, lasts, seed)
	c.opens()
	c.began = time.Now()
	c.talks()
	c.rages()
	c.calmsDown()
	c.settles()
	c.restarts()
	c.checkLogs()
	c.tells()
}

func newChaos(t *testing.T, lasts time.Duration, seed uint64) *chaos {
	t.Helper()
	c := &chaos{nodes: &nodes{t: t}, lasts: lasts, seed: seed, quiet: make(chan struct{}), began: time.Now()}
	t.Logf("to repeat it: %s=%d %s=%v", chaosSeedEnv, c.seed, chaosEnv, lasts)
	t.Cleanup(c.keepLogs)
	list := filepath.Join(t.TempDir(), "operators")
	c.root = stranger{name: "root", key: signer(t)}
	if err := os.WriteFile(list, gossh.MarshalAuthorizedKey(c.root.key.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	c.wireServers()
	c.wire("--operators", list, "--history", "100000", "--history-bytes", "67108864")
	for j, s := range c.servers {
		c.disks = append(c.disks, newDisk(t))
		s.place.Store, s.place.Dir = chaosStore, filepath.Join(c.disks[j].dir, storeName)
		c.stores = append(c.stores, &part{c: c, name: fmt.Sprint("server ", j), line: s.line()})
	}
	for i, flags := range c.flags {
		at := strings.TrimPrefix(flags[slices.Index(flags, "--listen")+1], "ssh://")
		c.doors = append(c.doors, &house{addrs: map[string]string{"ssh": at}})
		c.teahouses = append(c.teahouses, &part{c: c, name: fmt.Sprint("node ", i), line: houseLine(filepath.Join(t.TempDir(), "data"), flags...)})
	}
	c.plan(rand.New(rand.NewPCG(c.seed, 0)))
	return c
}

// opens starts the servers, then the nodes, and waits until people can come in.
func (c *chaos) opens() {
	c.t.Helper()
	for _, p := range c.teahouses {
		p.down = true
	}
	c.while("the NATS servers have a leader", c.isLed)
	for _, p := range c.teahouses {
		p.down = false
	}
	for i := range c.doors {
		c.while(fmt.Sprintf("node %d is open", i), func() bool { return c.asks(i, c.root, "who").code == 0 })
	}
	c.note("all nodes are open")
}

// isLed reports whether JetStream answers at the NATS servers.
func (c *chaos) isLed() bool {
	nc, err := nats.Connect("nats://" + c.servers[0].addr())
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

// talks lets people in.
func (c *chaos) talks() {
	c.ledger = &ledger{began: c.began}
	for i := range c.doors {
		for n := range speakersPerNode {
			s := &speaker{c: c, name: fmt.Sprintf("speaker-%d-%d", i, n), key: signer(c.t), node: i}
			c.people.Go(s.live)
		}
		k := &clerk{c: c, node: i, random: rand.New(rand.NewPCG(c.seed, uint64(i+1)))}
		c.clerks = append(c.clerks, k)
		c.people.Go(k.live)
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

// rages has things go wrong as planned, until nothing does any more.
func (c *chaos) rages() {
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
		c.tend()
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

// tend starts the parts again that have ended and need not be down.
func (c *chaos) tend() {
	for _, p := range slices.Concat(c.stores, c.teahouses) {
		p.tend()
	}
}

// while waits until something holds, and tends the parts meanwhile.
func (c *chaos) while(what string, holds func() bool) {
	c.t.Helper()
	within(c.t, quietTime, what, func() bool {
		c.tend()
		return holds()
	})
}

// calmsDown has people say no more, and waits until they have left.
func (c *chaos) calmsDown() {
	c.t.Helper()
	c.note("nothing goes wrong any more")
	close(c.quiet)
	left := make(chan struct{})
	go func() {
		c.people.Wait()
		close(left)
	}()
	c.while("all have left", func() bool {
		select {
		case <-left:
			return true
		default:
			return false
		}
	})
}

// restarts stops all nodes in order, then all servers, starts them again, and looks at
// what is there then.
func (c *chaos) restarts() {
	c.t.Helper()
	before := c.histories()
	c.note("all are stopped")
	for _, parts := range [][]*part{c.teahouses, c.stores} {
		for _, p := range parts {
			p.down = true
			p.signal(syscall.SIGTERM)
		}
		for _, p := range parts {
			c.while(p.name+" has ended", func() bool { return p.now().isGone() })
			if code := p.now().code; code != 0 {
				c.t.Errorf("%s ends with code %d", p.name, code)
			}
		}
	}
	for _, p := range c.stores {
		p.down = false
	}
	c.opens()
	c.compares(before)
	c.checkDeeds()
	c.note("all is looked at")
}

// note adds a line to the story.
func (c *chaos) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timeline = append(c.timeline, clock(time.Since(c.began))+"  "+fmt.Sprintf(format, args...))
}

// keepLogs tells the story, and keeps what the parts wrote, should the test fail.
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
	for _, p := range slices.Concat(c.stores, c.teahouses) {
		for _, l := range p.lives {
			file := filepath.Join(dir, fmt.Sprintf("%s-%d.log", strings.ReplaceAll(p.name, " ", "-"), l.number))
			if err := os.WriteFile(file, []byte(l.out.String()+l.err.String()), 0o600); err != nil {
				c.t.Log(err)
			}
		}
	}
	c.t.Logf("the logs are in %s", dir)
}

// tells tells how it went.
func (c *chaos) tells() {
	_, sum := c.ledger.all()
	c.t.Logf("%d lines were said, %d shown to somebody, %d seen in the store, %d acknowledged",
		sum.said, sum.shown, sum.stored, sum.acknowledged)
	c.t.Logf("%d lines were shown by nodes alone that were killed before they were stored: %s", sum.shown-sum.acknowledged, c.ledger.gone())
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
	c.t.Log(c.deeds())
}
