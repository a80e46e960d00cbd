package cluster

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"teahouse/room"
)

const (
	// storeReadTimeout is how long the store may be read at a time.
	storeReadTimeout = 30 * time.Second

	// journalCloseTimeout is how long a node that leaves may take to store what came last, its farewell
	// included: more than the program gives its journal. It is over once the node is back.
	// storeRetryDelay is how long it is waited where the store could not be read.
	journalCloseTimeout = 45 * time.Second
	storeRetryDelay     = 500 * time.Millisecond

	// maxCatchUps is of how many processes the store may have to be read.
	maxCatchUps = 100
)

// errPanicked is why the store was not read where that failed for a fault of ours.
var errPanicked = errors.New("a bug in teahouse")

// A catchUp is what a process of a neighbour's may have said that did not come: it is to be
// read in the store, however long that takes.
type catchUp struct {
	identity      string
	after         uint64    // the message after which it may be
	notBefore     time.Time // there is no use in looking before
	failureLogged bool      // it could not be read, which is logged
	rereadAt      time.Time // what is there by then has to be read, too

	unstored   *unstoredLines // what was heard of it and may not be there
	backfill   bool           // the process is gone: what is not there, this node stores
	backfillAt time.Time      // when; zero as long as the store was not read
}

// A storeRead is what was found in the store for a debt.
type storeRead struct {
	peer      *peer
	catchUp   *catchUp
	identity  string
	startedAt time.Time
	lines     []storedLine
	lastSeq   uint64 // up to which message
	err       error
	done      bool // but not all lines are heard yet

	backfill       []receivedLine // what is to be stored where it is not found
	backfilled     int            // how much of that was
	backfilledUpTo uint64         // the last message that has some of it
}

type storedLine struct {
	room  string
	event *room.Event
}

// scheduleCatchUp notes that what the process said that is, or was, there may have to be read in the
// store: not before some time.
func (n *peer) scheduleCatchUp(wait time.Duration) {
	if n.identity != "" {
		n.addCatchUp(&catchUp{identity: n.identity, after: n.unstored.startSeq(n.storeSeq), notBefore: time.Now().Add(wait), unstored: n.unstored})
	}
}

// addCatchUp adds a debt, unless there is one of the same process.
func (n *peer) addCatchUp(d *catchUp) {
	owed := slices.ContainsFunc(n.catchUps, func(other *catchUp) bool { return other.identity == d.identity })
	if !owed && len(n.catchUps) < maxCatchUps {
		n.catchUps = append(n.catchUps, d)
	}
}

// expediteCatchUp has what the process said that is, or was, there be read now: it has ended.
func (n *peer) expediteCatchUp() {
	for _, d := range n.catchUps {
		if d.identity == n.identity && !d.failureLogged {
			d.notBefore = time.Now()
		}
	}
}

// dropCatchUp drops the debt of a process, which is there to be asked itself.
func (n *peer) dropCatchUp(identity string) {
	n.catchUps = slices.DeleteFunc(n.catchUps, func(d *catchUp) bool { return d.identity == identity })
}

// runCatchUp reads the store for a debt, one at a time.
func (n *peer) runCatchUp() {
	due := slices.IndexFunc(n.catchUps, func(d *catchUp) bool { return !time.Now().Before(d.notBefore) })
	switch {
	case n.storeRead != nil && n.storeRead.done:
		n.applyStoreRead(n.storeRead)
		return
	case n.storeRead != nil, due < 0:
		return
	}
	l, d := n.link, n.catchUps[due]
	r := &storeRead{peer: n, catchUp: d, identity: d.identity, startedAt: time.Now(), lastSeq: d.after, err: errPanicked, backfill: n.dueBackfill(d)}
	n.storeRead = r
	l.catchUps.Add(1)
	l.wg.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, storeReadTimeout)
		defer cancel()
		l.withRecover("the store", func() { r.run(ctx, l.store) })
		select {
		case l.storeReads <- r:
		case <-l.ctx.Done():
		}
	})
}

// run reads the store, and stores what is not there and is to be.
func (r *storeRead) run(ctx context.Context, store Store) {
	read, err := store.ReadAfter(ctx, r.lastSeq, func(by, where string, e *room.Event) {
		if by == r.identity {
			r.lines = append(r.lines, storedLine{where, e})
		}
	})
	// What was written anew, because somebody is forgotten, comes late in the store.
	slices.SortStableFunc(r.lines, func(a, b storedLine) int {
		return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.event.Seq, b.event.Seq))
	})
	if err == nil && len(r.backfill) > 0 {
		r.backfilledUpTo = read
		if r.err = r.runBackfill(ctx, store); r.err != nil {
			return // it may be there all the same: next time that is to be found
		}
	}
	r.lastSeq, r.err = read, err
}

// positions returns where the lines stand that were found.
func (r *storeRead) positions() map[position]bool {
	there := map[position]bool{}
	for _, l := range r.lines {
		there[position{l.room, l.event.Seq}] = true
	}
	return there
}

// applyStoreRead hears what was found in the store, as fast as the journal can take it, unless
// nobody is interested any more. Where not all could be read it goes on later from there.
func (n *peer) applyStoreRead(r *storeRead) {
	at := slices.Index(n.catchUps, r.catchUp)
	if !r.done {
		n.noteBackfilled(r)
	}
	if r.done = true; at < 0 {
		n.storeRead = nil
		return
	}
	for len(r.lines) > 0 {
		if n.mustHold() {
			return
		}
		some := min(maxResendEvents, len(r.lines))
		for _, line := range r.lines[:some] {
			n.link.withRecover("the store", func() { n.hubPeer.ReceiveStored(r.catchUp.identity, line.room, line.event) })
		}
		r.lines = r.lines[some:]
	}
	n.storeRead = nil
	if r.err != nil {
		if !r.catchUp.failureLogged {
			n.link.log.Warn("cluster: cannot read yet what a node stored", "node", n.node, "err", r.err)
		}
		r.catchUp.after, r.catchUp.failureLogged, r.catchUp.notBefore = r.lastSeq, true, time.Now().Add(storeRetryDelay)
		return
	}
	if r.catchUp.identity == n.identity {
		n.finishCatchUp(r.lastSeq)
	}
	d := r.catchUp
	switch {
	case n.needsBackfill(d):
	case d.rereadAt.After(r.startedAt):
		d.notBefore = d.rereadAt
	default:
		n.catchUps = slices.Delete(n.catchUps, at, at+1)
		return
	}
	d.after = d.unstored.startSeq(r.lastSeq)
}

// finishCatchUp goes on with what the process says that is there, now that what it has stored
// up to some message is heard.
func (n *peer) finishCatchUp(upto uint64) {
	n.storeSeq = max(n.storeSeq, upto)
	if !n.needsStore {
		return
	}
	n.needsStore, n.synced, n.nextResendAt = false, false, time.Time{}
	n.storeDone = true
	n.requestResend()
}
