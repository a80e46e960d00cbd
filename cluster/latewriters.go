package cluster

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"teahouse/room"
)

// LateWriters are the processes of which something was stored since this node had read the store, at
// its start.
//
// A node that leaves stores the last of what it said, or has heard, when it is no node any more,
// and tells nobody then. Who heard it, or something before, knows to look for that, see
// [peer.handleStopping]. A node that was started meanwhile does not. So each node looks once, when all
// that were leaving as it started have ended.
type lateWriters struct {
	processes map[string]bool
	err       error
}

// findLateWriters looks who has stored something when it is time for that.
func (l *Link) findLateWriters() {
	if l.findLateAt.IsZero() || time.Now().Before(l.findLateAt) {
		return
	}
	l.findLateAt = time.Time{}
	l.wg.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, storeReadTimeout)
		defer cancel()
		w := &lateWriters{processes: map[string]bool{}, err: errPanicked}
		l.withRecover("the store", func() {
			_, w.err = l.store.ReadAfter(ctx, l.startSeq, func(by, _ string, _ *room.Event) { w.processes[by] = true })
		})
		select {
		case l.lateWriters <- w:
		case <-l.ctx.Done():
		}
	})
}

// catchUpLateWriters has that be read which is of none that is there, who tells of it itself; or has it be
// looked again.
func (l *Link) catchUpLateWriters(w *lateWriters) {
	if w.err != nil {
		l.findLateAt = time.Now().Add(storeRetryDelay)
		return
	}
	for _, identity := range slices.Sorted(maps.Keys(w.processes)) {
		node, _, _ := strings.Cut(identity, ".")
		n := l.peers[node]
		switch {
		case identity == l.identity, n != nil && n.identity == identity:
		case n == nil:
			l.formerPeers.catchUpEarlier(&backfilled{Identity: identity})
		default:
			n.catchUpEarlier(&backfilled{Identity: identity})
		}
	}
}
