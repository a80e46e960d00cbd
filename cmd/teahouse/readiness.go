package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/charmbracelet/log"
)

const (
	// probeInterval is how often the store is asked whether it could keep something, probeTimeout
	// how long it may take to answer, and writableFor for how long a node counts as ready
	// after the store could. The servers of a cluster hear each other each second.
	probeInterval = 500 * time.Millisecond
	probeTimeout  = 2 * time.Second
	writableFor   = 3 * time.Second
)

// A storeProbe knows whether the store could keep something, though nothing is said.
type storeProbe struct {
	// checkWritable returns when it last could.
	checkWritable func(context.Context) (able time.Time, err error)
	log           *log.Logger

	mu         sync.Mutex
	writableAt time.Time
	err        error // why it was not answered last, or nil
}

// newStoreProbe returns a pulse of a store that was just opened.
func newStoreProbe(ask func(context.Context) (time.Time, error), logger *log.Logger) *storeProbe {
	return &storeProbe{checkWritable: ask, log: logger, writableAt: time.Now()}
}

// watch asks until ctx is done, and logs when what it knows changes.
func (p *storeProbe) watch(ctx context.Context) {
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	was := true
	for {
		p.probe(ctx)
		is := p.isWritable()
		switch {
		case ctx.Err() != nil:
			return
		case was && !is:
			p.log.Warn("the NATS servers could keep nothing now; this node is not ready for people", "err", p.lastErr())
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

// probe asks.
func (p *storeProbe) probe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	able, err := p.checkWritable(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	if err == nil && able.After(p.writableAt) {
		p.writableAt = able
	}
}

// isWritable reports whether the store could keep something a moment ago.
func (p *storeProbe) isWritable() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.writableAt) < writableFor
}

// lastErr returns why the last question was not answered, or nil.
func (p *storeProbe) lastErr() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// checkStoreWritable returns when the store could keep something last: by the connection that the
// journal has, and by the one that the link to the other nodes has, since those may be to
// different servers, of which one is cut off.
func (app *app) checkStoreWritable(ctx context.Context) (able time.Time, err error) {
	able, err = app.journal.CheckWritable(ctx)
	if err != nil {
		return able, err
	}
	linked, err := app.link.CheckWritable(ctx)
	if linked.Before(able) {
		able = linked
	}
	return able, err
}

// Why a node is not ready, in words for everybody who can read the metrics; the log has
// the details.
var (
	errJournalFailing  = errors.New("what is said or set cannot be kept at the moment; the log says why")
	errNATSSilent      = errors.New("the NATS servers, which are to keep what is said, do not answer; the log says why")
	errNATSNotWritable = errors.New("the NATS servers, which are to keep what is said, could not do it now; the log says why")
	errIsolated        = errors.New("this node is cut off: no other node answers, and the NATS servers could not keep what is said; the log says why")
)

// checkReady returns why nothing can be kept, or nil. That no other node answers is no
// reason by itself: where the others have died, this node is the house.
func (app *app) checkReady() error {
	able := app.storeProbe == nil || app.storeProbe.isWritable()
	switch {
	case journalFailing(app.journal.Status()):
		return errJournalFailing
	case !able && app.link.Status().Isolated:
		return errIsolated
	case !app.journal.Connected():
		return errNATSSilent
	case !able:
		return errNATSNotWritable
	}
	return nil
}
