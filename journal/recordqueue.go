package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/records"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

const (
	// maxRecordsPerRound is the maximum number of records taken at once.
	maxRecordsPerRound = 1000

	// settleTimeout is how long a caller waits for a command's changes to be stored.
	settleTimeout = 2 * time.Second
)

// A recordQueue holds the records of one partition that are not stored yet. It needs no others:
// the hub has all records in memory.
type recordQueue struct {
	partition  records.Partition
	watcher    *watcher
	lastNumber *atomic.Uint64 // number of the latest record in any partition
	wake       chan struct{}  // capacity 1: there are records to store

	mu           sync.Mutex
	waiting      map[layout.RecordID]pendingRecord // latest values
	storing      map[layout.RecordID]pendingRecord // values taken to be stored
	stored       chan struct{}                     // closed, and replaced, when some were stored
	failure      error                             // why storing failed; nil once all are stored
	failingSince time.Time                         // when that began
}

// A pendingRecord is a record that is not stored yet.
type pendingRecord struct {
	id           layout.RecordID
	value        []byte // nil deletes the record
	oldestNumber uint64 // number of the oldest value of this record that is not stored
	number       uint64 // number of this value

	rejected bool // the engine rejected it: it is retried, but does not hold up others
}

func newRecordQueue(p records.Partition, numbers *atomic.Uint64, st *store.Store) *recordQueue {
	return &recordQueue{
		partition: p, watcher: newWatcher(st, p), lastNumber: numbers,
		wake: make(chan struct{}, 1), waiting: map[layout.RecordID]pendingRecord{}, stored: make(chan struct{}),
	}
}

// A recordStore stores records, and reads those that other nodes have stored.
type recordStore struct {
	*env
	queues             []*recordQueue // one for each partition
	compactionRequests chan struct{}  // capacity 1: a bucket is to be compacted
}

func newRecordStore(v *env) *recordStore {
	return &recordStore{env: v, queues: newRecordQueues(v.store), compactionRequests: make(chan struct{}, 1)}
}

// newRecordQueues returns one queue for each partition.
func newRecordQueues(st *store.Store) (queues []*recordQueue) {
	numbers := &atomic.Uint64{}
	for _, p := range layout.Partitions() {
		queues = append(queues, newRecordQueue(p, numbers, st))
	}
	return queues
}

// queueOf returns the queue of the partition that a table is in.
func (rs *recordStore) queueOf(table string) *recordQueue {
	i := slices.IndexFunc(rs.queues, func(b *recordQueue) bool { return b.partition == room.PartitionOf(table) })
	return rs.queues[i]
}

// write queues a record and returns its number, which is for [Journal.WaitStored]. It never
// blocks, and may be called with the hub's lock held. The journal owns the value from then on.
// Records of a partition are stored in the order of their last writes, as long as the engine
// rejects none; if the process dies meanwhile, the later ones may be missing. Records written
// after Close has begun may be lost.
func (rs *recordStore) write(r records.Record) uint64 {
	at := layout.RecordID{Table: r.Table, Key: r.Key}
	if err := at.CheckTable(); err != nil || r.Table == layout.FloorKey {
		panic(fmt.Sprintf("journal: %q is not a table name", r.Table)) // table names are constants of this program
	}
	return rs.queueOf(r.Table).push(at, r.Value)
}

// waitStored implements [Journal.WaitStored].
func (rs *recordStore) waitStored(ctx context.Context, after, last uint64) error {
	ctx, cancel := rs.limit(ctx, settleTimeout)
	defer cancel()
	for _, b := range rs.queues {
		if err := b.waitStored(ctx, after, last); err != nil {
			return err
		}
	}
	return nil
}

func (q *recordQueue) waitStored(ctx context.Context, after, last uint64) error {
	for {
		moved, err := q.checkStored(after, last)
		if !errors.Is(err, records.ErrNotStored) {
			return err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return err
		}
	}
}

