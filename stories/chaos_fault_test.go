//go:build linux

package stories

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A fault is something that goes wrong somewhere for a while.
type fault struct {
	kind, place string
	at, lasts   time.Duration // from the beginning on
	takes       []string      // what it needs for itself
	rests       time.Duration // for how long it needs that after it, too
	begin, end  func()

	begun, ended bool
}

func (f *fault) until() time.Duration { return f.at + f.lasts }

// A kind makes faults of a kind.
type kind struct {
	name  string
	times int // how often there is one, to how often there are others
	make  func(c *chaos, r *rand.Rand) *fault
}

const (
	// calmTime is how long nothing goes wrong at the beginning.
	calmTime = 2 * time.Second

	// faultPause is the time between two faults, on average.
	faultPause = 3 * time.Second

	// returnTime is about how long a process that is started again takes to be there.
	returnTime = 3 * time.Second

	// copyTime is about how long a NATS server takes to have all on a new disk.
	copyTime = 15 * time.Second
)

func faultKinds() []kind {
	return []kind{
		{"node killed", 2, func(c *chaos, r *rand.Rand) *fault { return c.ends(pick(r, c.teahouses), syscall.SIGKILL, r) }},
		{"node stopped", 1, func(c *chaos, r *rand.Rand) *fault { return c.ends(pick(r, c.teahouses), syscall.SIGTERM, r) }},
		{"node paused", 1, func(c *chaos, r *rand.Rand) *fault { return c.pauses(pick(r, c.teahouses), r) }},
		{"server killed", 2, func(c *chaos, r *rand.Rand) *fault { return c.ends(pick(r, c.stores), syscall.SIGKILL, r) }},
		{"server stopped", 1, func(c *chaos, r *rand.Rand) *fault { return c.ends(pick(r, c.stores), syscall.SIGTERM, r) }},
		{"server paused", 1, func(c *chaos, r *rand.Rand) *fault { return c.pauses(pick(r, c.stores), r) }},
		{"node cut off from all servers", 1, (*chaos).cutsNode},
		{"node cut off from one server", 1, (*chaos).cutsCable},
		{"server cut off from the others", 1, (*chaos).partsServer},
		{"server cut off from all", 1, (*chaos).cutsServer},
		{"slow network", 1, (*chaos).slowsAll},
		{"clock of a node wrong", 1, func(c *chaos, r *rand.Rand) *fault { return c.setsClock(pick(r, c.teahouses), r) }},
		{"clock of a server wrong", 1, func(c *chaos, r *rand.Rand) *fault { return c.setsClock(pick(r, c.stores), r) }},
		{"disk full", 1, func(c *chaos, r *rand.Rand) *fault { return c.spoilsDisk(c.fillsDisk, r) }},
		{"disk takes no writes", 1, func(c *chaos, r *rand.Rand) *fault { return c.spoilsDisk(c.stopsWrites, r) }},
		{"disk lost", 1, (*chaos).losesDisk},
	}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// between returns a time in a range.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// plan decides what goes wrong when. Each kind comes before any comes again, and what a
// fault takes is free.
func (c *chaos) plan(r *rand.Rand) {
	free := map[string]time.Duration{}
	var bag []kind
	for at := calmTime; at < c.lasts-calmTime; at += time.Duration(r.ExpFloat64() * float64(faultPause)) {
		if len(bag) == 0 {
			for _, k := range faultKinds() {
				bag = append(bag, slices.Repeat([]kind{k}, k.times)...)
			}
			r.Shuffle(len(bag), func(i, j int) { bag[i], bag[j] = bag[j], bag[i] })
		}
		for i, k := range bag {
			f := k.make(c, r)
			f.kind, f.at = k.name, at
			f.lasts = min(f.lasts, c.lasts-at)
			if slices.ContainsFunc(f.takes, func(what string) bool { return free[what] > at }) {
				continue
			}
			for _, what := range f.takes {
				free[what] = f.until() + max(f.rests, returnTime)
			}
			c.faults = append(c.faults, f)
			bag = slices.Delete(bag, i, i+1)
			break
		}
	}
}

// awhile returns for how long something goes wrong: most times for seconds, and one time in four for
// so long that other nodes take one for lost.
func awhile(r *rand.Rand) time.Duration {
	if r.IntN(4) == 0 {
		return between(r, 11*time.Second, 15*time.Second)
	}
	return between(r, 100*time.Millisecond, 5*time.Second)
}

// ends has a process end, by a signal, and come back after a while.
func (c *chaos) ends(p *part, sig syscall.Signal, r *rand.Rand) *fault {
	return &fault{
		place: p.name, lasts: awhile(r), takes: []string{p.name},
		begin: func() { p.down = true; p.signal(sig) },
		end:   func() { p.down = false },
	}
}

func (c *chaos) pauses(p *part, r *rand.Rand) *fault {
	return &fault{
		place: p.name, lasts: awhile(r), takes: []string{p.name},
		begin: func() { p.signal(syscall.SIGSTOP) },
		end:   func() { p.signal(syscall.SIGCONT) },
	}
}

// pulls is a fault of cables.
func pulls(place string, lasts time.Duration, takes []string, cables []*cable) *fault {
	pull := func(out bool) {
		for _, c := range cables {
			c.pull(out)
		}
	}
	return &fault{place: place, lasts: lasts, takes: takes, begin: func() { pull(true) }, end: func() { pull(false) }}
}

// nodeCables are those between a node and the servers, serverCables those between a server
// and the nodes, serverRoutes those between a server and the others; with what each is called.
func (c *chaos) nodeCables(i int) (names []string, cables []*cable) {
	for j := range c.servers {
		names, cables = append(names, fmt.Sprint("cable ", i, j)), append(cables, c.cables[i][j])
	}
	return names, cables
}

func (c *chaos) serverCables(j int) (names []string, cables []*cable) {
	for i := range c.cables {
		names, cables = append(names, fmt.Sprint("cable ", i, j)), append(cables, c.cables[i][j])
	}
	return names, cables
}

func (c *chaos) serverRoutes(j int) (names []string, cables []*cable) {
	for k := range c.servers {
		if k != j {
			names, cables = append(names, fmt.Sprint("route ", min(j, k), max(j, k))), append(cables, c.routes[j][k], c.routes[k][j])
		}
	}
	return names, cables
}

func (c *chaos) cutsNode(r *rand.Rand) *fault {
	i := r.IntN(len(c.cables))
	names, cables := c.nodeCables(i)
	return pulls(c.teahouses[i].name, awhile(r), names, cables)
}

func (c *chaos) cutsCable(r *rand.Rand) *fault {
	i, j := r.IntN(len(c.cables)), r.IntN(len(c.servers))
	return pulls(fmt.Sprintf("%s from %s", c.teahouses[i].name, c.stores[j].name), awhile(r),
		[]string{fmt.Sprint("cable ", i, j)}, []*cable{c.cables[i][j]})
}

func (c *chaos) partsServer(r *rand.Rand) *fault {
	j := r.IntN(len(c.servers))
	names, cables := c.serverRoutes(j)
	return pulls(c.stores[j].name, awhile(r), names, cables)
}

func (c *chaos) cutsServer(r *rand.Rand) *fault {
	j := r.IntN(len(c.servers))
	names, cables := c.serverRoutes(j)
	more, others := c.serverCables(j)
	return pulls(c.stores[j].name, awhile(r), slices.Concat(names, more), slices.Concat(cables, others))
}

// slowsAll holds back all that passes between machines.
func (c *chaos) slowsAll(r *rand.Rand) *fault {
	by := between(r, 20*time.Millisecond, 200*time.Millisecond)
	slows := func(by time.Duration) {
		for _, cable := range slices.Concat(slices.Concat(c.cables...), slices.Concat(c.routes...)) {
			if cable != nil {
				cable.slows(by)
			}
		}
	}
	return &fault{
		place: fmt.Sprintf("all, by %v", by.Round(time.Millisecond)), lasts: between(r, time.Second, 8*time.Second), takes: []string{"speed"},
		begin: func() { slows(by) }, end: func() { slows(0) },
	}
}

// setsClock has a process's clock be wrong for a while, by seconds up to an hour.
func (c *chaos) setsClock(p *part, r *rand.Rand) *fault {
	ahead := pick(r, []time.Duration{2 * time.Second, 30 * time.Second, 10 * time.Minute, time.Hour})
	if r.IntN(2) == 0 {
		ahead = -ahead
	}
	var at *life
	set := func(ahead time.Duration) {
		if at = p.now(); at == nil || at.isGone() {
			return
		}
		if err := wrongClock(at.process.Pid, ahead); err != nil {
			c.note("the clock of %s cannot be set: %v", p.name, err)
		}
	}
	return &fault{
		place: fmt.Sprintf("%s, by %v", p.name, ahead), lasts: between(r, 2*time.Second, 20*time.Second), takes: []string{p.name, "clock"},
		begin: func() { set(ahead) },
		end: func() {
			if at == p.now() {
				set(0)
			}
		},
	}
}

// spoilsDisk has something be wrong with a server's disk for a while.
func (c *chaos) spoilsDisk(how func(j int) (begin, end func()), r *rand.Rand) *fault {
	j := r.IntN(len(c.stores))
	begin, end := how(j)
	return &fault{
		place: c.stores[j].name, lasts: between(r, 2*time.Second, 8*time.Second), takes: []string{c.stores[j].name, "disk"},
		begin: begin, end: end,
	}
}

// losesDisk has a server lose its disk. It must have all again before anything happens
// to the other two, or what only two had is lost: that is not the house's to prevent.
func (c *chaos) losesDisk(r *rand.Rand) *fault {
	f := c.spoilsDisk(c.breaksDisk, r)
	f.rests = copyTime
	f.takes = []string{"disk"}
	for j, p := range c.stores {
		names, _ := c.serverRoutes(j)
		f.takes = append(f.takes, slices.Concat([]string{p.name}, names)...)
	}
	return f
}

// limitFiles has all that a process writes to files fail, or no more.
func (c *chaos) limitFiles(p *part, all bool) {
	l := p.now()
	if l == nil || l.isGone() {
		return
	}
	var limit unix.Rlimit
	if err := unix.Prlimit(l.process.Pid, unix.RLIMIT_FSIZE, nil, &limit); err != nil {
		c.note("the files of %s cannot be limited: %v", p.name, err)
		return
	}
	limit.Cur = limit.Max
	if all {
		limit.Cur = 0
	}
	if err := unix.Prlimit(l.process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		c.note("the files of %s cannot be limited: %v", p.name, err)
	}
}
