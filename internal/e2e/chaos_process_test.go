//go:build linux

package e2e

import (
	"fmt"
	"syscall"
	"time"
)

// A process is a process that faults happen to: a teahouse, or a NATS server. Somebody sees to
// it that it runs, as a service manager does.
type process struct {
	c         *chaos
	name      string
	command   []string
	runs      []*processRun
	down      bool      // it is not to run for now
	notBefore time.Time // it is not started again before
}

// A processRun is one process of a part.
type processRun struct {
	*client
	owner     *process
	number    int
	exitNoted bool // that it has ended
}

func (r *processRun) String() string {
	return fmt.Sprintf("%s (process %d of it)", r.owner.name, r.number)
}

// killed reports whether the process ended in a way that may take with it what only it had.
func (r *processRun) killed() bool { return r.hasExited() && r.code != 0 }

// current returns the process, or nil before the first.
func (p *process) current() *processRun {
	if len(p.runs) == 0 {
		return nil
	}
	return p.runs[len(p.runs)-1]
}

func (p *process) start() {
	p.c.runsMu.Lock()
	defer p.c.runsMu.Unlock()
	p.runs = append(p.runs, &processRun{client: spawnQuietly(p.c.t, p.command...), owner: p, number: len(p.runs) + 1})
}

// signal sends a signal to the process, where there is one.
func (p *process) signal(sig syscall.Signal) {
	if l := p.current(); l != nil && !l.hasExited() {
		_ = l.process.Signal(sig)
	}
}

// restartDelay is for how long a part rests before it is started again.
const restartDelay = 500 * time.Millisecond

// keepRunning starts the part again where it has ended and need not be down.
func (p *process) keepRunning() {
	l := p.current()
	if l != nil && l.hasExited() && !l.exitNoted {
		l.exitNoted = true
		p.notBefore = time.Now().Add(restartDelay)
		if l.code != 0 && l.code != -1 {
			p.c.note("%v ended with code %d: %.200s", l, l.code, l.err.String())
		}
	}
	if !p.down && (l == nil || l.hasExited()) && time.Now().After(p.notBefore) {
		p.start()
	}
}

// node returns the process of a teahouse that runs now.
func (c *chaos) node(i int) *processRun {
	c.runsMu.Lock()
	defer c.runsMu.Unlock()
	return c.nodeProcs[i].current()
}
