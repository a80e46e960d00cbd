package journal

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/records"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

const (
	// changeSubject is where who has written to the book tells the others that there
	// is something to read.
	changeSubject = "teahouse.book"

	// watchInterval is how often it is looked all the same: a hint can get lost.
	watchInterval = 2 * time.Second
)

// A watcher reads what other nodes write to the book, in the order in which the
// engine has it, which is the same for all: of two who write one row at the same
// time the later counts, everywhere.
//
// What this node has written itself, at the same time or later, it knows already. A row of which the house has
// a newer value, that is not stored yet, is looked at again once it is.
type watcher struct {
	engine    *store.Store
	partition records.Partition
	notices   chan struct{} // capacity 1

	mu        sync.Mutex
	seq       uint64                     // up to where the book was read
	ownWrites map[layout.RecordID]uint64 // where after that this node wrote a row last
	enabled   bool
}

func newWatcher(e *store.Store, s records.Partition) *watcher {
	return &watcher{engine: e, partition: s, notices: make(chan struct{}, 1), ownWrites: map[layout.RecordID]uint64{}}
}

// advance notes that the book was read up to a message.
func (w *watcher) advance(seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = max(w.seq, seq)
}

// rewind has the book be read anew after a message: what was after that is gone.
func (w *watcher) rewind(seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = seq
	clear(w.ownWrites)
}

// noteOwnWrite notes that a message with a row is this node's.
func (w *watcher) noteOwnWrite(at layout.RecordID, seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.enabled && seq > w.seq {
		w.ownWrites[at] = max(w.ownWrites[at], seq)
	}
}

// isOwnWrite reports whether this node wrote a row with a message, or later.
func (w *watcher) isOwnWrite(at layout.RecordID, seq uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	mine, ok := w.ownWrites[at]
	return ok && mine >= seq
}

// markRead notes that a message with a row was read.
func (w *watcher) markRead(at layout.RecordID, seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = max(w.seq, seq)
	if w.ownWrites[at] <= seq {
		delete(w.ownWrites, at)
	}
}

func (w *watcher) position() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seq
}

// notifyPeers tells the other nodes that there is something to read.
func (w *watcher) notifyPeers() {
	if !w.engine.IsEmbedded() {
		_ = w.engine.Conn.Publish(changeSubject, nil) // they look by themselves, too
	}
}

// An ApplyFunc applies a record that another node wrote. Revision is the number of the last record that
// this node had written when it had no later value of this one. Where it has written since then,
// ApplyFunc does nothing and returns false.
type ApplyFunc func(r records.Record, revision uint64) (applied bool, err error)

// watch has apply called with the records that other nodes write from now on, those
// included that were written since Records. It is for nodes that share servers, and called
// once, after Records. It ends with the journal.
func (rs *recordStore) watch(apply ApplyFunc) error {
	for _, b := range rs.queues {
		if err := rs.watchPartition(b, apply); err != nil {
			return err
		}
	}
	return nil
}

func (rs *recordStore) watchPartition(b *recordQueue, apply ApplyFunc) error {
	b.watcher.enable()
	hints, err := rs.store.Conn.Subscribe(changeSubject, func(*nats.Msg) {
		select {
		case b.watcher.notices <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	rs.goroutines.Go(func() {
		defer func() { _ = hints.Unsubscribe() }()
		rs.runWatcher(b, apply)
	})
	return nil
}

func (w *watcher) enable() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.enabled = true
}

func (rs *recordStore) runWatcher(b *recordQueue, apply ApplyFunc) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	again := map[layout.RecordID]bool{}
	for {
		select {
		case <-b.watcher.notices:
		case <-tick.C:
		case <-rs.followCtx.Done():
			return
		}
		ctx, cancel := context.WithTimeout(rs.followCtx, store.AckTimeout)
		if err := rs.readChanges(ctx, b, apply, again); err != nil && rs.followCtx.Err() == nil {
			rs.log.Debug("journal: what other nodes wrote cannot be read yet", "err", err)
		}
		cancel()
	}
}

// readChanges hands on what was written since the last time, then what had to wait.
func (rs *recordStore) readChanges(ctx context.Context, b *recordQueue, apply ApplyFunc, again map[layout.RecordID]bool) error {
	stream := layout.PartitionStream(b.partition)
	err := rs.store.ReadAfter(ctx, stream, store.AllSubjects, b.watcher.position(), func(m layout.Message) error {
		at, err := layout.DecodeRecordID(b.partition, m.Subject)
		if err != nil {
			rs.log.Warn("journal: a row of the book cannot be read", "err", err)
		}
		moved := at.Partition() != b.partition && len(m.Data) == 0 // see migratePersonalRecords
		if err != nil || at.Table == layout.FloorKey || moved {
			b.watcher.advance(m.Seq)
			return nil
		}
		if b.watcher.isOwnWrite(at, m.Seq) || rs.applyRecord(b, at, m.Data, m.Seq, apply) {
			delete(again, at)
		} else {
			again[at] = true
		}
		b.watcher.markRead(at, m.Seq)
		return nil
	})
	if err != nil {
		return err
	}
	for at := range again {
		value, seq, err := rs.store.LastMessage(ctx, stream, at.SubjectIn(b.partition))
		if err != nil {
			return err
		}
		if b.watcher.isOwnWrite(at, seq) || rs.applyRecord(b, at, value, seq, apply) {
			delete(again, at)
		}
	}
	return nil
}

// applyRecord has a row learned. Where that fails for a fault of ours the row is left out, and
// those after it are read.
func (rs *recordStore) applyRecord(b *recordQueue, at layout.RecordID, value []byte, seq uint64, apply ApplyFunc) (applied bool) {
	defer func() {
		if failure := recover(); failure != nil {
			rs.countFailedWrite()
			rs.log.Error("journal: a record from another node caused a panic and was skipped; this is a bug in teahouse",
				"table", at.Table, "failure", failure, "stack", string(debug.Stack()))
			applied = true
		}
	}()
	row := records.Record{Table: at.Table, Key: at.Key}
	if len(value) > 0 {
		row.Value = value
	}
	applied, err := rs.applyUnlessLater(b, row, seq, apply)
	if err != nil {
		rs.log.Warn("journal: a row that another node wrote does not count here", "err", err)
	}
	return applied
}

// applyUnlessLater applies a record unless this node has a later value. It looks again where
// the node writes meanwhile.
func (rs *recordStore) applyUnlessLater(b *recordQueue, r records.Record, seq uint64, apply ApplyFunc) (applied bool, err error) {
	at, q := layout.RecordID{Table: r.Table, Key: r.Key}, rs.queueOf(r.Table)
	for {
		revision := q.lastNumber.Load()
		if q.isPending(at) || b.watcher.isOwnWrite(at, seq) {
			return false, nil
		}
		if applied, err = apply(r, revision); applied || err != nil || q.lastNumber.Load() == revision {
			return applied, err
		}
	}
}
