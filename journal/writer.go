package journal

import (
	"context"
	"slices"
	"time"

	"teahouse/room"
)

const (
	// batchEvents is how many events the writer takes at once.
	batchEvents = 1024

	// gatherTime is how long it lets events gather before it takes them: a
	// message then holds more of them, a busy room costs ten messages a second,
	// and those who wait to read a line are served before it is stored. What it
	// costs is that a process that is killed takes as much of the talk with it.
	// Where enough for a message has gathered it does not wait: it looks every
	// glanceTime.
	gatherTime = 100 * time.Millisecond
	glanceTime = 20 * time.Millisecond

	// ackTime is how long an acknowledgement may take.
	ackTime = 3 * time.Second

	// eraseTime is how long it may take to erase what somebody said.
	eraseTime = time.Minute

	// After an error it tries again after leastRetry, then less and less often.
	leastRetry = 250 * time.Millisecond
	mostRetry  = time.Second

	// mostRemoved is how many messages beyond the limit are dropped for each
	// one that is stored.
	mostRemoved = 64
)

// A writer is the goroutine that stores what happens in the rooms.
type writer struct {
	*Journal
	from   *room.Followers
	behind *outage           // nil while it keeps up
	closed map[string]uint64 // rooms whose talk is to be erased, up to a message
}

// An outage is a time in which nothing could be written, until what had waited
// is written.
type outage struct {
	began time.Time
	kept  uint64 // events, by then
	lost  uint64
}

// run stores events until the journal closes, then what is left in the ring.
func (w *writer) run() {
	buf := make([]*room.Event, 0, batchEvents)
	for {
		err := w.gather()
		name, events := w.take(buf)
		if err != nil && len(events) == 0 {
			w.saveLast()
			return
		}
		w.clearClosed() // after that: a room may be closed, and another founded, at any time
		if !w.keep(name, events) {
			w.giveUp(buf)
			w.saveLast()
			return
		}
		if w.from.Behind() < batchEvents/2 {
			w.recovered()
		}
		began := time.Now()
		if err := w.storePeople(w.working); err != nil {
			w.log.Debug("journal: who is here is not stored yet", "err", w.engine.explain(err))
			w.reviveInside(began)
		}
	}
}

// gather waits until something happens, or somebody who could not be stored is
// to be tried again; and then lets more happen. When the journal closes, it
// returns an error.
func (w *writer) gather() error {
	ctx, cancel := w.following, context.CancelFunc(func() {})
	if w.people.isDirty() || len(w.closed) > 0 {
		ctx, cancel = context.WithTimeout(ctx, peopleRetry)
	}
	defer cancel()
	if w.from.Wait(ctx) != nil {
		return w.following.Err()
	}
	glance := time.NewTicker(glanceTime)
	defer glance.Stop()
	for waited := time.Duration(0); waited < gatherTime && w.from.Behind() < batchEvents/2; waited += glanceTime {
		select {
		case <-glance.C:
		case <-w.following.Done():
			return w.following.Err()
		}
	}
	return w.following.Err()
}

// clearClosed erases what was said in rooms that are closed: up to the last message
// that is known by then, since one of the same name may be founded at any time. What
// fails is tried again, and by the next Restore.
func (w *writer) clearClosed() {
	for _, name := range w.from.Closed() {
		if last := w.indexes.close(name); last > 0 {
			w.closed[name] = last
		}
	}
	for name, last := range w.closed {
		ctx, cancel := context.WithTimeout(w.working, ackTime)
		err := w.engine.clear(ctx, roomStream, roomSubject(name), last+1)
		cancel()
		if err != nil {
			w.log.Debug("journal: what was said in a room that is closed is not erased yet", "err", w.engine.explain(err))
			return
		}
		delete(w.closed, name)
	}
}

// keep stores events of a room, however long that takes. It reports false where the
// journal had to close before; what was not stored is counted as lost.
func (w *writer) keep(name string, events []*room.Event) bool {
	defer w.keepFrom("", nil)
	w.countMissed(events)
	events = happenedHere(events)
	if w.config.Memory.Lines <= 0 {
		events = tombstones(events) // nothing that is said is to be remembered
	}
	batches := makeBatches(events, w.identity)
	for i, b := range batches {
		if !w.insist(func(ctx context.Context) error { return w.storeOwn(ctx, name, b) }) {
			for _, left := range batches[i:] {
				w.countLost(uint64(left.entry.Events))
			}
			return false
		}
		w.countKept(b.entry.Events)
		if b.tombstone != nil {
			w.eraser.add(map[string]*record{b.tombstone.Key: b.tombstone})
		}
	}
	w.trim(name)
	return true
}