// all returns the stored records, those of each partition in the order in which they were
// written. Call it at the start, before the first Write.
func (rs *recordStore) all(ctx context.Context) ([]records.Record, error) {
	var all []records.Record
	var wrong unreadableCount
	for _, b := range rs.queues {
		stored, err := store.PartitionBucket(rs.store, b.partition).Read(ctx)
		if err != nil {
			return nil, fmt.Errorf("journal: cannot read the records: %w", err)
		}
		b.watcher.advance(stored.LastSeq)
		for _, m := range stored.Live() {
			at, err := layout.DecodeRecordID(b.partition, m.Subject)
			if err != nil {
				wrong.add(err)
				continue
			}
			all = append(all, records.Record{Table: at.Table, Key: at.Key, Value: m.Data})
		}
	}
	if wrong.count > 0 {
		rs.log.Warn("journal: unreadable records are ignored", wrong.fields()...)
	}
	return all, nil
}

func (q *recordQueue) push(at layout.RecordID, value []byte) (n uint64) {
	q.mu.Lock()
	n = q.lastNumber.Add(1)
	record := pendingRecord{id: at, value: value, oldestNumber: n, number: n}
	if earlier, ok := q.waiting[at]; ok {
		record.oldestNumber = earlier.oldestNumber
	}
	q.waiting[at] = record
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return n
}

// checkStored returns nil if the records numbered from after+1 to last are stored. Otherwise it
// returns why they are not, and a channel that is closed once that may have changed. A value
// that was overwritten while it waited counts as stored once its replacement is.
func (q *recordQueue) checkStored(after, last uint64) (moved <-chan struct{}, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, queued := range []map[layout.RecordID]pendingRecord{q.storing, q.waiting} {
		for _, record := range queued {
			switch {
			case record.oldestNumber > last || record.number <= after:
			case record.rejected:
				return nil, records.ErrRefused
			default:
				err = records.ErrNotStored
			}
		}
	}
	return q.stored, err
}

// take returns the records to store, if any, in the order in which they were written. Rejected
// ones come last, and only if again is set. Only one goroutine may call it; it reports the
// result with requeue.
func (q *recordQueue) take(again bool) []pendingRecord {
	q.mu.Lock()
	defer q.mu.Unlock()
	var batch []pendingRecord
	for _, record := range q.waiting {
		if again || !record.rejected {
			batch = append(batch, record)
		}
	}
	slices.SortFunc(batch, func(x, y pendingRecord) int {
		if x.rejected != y.rejected {
			return map[bool]int{true: 1, false: -1}[x.rejected]
		}
		return cmp.Compare(x.number, y.number)
	})
	batch = batch[:min(len(batch), maxRecordsPerRound)]
	q.storing = make(map[layout.RecordID]pendingRecord, len(batch))
	for _, record := range batch {
		q.storing[record.id] = record
		delete(q.waiting, record.id)
	}
	return batch
}

// requeue ends what take began: all records are stored, except those left, which wait again
// unless they have a later value.
func (q *recordQueue) requeue(left []pendingRecord) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.storing = nil
	for _, record := range left {
		if later, ok := q.waiting[record.id]; ok {
			later.oldestNumber = record.oldestNumber
			record = later
		}
		q.waiting[record.id] = record
	}
	close(q.stored)
	q.stored = make(chan struct{})
}

// countWaiting returns how many records wait, and how many of those were not rejected.
func (q *recordQueue) countWaiting() (all, fresh int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, record := range q.waiting {
		if !record.rejected {
			fresh++
		}
	}
	return len(q.waiting), fresh
}

// status returns how many records wait to be stored, and the reason, if there is one.
func (q *recordQueue) status() (pending int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) + len(q.storing), q.failure
}

// isPending reports whether a record has a value that is not stored yet.
func (q *recordQueue) isPending(at layout.RecordID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, waiting := q.waiting[at]
	_, storing := q.storing[at]
	return waiting || storing
}

// noteFailure records why storing failed, and reports whether an outage began.
func (q *recordQueue) noteFailure(err error) (began bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if began = q.failure == nil; began {
		q.failingSince = time.Now()
	}
	q.failure = err
	return began
}

// noteSuccess records that all records are stored. It reports for how long they were not, if
// there was a failure.
func (q *recordQueue) noteSuccess() (away time.Duration, failed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	failed = q.failure != nil
	q.failure = nil
	return time.Since(q.failingSince), failed
}

