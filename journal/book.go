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

	"teahouse/room"
)

const (
	// mostRows is how many rows are taken at once, and rowsAtOnce how many of
	// those are on their way to the engine at a time.
	mostRows   = 1000
	rowsAtOnce = 64

	// settleTime is how long somebody waits for what a command has changed to be stored.
	settleTime = 2 * time.Second
)

// spaceBytes is how large the stream of a space may become. What would make it larger is not
// stored, as nothing may fall out of it in silence. Rows alone do not: there is room for
// the markers of as many more.
func spaceBytes(s room.Space) int64 { return s.Most() + s.Most()/4 }

// A book holds the rows of one space that are not stored yet. It has no others: the house
// has them all in memory.
type book struct {
	space   room.Space
	watch   *watch
	numbers *atomic.Uint64 // the number of the latest row, of whichever space
	wake    chan struct{}  // capacity 1: there are rows to store

	mu      sync.Mutex
	waiting map[place]written // the latest values
	storing map[place]written // what was taken to be stored
	moved   chan struct{}     // closed, and made anew, when some were stored
	err     error             // why that failed; nil once all are stored
	since   time.Time         // when that began
}

// A written is a row that the engine has yet to be told of.
type written struct {
	at    place
	value []byte // nil for a row that is to go
	first uint64 // the number of the oldest row of this place that is not stored
	last  uint64 // its own

	refused bool // the engine has refused it: it is tried again, but holds up no other
}

func newBook(s room.Space, numbers *atomic.Uint64, e *engine) *book {
	return &book{
		space: s, watch: newWatch(e, s), numbers: numbers,
		wake: make(chan struct{}, 1), waiting: map[place]written{}, moved: make(chan struct{}),
	}
}

// newBooks returns one for each space.
func newBooks(e *engine) (books []*book) {
	numbers := &atomic.Uint64{}
	for _, s := range spaces() {
		books = append(books, newBook(s, numbers, e))
	}
	return books
}

// bookOf returns the book that a table is in.
func (j *Journal) bookOf(table string) *book {
	i := slices.IndexFunc(j.books, func(b *book) bool { return b.space == room.SpaceOf(table) })
	return j.books[i]
}

// Write stores a row soon, and returns its number, which is for [Journal.Settle]. It never
// waits, and may be called with the house locked. The value is the journal's from then on.
// Rows of a space are stored in the order in which they were written last, as long as none is refused;
// if the process dies meanwhile, the later ones may be missing. Rows that are written after
// Close began may be lost.
func (j *Journal) Write(r room.Row) uint64 {
	at := place{r.Table, r.Key}
	if err := at.check(); err != nil || r.Table == floorKey {
		panic(fmt.Sprintf("journal: %q is no name of a table", r.Table)) // tables are named in our code
	}
	return j.bookOf(r.Table).write(at, r.Value)
}

// Settle waits until the rows with the numbers after one up to another are stored, for
// settleTime at most. The error is [room.ErrNotStored], or [room.ErrNeverStored] where the
// engine refuses one.
func (j *Journal) Settle(after, last uint64) error {
	ctx, cancel := context.WithTimeout(j.working, settleTime)
	defer cancel()
	for _, b := range j.books {
		if err := b.settle(ctx, after, last); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) settle(ctx context.Context, after, last uint64) error {
	for {
		moved, err := b.settled(after, last)
		if !errors.Is(err, room.ErrNotStored) {
			return err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return err
		}
	}
}

// Rows returns the rows that are stored, those of each space in the order in which they
// were written. It is for the start, before the first Write.
func (j *Journal) Rows(ctx context.Context) ([]room.Row, error) {
	var rows []room.Row
	var wrong unreadable
	found := map[place]int{}
	for _, b := range j.books {
		stored, err := spaceBucket(j.engine, b.space).read(ctx)
		if err != nil {
			return nil, fmt.Errorf("journal: cannot read the book: %w", err)
		}
		b.watch.read(stored.last)
		for _, m := range stored.live() {
			at, err := decodePlace(b.space, m.Subject)
			if err != nil {
				wrong.add(err)
				continue
			}
			row := room.Row{Table: at.table, Key: at.key, Value: m.Data}
			if i, ok := found[at]; ok { // in the space of before, too, see moveDesk
				rows[i] = row
				continue
			}
			found[at] = len(rows)
			rows = append(rows, row)
		}
	}
	if wrong.count > 0 {
		j.log.Warn("journal: rows of the book cannot be read, and do not count", wrong.fields()...)
	}
	return rows, nil
}

func (b *book) write(at place, value []byte) (n uint64) {
	b.mu.Lock()
	n = b.numbers.Add(1)
	row := written{at: at, value: value, first: n, last: n}
	if earlier, ok := b.waiting[at]; ok {
		row.first = earlier.first
	}
	b.waiting[at] = row
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return n
}

// settled returns no error where the rows with the numbers after one up to another are stored;
// else why they are not, and what is closed once that may have changed. A later value of the
// same row is not stored sooner than the one that it takes the place of.
func (b *book) settled(after, last uint64) (moved <-chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, rows := range []map[place]written{b.storing, b.waiting} {
		for _, row := range rows {
			switch {
			case row.first > last || row.last <= after:
			case row.refused:
				return nil, room.ErrNeverStored
			default:
				err = room.ErrNotStored
			}
		}
	}
	return b.moved, err
}

// take returns rows to store, those first that were written first, if there are any. Those
// that were refused come last, and only where they are to be tried again. It is for one
// goroutine, which says with stored what became of them.
func (b *book) take(again bool) []written {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rows []written
	for _, row := range b.waiting {
		if again || !row.refused {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(x, y written) int {
		if x.refused != y.refused {
			return map[bool]int{true: 1, false: -1}[x.refused]
		}
		return cmp.Compare(x.last, y.last)
	})
	rows = rows[:min(len(rows), mostRows)]
	b.storing = make(map[place]written, len(rows))
	for _, row := range rows {
		b.storing[row.at] = row
		delete(b.waiting, row.at)
	}
	return rows
}

// stored says that all rows that take returned are stored but for some, which
// wait again unless there is a later value.
func (b *book) stored(left []written) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.storing = nil
	for _, row := range left {
		if later, ok := b.waiting[row.at]; ok {
			later.first = row.first
			row = later
		}
		b.waiting[row.at] = row
	}
	close(b.moved)
	b.moved = make(chan struct{})
}

// waits returns how many rows wait, and how many of those were not refused.
func (b *book) waits() (all, fresh int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, row := range b.waiting {
		if !row.refused {
			fresh++
		}
	}
	return len(b.waiting), fresh
}

// status returns how many rows wait to be stored, and why, if there is a reason.
func (b *book) status() (rows int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting) + len(b.storing), b.err
}