// happenedHere returns the events that no other node stores.
func happenedHere(events []*room.Event) []*room.Event {
	return slices.DeleteFunc(events, func(e *room.Event) bool { return e.From != "" })
}

// tombstones returns the events by which somebody wants to be forgotten.
func tombstones(events []*room.Event) (forgot []*room.Event) {
	for _, e := range events {
		if e.Kind == room.Forgot {
			forgot = append(forgot, e)
		}
	}
	return forgot
}

// countMissed counts what fell off the ring before it could be read.
func (w *writer) countMissed(events []*room.Event) {
	for _, e := range events {
		if e.Kind != room.Missed || len(e.Args) == 0 {
			continue
		}
		if n, ok := e.Args[0].(uint64); ok {
			w.countLost(n)
			w.log.Error("the journal fell behind; some of what happened is not stored", "events", n)
		}
	}
}

// storeOwn stores a batch of this process's.
func (w *writer) storeOwn(ctx context.Context, name string, b *batch) error {
	if err := w.store(ctx, name, b); err != nil {
		return err
	}
	w.reached.Store(b.entry.Seq)
	return nil
}

// store sends a batch and waits for the acknowledgement.
func (j *Journal) store(ctx context.Context, name string, b *batch) error {
	ctx, cancel := context.WithTimeout(ctx, ackTime)
	defer cancel()
	seq, err := j.engine.publish(ctx, roomSubject(name), b.id+"."+encodeToken(name), b.data.Bytes())
	if err != nil {
		return err
	}
	b.entry.Seq = seq
	j.indexes.with(name, func(x *index) { x.add(b.entry) })
	return nil
}

// insist does something until it succeeds. It reports false where the journal
// had to close before.
func (w *writer) insist(do func(context.Context) error) bool {
	for retry := leastRetry; ; retry = min(2*retry, mostRetry) {
		began := time.Now()
		err := do(w.working)
		if err == nil {
			w.worked()
			return true
		}
		if w.behind == nil {
			s := w.Status()
			w.behind = &outage{began: time.Now(), kept: s.Kept, lost: s.Lost}
		}
		w.failed(w.engine.explain(err))
		select {
		case <-time.After(retry):
		case <-w.working.Done():
			return false
		}
		w.people.catchUp()
		if err := w.engine.revive(w.working, began); err != nil {
			w.failed(err)
		}
	}
}

// recovered logs the end of an outage, once all that had waited is stored.
func (w *writer) recovered() {
	if w.behind == nil {
		return
	}
	s := w.Status()
	w.log.Info("the journal is written again", "away", time.Since(w.behind.began).Round(time.Millisecond),
		"caught up", s.Kept-w.behind.kept, "lost", s.Lost-w.behind.lost)
	w.behind = nil
}

// giveUp counts what is left in the ring as lost.
func (w *writer) giveUp(buf []*room.Event) {
	for {
		_, events := w.from.Take(buf)
		if len(events) == 0 {
			return
		}
		w.countMissed(events)
		for _, b := range makeBatches(events, w.identity) {
			w.countLost(uint64(b.entry.Events))
		}
	}
}

// trim drops what is beyond the limits of a room. What fails is left to the next Restore.
func (w *writer) trim(name string) {
	var exceeds bool
	w.indexes.with(name, func(x *index) { exceeds = x.exceeds(w.config.Memory.In(name), time.Now()) })
	if !exceeds {
		return
	}
	ctx, cancel := context.WithTimeout(w.working, ackTime)
	defer cancel()
	kept, err := w.engine.keeps(ctx)
	if err != nil {
		w.log.Debug("journal: nobody knows what other nodes keep, and old lines stay for now", "err", err)
		return
	}
	var seqs []uint64
	w.indexes.with(name, func(x *index) { seqs = x.excess(kept.In(name), time.Now(), mostRemoved) })
	if len(seqs) == 0 {
		return
	}
	if err := w.engine.remove(ctx, roomStream, seqs); err != nil {
		w.log.Debug("journal: old lines stay for now", "err", err)
	}
}
