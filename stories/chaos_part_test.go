//go:build linux

package stories

import (
	"fmt"
	"syscall"
	"time"
)

// A part is a process that faults happen to: a teahouse, or a NATS server. Somebody sees to
// it that it runs, as a service manager does.
type part struct {
	c     *chaos
	name  string
	line  []string
	lives []*life
	down  bool      // it is not to run for now
	rests time.Time // it is not started again before
}

// A life is one process of a part.
type life struct {
	*client
	part   *part
	number int
	noted  bool // that it has ended
}

func (l *life) String() string {
	return fmt.Sprintf("%s (process %d of it)", l.part.name, l.number)
}

// killed reports whether the process ended in a way that may take with it what only it had.
func (l *life) killed() bool { return l.isGone() && l.code != 0 }

// now returns the process, or nil before the first.
func (p *part) now() *life {
	if len(p.lives) == 0 {
		return nil
	}
	return p.lives[len(p.lives)-1]
}

func (p *part) launch() {
	p.c.lives.Lock()
	defer p.c.lives.Unlock()
	p.lives = append(p.lives, &life{client: spawn(p.c.t, p.line...), part: p, number: len(p.lives) + 1})
}

// signal sends a signal to the process, where there is one.
func (p *part) signal(sig syscall.Signal) {
	if l := p.now(); l != nil && !l.isGone() {
		_ = l.process.Signal(sig)
	}
}

// restWhenEnded is for how long a part rests before it is started again.
const restWhenEnded = 500 * time.Millisecond

// tend starts the part again where it has ended and need not be down.
func (p *part) tend() {
	l := p.now()
	if l != nil && l.isGone() && !l.noted {
		l.noted = true
		p.rests = time.Now().Add(restWhenEnded)
		if l.code != 0 && l.code != -1 {
			p.c.note("%v ended with code %d: %.200s", l, l.code, l.err.String())
		}
	}
	if !p.down && (l == nil || l.isGone()) && time.Now().After(p.rests) {
		p.launch()
	}
}

// node returns the process of a teahouse that runs now.
func (c *chaos) node(i int) *life {
	c.lives.Lock()
	defer c.lives.Unlock()
	return c.teahouses[i].now()
}
