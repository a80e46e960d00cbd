package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/charmbracelet/log"
)

const (
	// askEvery is how often the store is asked whether it could keep something, askTime
	// how long it may take to answer, and ableTime for how long a node counts as ready
	// after the store could. The servers of a cluster hear each other each second.
	askEvery = 500 * time.Millisecond
	askTime  = 2 * time.Second
	ableTime = 3 * time.Second
)

// A pulse knows whether the store could keep something, though nothing is said.
type pulse struct {
	// ask returns when it last could.
	ask func(context.Context) (able time.Time, err error)
	log *log.Logger

	mu   sync.Mutex
	able time.Time
	err  error // why it was not answered last, or nil
}

// newPulse returns a pulse of a store that was just opened.
func newPulse(ask func(context.Context) (time.Time, error), logger *log.Logger) *pulse {
	return &pulse{ask: ask, log: logger, able: time.Now()}
}

// watch asks until ctx is done, and logs when what it knows changes.
func (p *pulse) watch(ctx context.Context) {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	was := true
	for {
		p.once(ctx)
		is := p.beats()
		switch {
		case ctx.Err() != nil:
			return
		case was && !is:
			p.log.Warn("the NATS servers could keep nothing now; this node is not ready for people", "err", p.why())
		case is && !was:
			p.log.Info("the NATS servers can keep what is said again; this node is ready for people")
		}
		was = is
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// once asks.
func (p *pulse) once(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	able, err := p.ask(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	if err == nil && able.After(p.able) {
		p.able = able
	}
}

// beats reports whether the store could keep something a moment ago.
func (p *pulse) beats() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.able) < ableTime
}

// why returns why the last question was not answered, or nil.
func (p *pulse) why() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// askStore returns when the store could keep something last: by the connection that the
// journal has, and by the one that the link to the other nodes has, since those may be to
// different servers, of which one is cut off.
func (h *house) askStore(ctx context.Context) (able time.Time, err error) {
	able, err = h.journal.Ask(ctx)
	if err != nil {
		return able, err
	}
	linked, err := h.nodes.Ask(ctx)
	if linked.Before(able) {
		able = linked
	}
	return able, err
}

// Why a node is not ready, in words for everybody who can read the metrics; the log has
// the details.
var (
	errNotKept = errors.New("what is said or set cannot be kept at the moment; the log says why")
	errUnheard = errors.New("the NATS servers, which are to keep what is said, do not answer; the log says why")
	errUnable  = errors.New("the NATS servers, which are to keep what is said, could not do it now; the log says why")
	errCutOff  = errors.New("this node is cut off: no other node answers, and the NATS servers could not keep what is said; the log says why")
)

// whyFailing returns why nothing can be kept, or nil. That no other node answers is no
// reason by itself: where the others have died, this node is the house.
func (h *house) whyFailing() error {
	able := h.pulse == nil || h.pulse.beats()
	switch {
	case failing(h.journal.Status()):
		return errNotKept
	case !able && h.nodes.Status().Alone:
		return errCutOff
	case !h.journal.Connected():
		return errUnheard
	case !able:
		return errUnable
	}
	return nil
}
