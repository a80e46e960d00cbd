package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/charmbracelet/log"
)

const (
	// probeInterval is how often the store is asked whether it is writable, probeTimeout how long
	// it may take to answer, and writableFor how long a node counts as ready after the store was
	// writable. The servers of a NATS cluster hear each other every second.
	probeInterval = 500 * time.Millisecond
	probeTimeout  = 2 * time.Second
	writableFor   = 3 * time.Second
)

// A storeProbe finds out whether the store is writable even if nothing is said.
type storeProbe struct {
	// checkWritable returns when the store was last writable.
	checkWritable func(context.Context) (able time.Time, err error)
	log           *log.Logger

	mu         sync.Mutex
	writableAt time.Time
	err        error // of the last probe
}

// newStoreProbe returns a storeProbe for a store that was just opened.
func newStoreProbe(ask func(context.Context) (time.Time, error), logger *log.Logger) *storeProbe {
	return &storeProbe{checkWritable: ask, log: logger, writableAt: time.Now()}
}

// watch probes until ctx is done, and logs changes.
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
			p.log.Warn("the NATS servers cannot store anything now; this node is not ready", "err", p.lastErr())
		case is && !was:
			p.log.Info("the NATS servers can store messages again; this node is ready")
		}
		was = is
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// probe asks once.
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

// isWritable reports whether the store was writable a moment ago.
func (p *storeProbe) isWritable() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.writableAt) < writableFor
}

// lastErr returns the error of the last probe.
func (p *storeProbe) lastErr() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// checkStoreWritable returns when the store was last writable, over the journal's connection and
// over the link to the other nodes. The two may be to different servers, one of which is cut off.
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

// The reasons why a node is not ready, in words for everybody who can read the metrics; the log
// has the details.
var (
	errJournalFailing  = errors.New("messages and settings can't be stored now; see the log")
	errNATSSilent      = errors.New("the NATS servers, which store the messages, don't answer; see the log")
	errNATSNotWritable = errors.New("the NATS servers can't store messages now; see the log")
	errIsolated        = errors.New("this node is cut off: no other node answers, and the NATS servers can't store messages now; see the log")
)

// checkReady returns why nothing can be stored, or nil. That no other node answers is not a
// reason by itself: if the others have died, this node is all there is.
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
