//go:build linux

package e2e

import (
	"fmt"
	"syscall"
	"time"
)

// A process is a teahouse or a NATS server that faults happen to. The test restarts it as a service
// manager would.
type process struct {
	c         *chaos
	name      string
	command   []string
	runs      []*processRun
	down      bool      // it must not run for now
	notBefore time.Time // it is not restarted before
}

// A processRun is one run of a process.
type processRun struct {
	*client
	owner     *process
	number    int
	exitNoted bool // its end was recorded
}

func (r *processRun) String() string {
	return fmt.Sprintf("%s (process %d of it)", r.owner.name, r.number)
}

// killed reports whether the process ended in a way that may lose what only it had.
func (r *processRun) killed() bool { return r.hasExited() && r.code != 0 }

// current returns the current run, or nil before the first.
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

// signal sends a signal to the process, if it runs.
func (p *process) signal(sig syscall.Signal) {
	if l := p.current(); l != nil && !l.hasExited() {
		_ = l.process.Signal(sig)
	}
}

// restartDelay is the pause before a process is restarted.
const restartDelay = 500 * time.Millisecond

// keepRunning restarts the process if it has ended and may run.
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

// node returns the current run of a teahouse.
func (c *chaos) node(i int) *processRun {
	c.runsMu.Lock()
	defer c.runsMu.Unlock()
	return c.nodeProcs[i].current()
}
