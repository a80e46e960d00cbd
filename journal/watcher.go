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
	// changeSubject is where a node tells the others that it has written records.
	changeSubject = "teahouse.records"

	// watchInterval is the time between reads without a hint, because hints can get lost.
	watchInterval = 2 * time.Second
)

// A watcher reads the records that other nodes write, in the order in which the engine has them.
// That order is the same for all nodes: if two write one record at the same time, the later
// write wins everywhere.
//
// The watcher skips a record that this node has itself written at the same time or later. It
// defers a record for which the hub has a newer value that is not stored yet.
type watcher struct {
	engine    *store.Store
	partition records.Partition
	notices   chan struct{} // capacity 1

	mu        sync.Mutex
	seq       uint64                     // last message read
	ownWrites map[layout.RecordID]uint64 // this node's last write of a record after that
	enabled   bool
}

func newWatcher(st *store.Store, p records.Partition) *watcher {
	return &watcher{engine: st, partition: p, notices: make(chan struct{}, 1), ownWrites: map[layout.RecordID]uint64{}}
}

// advance notes that the stream was read up to a message.
func (w *watcher) advance(seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = max(w.seq, seq)
}

// rewind makes the watcher read again after a message, because the messages after it are gone.
func (w *watcher) rewind(seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = seq
	clear(w.ownWrites)
}

// noteOwnWrite notes that this node wrote the message with a record.
func (w *watcher) noteOwnWrite(at layout.RecordID, seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.enabled && seq > w.seq {
		w.ownWrites[at] = max(w.ownWrites[at], seq)
	}
}

// isOwnWrite reports whether this node wrote a record with that message, or a later one.
func (w *watcher) isOwnWrite(at layout.RecordID, seq uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	mine, ok := w.ownWrites[at]
	return ok && mine >= seq
}

// markRead notes that the message with a record was read.
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
		_ = w.engine.Conn.Publish(changeSubject, nil) // they also look without a hint
	}
}

// An applyFunc applies a record that another node wrote. Revision is the number of the last
// record that this node had written when it was known to have no later value of this record. If
// the node has written since, applyFunc does nothing and returns false.
type applyFunc func(r records.Record, revision uint64) (applied bool, err error)

// watch calls apply with the records that other nodes write, starting with those written since all
// were read. It is for nodes that share NATS servers. It ends with the journal.
func (rs *recordStore) watch(apply applyFunc) error {
	for _, b := range rs.queues {
		if err := rs.watchPartition(b, apply); err != nil {
			return err
		}
	}
	return nil
}

func (rs *recordStore) watchPartition(b *recordQueue, apply applyFunc) error {
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

func (rs *recordStore) runWatcher(b *recordQueue, apply applyFunc) {
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

// readChanges applies what was written since the last call, then the deferred records.
func (rs *recordStore) readChanges(ctx context.Context, b *recordQueue, apply applyFunc, again map[layout.RecordID]bool) error {
	stream := layout.PartitionStream(b.partition)
	err := rs.store.ReadAfter(ctx, stream, store.AllSubjects, b.watcher.position(), func(m layout.Message) error {
		at, err := layout.DecodeRecordID(b.partition, m.Subject)
		if err != nil {
			rs.log.Warn("journal: a record cannot be read", "err", err)
		}
		if err != nil || at.Table == layout.FloorKey {
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

// applyRecord passes a record to apply. If that fails through a fault of this program, the
// record is skipped, so that later ones are still read.
func (rs *recordStore) applyRecord(b *recordQueue, at layout.RecordID, value []byte, seq uint64, apply applyFunc) (applied bool) {
	defer func() {
		if failure := recover(); failure != nil {
			rs.countFailedWrite()
			rs.log.Error("journal: a record from another node caused a panic and was skipped; this is a bug in teahouse",
				"table", at.Table, "failure", failure, "stack", string(debug.Stack()))
			applied = true
		}
	}()
	record := records.Record{Table: at.Table, Key: at.Key}
	if len(value) > 0 {
		record.Value = value
	}
	applied, err := rs.applyUnlessLater(b, record, seq, apply)
	if err != nil {
		rs.log.Warn("journal: a record from another node is ignored", "err", err)
	}
	return applied
}

// applyUnlessLater applies a record unless this node has a later value. It checks again if the
// node writes meanwhile.
func (rs *recordStore) applyUnlessLater(b *recordQueue, r records.Record, seq uint64, apply applyFunc) (applied bool, err error) {
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