// run stores the records of a partition until the journal closes, then those that are left.
func (rs *recordStore) run(b *recordQueue) {
	for closing := false; !closing; {
		select {
		case <-b.wake:
		case <-rs.followCtx.Done():
			closing = true
		}
		rs.drain(b)
	}
}

// drain stores records until none is left, however long that takes, or until the journal has to
// close. After a failure all records wait; after a rejection only the rejected ones do.
func (rs *recordStore) drain(b *recordQueue) {
	retry, due := minRetryDelay, time.Now()
	for all, _ := b.countWaiting(); all > 0; all, _ = b.countWaiting() {
		began := time.Now()
		again := !began.Before(due)
		left, err := rs.storeSome(b, b.take(again))
		b.requeue(left)
		b.watcher.notifyPeers()
		if _, fresh := b.countWaiting(); err == nil && fresh > 0 {
			continue
		}
		if err != nil {
			rs.noteFailed(b, err)
		}
		if again {
			due, retry = time.Now().Add(retry), min(2*retry, maxRetryDelay)
		}
		if all, _ := b.countWaiting(); all > 0 && !rs.waitBeforeRetry(b, due, err) {
			return
		}
		rs.reviveForRecords(err, began)
	}
	if away, failed := b.noteSuccess(); failed {
		rs.log.Info("records are written again", "partition", b.partition, "away", away.Round(time.Millisecond))
	}
}

// noteFailed records why storing failed, and logs the start of an outage.
func (rs *recordStore) noteFailed(b *recordQueue, err error) {
	rs.countFailedWrite()
	if why := rs.store.Explain(err); b.noteFailure(why) {
		rs.log.Error("records cannot be written; the server goes on", "partition", b.partition, "err", why)
	}
	if isRejection(err) {
		rs.requestCompaction()
	}
}

// waitBeforeRetry waits until the given time or, if records were only rejected, until there are
// others. It returns false if the journal has to close first; rejected records are given up as
// soon as the journal closes.
func (rs *recordStore) waitBeforeRetry(b *recordQueue, until time.Time, err error) bool {
	var more, closing <-chan struct{}
	if err == nil || isRejection(err) {
		if rs.followCtx.Err() != nil {
			return false
		}
		more, closing = b.wake, rs.followCtx.Done()
	}
	select {
	case <-time.After(time.Until(until)):
	case <-more:
	case <-closing:
	case <-rs.workCtx.Done():
		return false
	}
	return true
}

// reviveForRecords restarts the engine, where that may help, after a write has failed that
// started at began.
func (rs *recordStore) reviveForRecords(err error, began time.Time) {
	if err == nil || isRejection(err) {
		return
	}
	if err := rs.store.Revive(rs.workCtx, began); err != nil {
		rs.log.Debug("journal: the store does not start", "err", err)
	}
}

// storeSome stores records in order, and returns those that it could not store, and why. A
// rejected record does not keep others from being stored. For a deleted record it stores a
// marker, see [store.Bucket].
func (rs *recordStore) storeSome(b *recordQueue, batch []pendingRecord) (left []pendingRecord, err error) {
	ctx, cancel := context.WithTimeout(rs.workCtx, store.AckTimeout)
	defer cancel()
	for some := range slices.Chunk(batch, store.PublishBatchSize) {
		messages := make([]*nats.Msg, len(some))
		for i, record := range some {
			messages[i] = &nats.Msg{Subject: record.id.Subject(), Data: record.value}
		}
		for i, sent := range rs.store.PublishAll(ctx, messages) {
			if sent.Err == nil {
				b.watcher.noteOwnWrite(some[i].id, sent.Seq)
				continue
			}
			record := some[i]
			record.rejected = isRejection(sent.Err)
			left = append(left, record)
			if err == nil || isRejection(err) {
				err = sent.Err
			}
		}
	}
	return left, err
}

// isRejection reports whether the engine works but rejects this record: the partition or the
// account is full, or the record is larger than a message may be.
func isRejection(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, nats.ErrMaxPayload) ||
		errors.As(err, &api) && strings.Contains(api.Description, "exceed")
}

// requestCompaction asks for a check soon whether a bucket needs compacting.
func (rs *recordStore) requestCompaction() {
	select {
	case rs.compactionRequests <- struct{}{}:
	default:
	}
}
