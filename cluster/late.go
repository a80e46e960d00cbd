package cluster

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"teahouse/room"
)

// Writers are the processes of which something was stored since this node had read the store, at
// its start.
//
// A node that leaves stores the last of what it said, or has heard, when it is no node any more,
// and tells nobody then. Who heard it, or something before, knows to look for that, see
// [neighbour.leaves]. A node that was started meanwhile does not. So each node looks once, when all
// that were leaving as it started have ended.
type writers struct {
	identities map[string]bool
	err        error
}

// lookForLate looks who has stored something when it is time for that.
func (l *Link) lookForLate() {
	if l.lookOn.IsZero() || time.Now().Before(l.lookOn) {
		return
	}
	l.lookOn = time.Time{}
	l.running.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, readTime)
		defer cancel()
		w := &writers{identities: map[string]bool{}, err: errFault}
		l.guard("the store", func() {
			_, w.err = l.store.Tail(ctx, l.began, func(by, _ string, _ *room.Event) { w.identities[by] = true })
		})
		select {
		case l.writers <- w:
		case <-l.ctx.Done():
		}
	})
}

// oweLate has that be read which is of none that is there, who tells of it itself; or has it be
// looked again.
func (l *Link) oweLate(w *writers) {
	if w.err != nil {
		l.lookOn = time.Now().Add(readAgain)
		return
	}
	for _, identity := range slices.Sorted(maps.Keys(w.identities)) {
		node, _, _ := strings.Cut(identity, ".")
		n := l.neighbours[node]
		switch {
		case identity == l.identity, n != nil && n.identity == identity:
		case n == nil:
			l.former.oweEarlier(&saved{By: identity})
		default:
			n.oweEarlier(&saved{By: identity})
		}
	}
}
