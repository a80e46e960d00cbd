package cluster

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"teahouse/internal/ids"
	"teahouse/room"
)

// lateWriters are the processes whose events were stored after this node had read the store at
// its start.
//
// A node that leaves stores its last events, and those it received, after it has announced that
// it leaves, and tells nobody. A node that received the announcement knows to look for them, see
// [peer.handleStopping]. A node that was started meanwhile does not. So each node looks once,
// when every process that was leaving at its start has ended.
type lateWriters struct {
	processes map[string]bool
	err       error
}

// findLateWriters starts looking for late writers when it is time.
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
			_, w.err = l.store.ReadAfter(ctx, l.startSeq, func(by string, _ ids.Room, _ *room.Event) { w.processes[by] = true })
		})
		select {
		case l.lateWriters <- w:
		case <-l.ctx.Done():
		}
	})
}

// catchUpLateWriters schedules a catch-up for each late writer that is not running; running ones
// report themselves. If the store could not be read, it schedules another look.
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
