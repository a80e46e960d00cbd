package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/ids"
	"teahouse/internal/records"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// Config says where a journal stores its data, and how much it keeps.
type Config = store.Config

// A Journal is a [room.MessageStore], which reads what happens in the rooms and stores it, and a
// [records.Store].
type Journal struct {
	*env
	history         *history
	records         *recordStore
	privateMessages *privateMessages
	people          *peopleCache
	eraser          *eraser
	backfills       *backfills
	exportSlot      chan struct{} // capacity 1: one export runs at a time
	closeOnce       sync.Once
}

var (
	_ room.MessageStore = (*Journal)(nil)
	_ records.Store     = (*Journal)(nil)
)

// Open starts the embedded engine, or connects to NATS servers, retrying until ctx is done, and
// loads the known people. If it finds data that it cannot read, it changes nothing and returns
// an error. Two journals must not share a directory at the same time.
//
// Make a hub with the journal as its stores, and pass it to [Journal.Start].
func Open(ctx context.Context, c Config) (*Journal, error) {
	if c.Log == nil {
		c.Log = log.New(io.Discard)
	}
	node, dir, err := layout.OpenFolder(c.Dir)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, c, dir)
	if err != nil {
		return nil, err
	}
	epoch := strconv.FormatInt(time.Now().UnixNano(), 36)
	j := newJournal(newEnv(c, st, node, node+"."+epoch))
	err = st.Prepare(ctx, dir)
	if err == nil {
		err = j.people.load(ctx, st, c.Log)
	}
	if err != nil {
		st.Close()
		return nil, err
	}
	if err := j.privateMessages.recipients.load(ctx, j.store); err != nil { // then the engine is asked about everybody
		j.log.Warn("journal: cannot find out for whom private messages wait", "err", j.store.Explain(err))
	}
	if st.Watermarks != nil {
		j.goroutines.Go(func() { st.RunWatermarks(j.followCtx) })
	}
	for _, b := range j.records.queues {
		j.goroutines.Go(func() { j.records.run(b) })
	}
	j.goroutines.Go(func() { st.RunCompaction(j.followCtx, j.records.compactionRequests) })
	return j, nil
}

func newJournal(v *env) *Journal {
	people, indexes := newPeopleCache(v.node), newIndexes()
	er := newEraser(v, people, indexes)
	return &Journal{
		env:             v,
		history:         &history{env: v, people: people, indexes: indexes, eraser: er},
		records:         newRecordStore(v),
		privateMessages: &privateMessages{env: v, eraser: er, postSlot: make(chan struct{}, 1)},
		people:          people,
		eraser:          er,
		backfills:       &backfills{},
		exportSlot:      make(chan struct{}, 1),
	}
}

// Start fills a hub, whose stores are j, with what is stored. From then on, until [Journal.Close], it
// stores what happens in the rooms, applies the records that other nodes write, and stores again
// what the streams have lost. Call it once, before anybody enters. It gives up when ctx ends.
//
// If Config.HistoryLimits has no lines, the journal only serves for records: neither messages nor
// joins and leaves are stored. What an earlier run stored stays, within the limits Age and Bytes.
func (j *Journal) Start(ctx context.Context, h *room.Hub) error {
	stored, err := j.records.all(ctx)
	if err != nil {
		return err
	}
	if err := h.Load(stored); err != nil {
		j.log.Error("some records cannot be read and are ignored", "err", err)
	}
	j.monitorStreams(ctx, h)
	if j.config.HistoryLimits.Lines > 0 {
		if err := j.loadHistory(ctx, h); err != nil {
			return err
		}
		j.follow(h)
	}
	if j.store.IsEmbedded() {
		return nil // nobody else writes
	}
	return j.records.watch(h.ApplyRemote)
}

// follow starts storing what happens in all rooms. Nobody has entered yet.
func (j *Journal) follow(h *room.Hub) {
	j.people.subscribe(h.SubscribeLobby())
	w := &writer{history: j.history, backfills: j.backfills, subscription: h.Subscribe(), closedRooms: map[ids.Room]uint64{}}
	j.subscription.Store(w.subscription)
	j.goroutines.Go(w.run)
	j.goroutines.Go(j.eraser.run)
}

// errFellBehind is the logged reason for events lost without a write error.
var errFellBehind = errors.New("they were more than the room keeps in memory")

// errClosing is the logged reason for records not stored without a write error.
var errClosing = errors.New("they came while the journal closed")

// Close stores the events left in the rings and the waiting records until ctx is done, and stops
// the engine. The error says what could not be stored. Later calls do nothing.
func (j *Journal) Close(ctx context.Context) (err error) {
	j.closeOnce.Do(func() { err = j.close(ctx) })
	return err
}

func (j *Journal) close(ctx context.Context) error {
	lost := j.Status().Lost
	j.stopFollowing()
	aborting := context.AfterFunc(ctx, j.abortWork)
	j.goroutines.Wait()
	aborting()
	j.abortWork()
	failed := j.people.storeAtClose(ctx, j.store)
	j.store.CloseWatermarks(ctx)
	j.store.Close()
	if failed != nil {
		failed = fmt.Errorf("journal: the users online could not be stored: %w", failed)
	}
	s := j.Status()
	if s.Lost > lost {
		failed = errors.Join(failed, fmt.Errorf("journal: %d events could not be stored: %w", s.Lost-lost, cmp.Or(s.Err, errFellBehind)))
	}
	if s.PendingRecords > 0 {
		failed = errors.Join(failed, fmt.Errorf("journal: %d records could not be stored: %w", s.PendingRecords, cmp.Or(s.AuthorityErr, s.PersonalErr, errClosing)))
	}
	return failed
}
