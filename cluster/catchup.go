package cluster

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/room"
)

const (
	// storeReadTimeout is how long one read of the store may take.
	storeReadTimeout = 30 * time.Second

	// journalCloseTimeout is how long a leaving node may take to store its last messages, its
	// farewell included. It is longer than the program gives its journal. storeRetryDelay is the
	// pause after the store could not be read.
	journalCloseTimeout = 45 * time.Second
	storeRetryDelay     = 500 * time.Millisecond

	// maxCatchUps is the greatest number of pending catch-ups for one node.
	maxCatchUps = 100
)

// errPanicked is the error of a read of the store that panicked.
var errPanicked = errors.New("a bug in teahouse")

// A catchUp is a pending read of the store, for messages of another node's process that did not
// arrive. It is pending for as long as it takes.
type catchUp struct {
	identity      string
	after         uint64    // the stream sequence after which the messages may be
	notBefore     time.Time // reading earlier is pointless
	failureLogged bool      // a failed read has been logged
	rereadAt      time.Time // everything stored by then must be read, too

	unstored   *unstoredLines // received lines that may not be in the store
	backfill   bool           // the process is gone: this node stores what is missing
	backfillAt time.Time      // when; zero until the store has been read
}

// A storeRead is a read of the store for a catchUp, and its result.
type storeRead struct {
	peer      *peer
	catchUp   *catchUp
	identity  string
	startedAt time.Time
	lines     []storedLine
	lastSeq   uint64 // read up to this stream sequence
	err       error
	done      bool // but not all lines are applied yet

	backfill       []receivedLine // to be stored if not found
	backfilled     int            // how many of them were stored
	backfilledUpTo uint64         // the last stream sequence with some of them
}

type storedLine struct {
	room  ids.Room
	event *room.Event
}

// scheduleCatchUp schedules a read of the store for messages of the node's current or latest
// process, not before wait has passed.
func (n *peer) scheduleCatchUp(wait time.Duration) {
	if n.identity != "" {
		n.addCatchUp(&catchUp{identity: n.identity, after: n.unstored.startSeq(n.storeSeq), notBefore: time.Now().Add(wait), unstored: n.unstored})
	}
}

// addCatchUp adds a catch-up, unless there is one for the same process.
func (n *peer) addCatchUp(d *catchUp) {
	owed := slices.ContainsFunc(n.catchUps, func(other *catchUp) bool { return other.identity == d.identity })
	if !owed && len(n.catchUps) < maxCatchUps {
		n.catchUps = append(n.catchUps, d)
	}
}

// expediteCatchUp makes the catch-up for the node's latest process due now, because that has
// ended.
func (n *peer) expediteCatchUp() {
	for _, d := range n.catchUps {
		if d.identity == n.identity && !d.failureLogged {
			d.notBefore = time.Now()
		}
	}
}

// dropCatchUp drops the catch-up for a process that can be asked itself.
func (n *peer) dropCatchUp(identity string) {
	n.catchUps = slices.DeleteFunc(n.catchUps, func(d *catchUp) bool { return d.identity == identity })
}

// runCatchUp starts the first catch-up that is due, one at a time.
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

// run reads the store, and stores what is missing there and is due.
func (r *storeRead) run(ctx context.Context, store Store) {
	read, err := store.ReadAfter(ctx, r.lastSeq, func(by string, where ids.Room, e *room.Event) {
		if by == r.identity {
			r.lines = append(r.lines, storedLine{where, e})
		}
	})
	// Messages that were rewritten, because somebody was forgotten, come late in the stream.
	slices.SortStableFunc(r.lines, func(a, b storedLine) int {
		return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.event.Seq, b.event.Seq))
	})
	if err == nil && len(r.backfill) > 0 {
		r.backfilledUpTo = read
		if r.err = r.runBackfill(ctx, store); r.err != nil {
			return // it may be stored all the same; the next read will find out
		}
	}
	r.lastSeq, r.err = read, err
}

// positions returns the positions of the lines found.
func (r *storeRead) positions() map[position]bool {
	there := map[position]bool{}
	for _, l := range r.lines {
		there[position{l.room, l.event.Seq}] = true
	}
	return there
}

// applyStoreRead applies the lines found in the store, as fast as the journal can take them,
// unless the catch-up has been dropped. If not everything could be read, it continues from there
// later.
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
			n.link.log.Warn("cluster: cannot read a node's messages from the store; retrying", "node", n.node, "err", r.err)
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

// finishCatchUp continues with the node's live packets, now that everything stored up to upto is
// applied.
func (n *peer) finishCatchUp(upto uint64) {
	n.storeSeq = max(n.storeSeq, upto)
	if !n.needsStore {
		return
	}
	n.needsStore, n.synced, n.nextResendAt = false, false, time.Time{}
	n.storeDone = true
	n.requestResend()
}
