//go:build linux

package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A fault is something that goes wrong somewhere for some time.
type fault struct {
	kind, place string
	at, lasts   time.Duration // from the beginning on
	takes       []string      // what no other fault may use
	rests       time.Duration // for how long after it, too
	begin, end  func()

	begun, ended bool
}

func (f *fault) until() time.Duration { return f.at + f.lasts }

// A faultKind makes faults of one kind.
type faultKind struct {
	name  string
	times int // relative frequency
	make  func(c *chaos, r *rand.Rand) *fault
}

const (
	// quietStart is the time without faults at the beginning.
	quietStart = 2 * time.Second

	// meanFaultGap is the time between two faults, on average.
	meanFaultGap = 3 * time.Second

	// restartTime is about how long a process takes to restart.
	restartTime = 3 * time.Second

	// resyncTime is about how long a NATS server takes to fill a new disk.
	resyncTime = 15 * time.Second
)

func faultKinds() []faultKind {
	return []faultKind{
		{"node killed", 2, func(c *chaos, r *rand.Rand) *fault { return c.killFault(pick(r, c.nodeProcs), syscall.SIGKILL, r) }},
		{"node stopped", 1, func(c *chaos, r *rand.Rand) *fault { return c.killFault(pick(r, c.nodeProcs), syscall.SIGTERM, r) }},
		{"node paused", 1, func(c *chaos, r *rand.Rand) *fault { return c.pauseFault(pick(r, c.nodeProcs), r) }},
		{"server killed", 2, func(c *chaos, r *rand.Rand) *fault { return c.killFault(pick(r, c.natsProcs), syscall.SIGKILL, r) }},
		{"server stopped", 1, func(c *chaos, r *rand.Rand) *fault { return c.killFault(pick(r, c.natsProcs), syscall.SIGTERM, r) }},
		{"server paused", 1, func(c *chaos, r *rand.Rand) *fault { return c.pauseFault(pick(r, c.natsProcs), r) }},
		{"node cut off from all servers", 1, (*chaos).cutNodeFault},
		{"node cut off from one server", 1, (*chaos).cutLinkFault},
		{"server cut off from the others", 1, (*chaos).partitionServerFault},
		{"server cut off from all", 1, (*chaos).cutServerFault},
		{"slow network", 1, (*chaos).slowNetworkFault},
		{"clock of a node wrong", 1, func(c *chaos, r *rand.Rand) *fault { return c.clockFault(pick(r, c.nodeProcs), r) }},
		{"clock of a server wrong", 1, func(c *chaos, r *rand.Rand) *fault { return c.clockFault(pick(r, c.natsProcs), r) }},
		{"disk full", 1, func(c *chaos, r *rand.Rand) *fault { return c.diskFault(c.fillServerDisk, r) }},
		{"disk takes no writes", 1, func(c *chaos, r *rand.Rand) *fault { return c.diskFault(c.failServerWrites, r) }},
		{"disk lost", 1, (*chaos).diskLossFault},
	}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// between returns a time in a range.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// planFaults decides what goes wrong when. Every kind occurs before any repeats, and two faults
// never use the same thing.
func (c *chaos) planFaults(r *rand.Rand) {
	free := map[string]time.Duration{}
	var bag []faultKind
	for at := quietStart; at < c.lasts-quietStart; at += time.Duration(r.ExpFloat64() * float64(meanFaultGap)) {
		if len(bag) == 0 {
			for _, k := range faultKinds() {
				bag = append(bag, slices.Repeat([]faultKind{k}, k.times)...)
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
				free[what] = f.until() + max(f.rests, restartTime)
			}
			c.faults = append(c.faults, f)
			bag = slices.Delete(bag, i, i+1)
			break
		}
	}
}

// faultDuration returns how long a fault lasts: mostly seconds, and one time in four so long that
// other nodes consider a node lost.
func faultDuration(r *rand.Rand) time.Duration {
	if r.IntN(4) == 0 {
		return between(r, 11*time.Second, 15*time.Second)
	}
	return between(r, 100*time.Millisecond, 5*time.Second)
}

// killFault ends a process by a signal, and restarts it after a while.
func (c *chaos) killFault(p *process, sig syscall.Signal, r *rand.Rand) *fault {
	return &fault{
		place: p.name, lasts: faultDuration(r), takes: []string{p.name},
		begin: func() { p.down = true; p.signal(sig) },
		end:   func() { p.down = false },
	}
}

func (c *chaos) pauseFault(p *process, r *rand.Rand) *fault {
	return &fault{
		place: p.name, lasts: faultDuration(r), takes: []string{p.name},
		begin: func() { p.signal(syscall.SIGSTOP) },
		end:   func() { p.signal(syscall.SIGCONT) },
	}
}

// cutFault cuts some connections.
func cutFault(place string, lasts time.Duration, takes []string, proxies []*faultProxy) *fault {
	pull := func(out bool) {
		for _, c := range proxies {
			c.setCut(out)
		}
	}
	return &fault{place: place, lasts: lasts, takes: takes, begin: func() { pull(true) }, end: func() { pull(false) }}
}

// nodeProxies are the proxies between a node and the servers, serverProxies those between a server
// and the nodes, and serverRouteProxies those between a server and the others; each with a name.
func (c *chaos) nodeProxies(i int) (names []string, proxies []*faultProxy) {
	for j := range c.nats {
		names, proxies = append(names, fmt.Sprint("proxy ", i, j)), append(proxies, c.proxies[i][j])
	}
	return names, proxies
}

func (c *chaos) serverProxies(j int) (names []string, proxies []*faultProxy) {
	for i := range c.proxies {
		names, proxies = append(names, fmt.Sprint("proxy ", i, j)), append(proxies, c.proxies[i][j])
	}
	return names, proxies
}

func (c *chaos) serverRouteProxies(j int) (names []string, proxies []*faultProxy) {
	for k := range c.nats {
		if k != j {
			names, proxies = append(names, fmt.Sprint("route ", min(j, k), max(j, k))), append(proxies, c.routeProxies[j][k], c.routeProxies[k][j])
		}
	}
	return names, proxies
}

func (c *chaos) cutNodeFault(r *rand.Rand) *fault {
	i := r.IntN(len(c.proxies))
	names, proxies := c.nodeProxies(i)
	return cutFault(c.nodeProcs[i].name, faultDuration(r), names, proxies)
}

func (c *chaos) cutLinkFault(r *rand.Rand) *fault {
	i, j := r.IntN(len(c.proxies)), r.IntN(len(c.nats))
	return cutFault(fmt.Sprintf("%s from %s", c.nodeProcs[i].name, c.natsProcs[j].name), faultDuration(r),
		[]string{fmt.Sprint("proxy ", i, j)}, []*faultProxy{c.proxies[i][j]})
}

func (c *chaos) partitionServerFault(r *rand.Rand) *fault {
	j := r.IntN(len(c.nats))
	names, proxies := c.serverRouteProxies(j)
	return cutFault(c.natsProcs[j].name, faultDuration(r), names, proxies)
}

func (c *chaos) cutServerFault(r *rand.Rand) *fault {
	j := r.IntN(len(c.nats))
	names, proxies := c.serverRouteProxies(j)
	more, others := c.serverProxies(j)
	return cutFault(c.natsProcs[j].name, faultDuration(r), slices.Concat(names, more), slices.Concat(proxies, others))
}

// slowNetworkFault delays all traffic between machines.
func (c *chaos) slowNetworkFault(r *rand.Rand) *fault {
	by := between(r, 20*time.Millisecond, 200*time.Millisecond)
	slows := func(by time.Duration) {
		for _, proxy := range slices.Concat(slices.Concat(c.proxies...), slices.Concat(c.routeProxies...)) {
			if proxy != nil {
				proxy.setDelay(by)
			}
		}
	}
	return &fault{
		place: fmt.Sprintf("all, by %v", by.Round(time.Millisecond)), lasts: between(r, time.Second, 8*time.Second), takes: []string{"speed"},
		begin: func() { slows(by) }, end: func() { slows(0) },
	}
}

// clockFault makes a process's clock wrong for a while, by seconds up to an hour.
func (c *chaos) clockFault(p *process, r *rand.Rand) *fault {
	ahead := pick(r, []time.Duration{2 * time.Second, 30 * time.Second, 10 * time.Minute, time.Hour})
	if r.IntN(2) == 0 {
		ahead = -ahead
	}
	var at *processRun
	set := func(ahead time.Duration) {
		if at = p.current(); at == nil || at.hasExited() {
			return
		}
		if err := setClockSkew(at.process.Pid, ahead); err != nil {
			c.note("the clock of %s cannot be set: %v", p.name, err)
		}
	}
	return &fault{
		place: fmt.Sprintf("%s, by %v", p.name, ahead), lasts: between(r, 2*time.Second, 20*time.Second), takes: []string{p.name, "clock"},
		begin: func() { set(ahead) },
		end: func() {
			if at == p.current() {
				set(0)
			}
		},
	}
}

// diskFault makes a server's disk faulty for a while.
func (c *chaos) diskFault(how func(j int) (begin, end func()), r *rand.Rand) *fault {
	j := r.IntN(len(c.natsProcs))
	begin, end := how(j)
	return &fault{
		place: c.natsProcs[j].name, lasts: between(r, 2*time.Second, 8*time.Second), takes: []string{c.natsProcs[j].name, "disk"},
		begin: begin, end: end,
	}
}

// diskLossFault makes a NATS server lose its disk. It must have everything again before anything
// happens to the other two, or what only two had is lost: no server can prevent that.
func (c *chaos) diskLossFault(r *rand.Rand) *fault {
	f := c.diskFault(c.breakServerDisk, r)
	f.rests = resyncTime
	f.takes = []string{"disk"}
	for j, p := range c.natsProcs {
		names, _ := c.serverRouteProxies(j)
		f.takes = append(f.takes, slices.Concat([]string{p.name}, names)...)
	}
	return f
}

// limitFiles makes all of a process's writes to files fail, or stops that.
func (c *chaos) limitFiles(p *process, all bool) {
	l := p.current()
	if l == nil || l.hasExited() {
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
