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
	// readTime is how long the store may be read at a time.
	readTime = 30 * time.Second

	// closeTime is how long a node that leaves may take to store what came last, its farewell
	// included: more than the program gives its journal. It is over once the node is back.
	// readAgain is how long it is waited where the store could not be read.
	closeTime = 45 * time.Second
	readAgain = 500 * time.Millisecond

	// mostDebts is of how many processes the store may have to be read.
	mostDebts = 100
)

// errFault is why the store was not read where that failed for a fault of ours.
var errFault = errors.New("a fault in teahouse")

// A debt is what a process of a neighbour's may have said that did not come: it is to be
// read in the store, however long that takes.
type debt struct {
	identity string
	after    uint64    // the message after which it may be
	notUntil time.Time // there is no use in looking before
	failed   bool      // it could not be read, which is logged
	again    time.Time // what is there by then has to be read, too

	unkept *unkept   // what was heard of it and may not be there
	saves  bool      // the process is gone: what is not there, this node stores
	turn   time.Time // when; zero as long as the store was not read
}

// A reading is what was found in the store for a debt.
type reading struct {
	of       *neighbour
	debt     *debt
	identity string
	began    time.Time
	lines    []found
	read     uint64 // up to which message
	err      error
	done     bool // but not all lines are heard yet

	save   []heardLine // what is to be stored where it is not found
	saved  int         // how much of that was
	stored uint64      // the last message that has some of it
}

type found struct {
	room  string
	event *room.Event
}

// owe notes that what the process said that is, or was, there may have to be read in the
// store: not before some time.
func (n *neighbour) owe(wait time.Duration) {
	if n.identity != "" {
		n.add(&debt{identity: n.identity, after: n.unkept.after(n.safe), notUntil: time.Now().Add(wait), unkept: n.unkept})
	}
}

// add adds a debt, unless there is one of the same process.
func (n *neighbour) add(d *debt) {
	owed := slices.ContainsFunc(n.debts, func(other *debt) bool { return other.identity == d.identity })
	if !owed && len(n.debts) < mostDebts {
		n.debts = append(n.debts, d)
	}
}

// hasten has what the process said that is, or was, there be read now: it has ended.
func (n *neighbour) hasten() {
	for _, d := range n.debts {
		if d.identity == n.identity && !d.failed {
			d.notUntil = time.Now()
		}
	}
}

// forgive drops the debt of a process, which is there to be asked itself.
func (n *neighbour) forgive(identity string) {
	n.debts = slices.DeleteFunc(n.debts, func(d *debt) bool { return d.identity == identity })
}

// pay reads the store for a debt, one at a time.
func (n *neighbour) pay() {
	due := slices.IndexFunc(n.debts, func(d *debt) bool { return !time.Now().Before(d.notUntil) })
	switch {
	case n.reading != nil && n.reading.done:
		n.hearStored(n.reading)
		return
	case n.reading != nil, due < 0:
		return
	}
	l, d := n.link, n.debts[due]
	r := &reading{of: n, debt: d, identity: d.identity, began: time.Now(), read: d.after, err: errFault, save: n.toSave(d)}
	n.reading = r
	l.looked.Add(1)
	l.running.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, readTime)
		defer cancel()
		l.guard("the store", func() { r.run(ctx, l.store) })
		select {
		case l.readings <- r:
		case <-l.ctx.Done():
		}
	})
}

// run reads the store, and stores what is not there and is to be.
func (r *reading) run(ctx context.Context, store Store) {
	read, err := store.Tail(ctx, r.read, func(by, where string, e *room.Event) {
		if by == r.identity {
			r.lines = append(r.lines, found{where, e})
		}
	})
	// What was written anew, because somebody is forgotten, comes late in the store.
	slices.SortStableFunc(r.lines, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.event.Seq, b.event.Seq))
	})
	if err == nil && len(r.save) > 0 {
		r.stored = read
		if r.err = r.saveRest(ctx, store); r.err != nil {
			return // it may be there all the same: next time that is to be found
		}
	}
	r.read, r.err = read, err
}

// there returns where the lines stand that were found.
func (r *reading) there() map[place]bool {
	there := map[place]bool{}
	for _, l := range r.lines {
		there[place{l.room, l.event.Seq}] = true
	}
	return there
}

// hearStored hears what was found in the store, as fast as the journal can take it, unless
// nobody is interested any more. Where not all could be read it goes on later from there.
func (n *neighbour) hearStored(r *reading) {
	at := slices.Index(n.debts, r.debt)
	if !r.done {
		n.noteStored(r)
	}
	if r.done = true; at < 0 {
		n.reading = nil
		return
	}
	for len(r.lines) > 0 {
		if n.holdsBack() {
			return
		}
		some := min(answeredAtOnce, len(r.lines))
		for _, line := range r.lines[:some] {
			n.link.guard("the store", func() { n.room.HearStored(r.debt.identity, line.room, line.event) })
		}
		r.lines = r.lines[some:]
	}
	n.reading = nil
	if r.err != nil {
		if !r.debt.failed {
			n.link.log.Warn("cluster: cannot read yet what a node stored", "node", n.node, "err", r.err)
		}
		r.debt.after, r.debt.failed, r.debt.notUntil = r.read, true, time.Now().Add(readAgain)
		return
	}
	if r.debt.identity == n.identity {
		n.settled(r.read)
	}
	d := r.debt
	switch {
	case n.hasToSave(d):
	case d.again.After(r.began):
		d.notUntil = d.again
	default:
		n.debts = slices.Delete(n.debts, at, at+1)
		return
	}
	d.after = d.unkept.after(r.read)
}

// settled goes on with what the process says that is there, now that what it has stored
// up to some message is heard.
func (n *neighbour) settled(upto uint64) {
	n.safe = max(n.safe, upto)
	if !n.missing {
		return
	}
	n.missing, n.known, n.askAt = false, false, time.Time{}
	n.paid = true
	n.askAgain()
}