// isNewer reports whether there is a value of a row that is not stored yet.
func (b *book) isNewer(at place) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, waiting := b.waiting[at]
	_, storing := b.storing[at]
	return waiting || storing
}

// failed notes why rows could not be stored, and reports whether that is news.
func (b *book) failed(err error) (began bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if began = b.err == nil; began {
		b.since = time.Now()
	}
	b.err = err
	return began
}

// worked notes that all rows are stored. It reports for how long they were not,
// if there was a failure.
func (b *book) worked() (away time.Duration, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	failed = b.err != nil
	b.err = nil
	return time.Since(b.since), failed
}

// keepBook stores rows of a space until the journal closes, then those that are left.
func (j *Journal) keepBook(b *book) {
	for closing := false; !closing; {
		select {
		case <-b.wake:
		case <-j.following.Done():
			closing = true
		}
		j.storeBook(b)
	}
}

// storeBook stores rows until none is left, however long that takes, or until
// the journal has to close. After a failure all wait; after a refusal those that were
// refused do.
func (j *Journal) storeBook(b *book) {
	retry, due := leastRetry, time.Now()
	for all, _ := b.waits(); all > 0; all, _ = b.waits() {
		began := time.Now()
		again := !began.Before(due)
		left, err := j.storeRows(b, b.take(again))
		b.stored(left)
		b.watch.hint()
		if _, fresh := b.waits(); err == nil && fresh > 0 {
			continue
		}
		if err != nil {
			j.bookFailed(b, err)
		}
		if again {
			due, retry = time.Now().Add(retry), min(2*retry, mostRetry)
		}
		if all, _ := b.waits(); all > 0 && !j.pause(b, due, err) {
			return
		}
		j.reviveForBook(err, began)
	}
	if away, failed := b.worked(); failed {
		j.log.Info("the book is written again", "space", b.space, "away", away.Round(time.Millisecond))
	}
}

// bookFailed notes why rows could not be stored. It is logged when that begins.
func (j *Journal) bookFailed(b *book, err error) {
	j.countFailed()
	if why := j.engine.explain(err); b.failed(why) {
		j.log.Error("the book cannot be written; the house goes on", "space", b.space, "err", why)
	}
	if isRefusal(err) {
		j.press()
	}
}

// pause waits until some moment or, where rows were only refused, until there are others.
// It returns false where the journal has to close first: those that are refused are given up
// as soon as it is to.
func (j *Journal) pause(b *book, until time.Time, err error) bool {
	var more, closing <-chan struct{}
	if err == nil || isRefusal(err) {
		if j.following.Err() != nil {
			return false
		}
		more, closing = b.wake, j.following.Done()
	}
	select {
	case <-time.After(time.Until(until)):
	case <-more:
	case <-closing:
	case <-j.working.Done():
		return false
	}
	return true
}

// reviveForBook does what may help after rows could not be stored, which was
// begun at some moment.
func (j *Journal) reviveForBook(err error, began time.Time) {
	if err == nil || isRefusal(err) {
		return
	}
	if err := j.engine.revive(j.working, began); err != nil {
		j.log.Debug("journal: the book's store does not start", "err", err)
	}
}

// storeRows stores rows, in their order, and returns those that it could not store,
// and why. A row that the engine refuses keeps no other from being stored. Of one that
// is to go it stores a marker, see [bucket].
func (j *Journal) storeRows(b *book, rows []written) (left []written, err error) {
	ctx, cancel := context.WithTimeout(j.working, ackTime)
	defer cancel()
	for some := range slices.Chunk(rows, rowsAtOnce) {
		messages := make([]*nats.Msg, len(some))
		for i, row := range some {
			messages[i] = &nats.Msg{Subject: row.at.subject(), Data: row.value}
		}
		for i, sent := range j.engine.publishAll(ctx, messages) {
			if sent.err == nil {
				b.watch.wrote(some[i].at, sent.seq)
				continue
			}
			row := some[i]
			row.refused = isRefusal(sent.err)
			left = append(left, row)
			if err == nil || isRefusal(err) {
				err = sent.err
			}
		}
	}
	return left, err
}

// isRefusal reports whether the engine works, but takes no row of that size: the space or
// the account is full, or the row larger than a message may be.
func isRefusal(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, nats.ErrMaxPayload) ||
		errors.As(err, &api) && strings.Contains(api.Description, "exceed")
}
