package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/room"
)

const (
	// bookBytes is how large the book may become. What would make it larger is
	// not stored, as nothing may fall out of it in silence.
	bookBytes = 64 << 20

	// mostRows is how many rows are taken at once, and rowsAtOnce how many of
	// those are on their way to the engine at a time.
	mostRows   = 1000
	rowsAtOnce = 64

	// settleTime is how long somebody waits for what a command has changed to be stored.
	settleTime = 2 * time.Second
)

// A book holds the rows that are not stored yet. It has no others: the house
// has them all in memory.
type book struct {
	wake chan struct{} // capacity 1: there are rows to store

	mu      sync.Mutex
	last    uint64            // the number of the latest row
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
}

// A place is what a row is stored under.
type place struct{ table, key string }

func newBook() *book {
	return &book{wake: make(chan struct{}, 1), waiting: map[place]written{}, moved: make(chan struct{})}
}

// Write stores a row soon, and returns its number, which is for [Journal.Settle]. It never
// waits, and may be called with the house locked. The value is the journal's from then on.
// Rows are stored in the order in which they were written last, as long as none is refused;
// if the process dies meanwhile, the later ones may be missing. Rows that are written after
// Close began may be lost.
func (j *Journal) Write(r room.Row) uint64 {
	at := place{r.Table, r.Key}
	if err := at.check(); err != nil || r.Table == floorKey {
		panic(fmt.Sprintf("journal: %q is no name of a table", r.Table)) // tables are named in our code
	}
	return j.book.write(at, r.Value)
}

// Settle waits until the rows with the numbers after one up to another are stored, for
// settleTime at most. It reports whether they are.
func (j *Journal) Settle(after, last uint64) bool {
	ctx, cancel := context.WithTimeout(j.working, settleTime)
	defer cancel()
	for {
		settled, moved := j.book.settled(after, last)
		if settled {
			return true
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return false
		}
	}
}

// Rows returns the rows that are stored, in the order in which they were written. It is
// for the start, before the first Write.
func (j *Journal) Rows(ctx context.Context) ([]room.Row, error) {
	stored, err := bookBucket(j.engine).read(ctx)
	if err != nil {
		return nil, fmt.Errorf("journal: cannot read the book: %w", err)
	}
	j.watch.read(stored.last)
	var rows []room.Row
	for _, m := range stored.live() {
		at, err := decodePlace(m.Subject)
		if err != nil {
			return nil, fmt.Errorf("journal: cannot read the book: %w", err)
		}
		rows = append(rows, room.Row{Table: at.table, Key: at.key, Value: m.Data})
	}
	return rows, nil
}

func (b *book) write(at place, value []byte) (n uint64) {
	b.mu.Lock()
	b.last++
	n = b.last
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

// settled reports whether the rows with the numbers after one up to another are stored,
// and what is closed once that may have changed. A later value of the same row is not
// stored sooner than the one that it takes the place of.
func (b *book) settled(after, last uint64) (bool, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, rows := range []map[place]written{b.storing, b.waiting} {
		for _, row := range rows {
			if row.first <= last && row.last > after {
				return false, b.moved
			}
		}
	}
	return true, nil
}

// take returns rows to store, those first that were written first, if there are any. It
// is for one goroutine, which says with stored what became of them.
func (b *book) take() []written {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := slices.SortedFunc(maps.Values(b.waiting), func(x, y written) int { return cmp.Compare(x.last, y.last) })
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

// keepBook stores rows until the journal closes, then those that are left.
func (j *Journal) keepBook() {
	for closing := false; !closing; {
		select {
		case <-j.book.wake:
		case <-j.following.Done():
			closing = true
		}
		j.storeBook()
	}
}

// storeBook stores rows until none is left, however long that takes, or until
// the journal has to close.
func (j *Journal) storeBook() {
	retry := leastRetry
	for rows := j.book.take(); len(rows) > 0; rows = j.book.take() {
		began := time.Now()
		left, err := j.storeRows(rows)
		j.book.stored(left)
		j.watch.hint()
		if err == nil {
			retry = leastRetry
			continue
		}
		j.countFailed()
		if why := j.engine.explain(err); j.book.failed(why) {
			j.log.Error("the book cannot be written; the house goes on", "err", why)
		}
		var more <-chan struct{}
		if isRefusal(err) {
			more = j.book.wake // one row that is refused holds up no other
		}
		select {
		case <-time.After(retry):
		case <-more:
		case <-j.working.Done():
			return
		}
		retry = min(2*retry, mostRetry)
		j.reviveForBook(err, began)
	}
	if away, failed := j.book.worked(); failed {
		j.log.Info("the book is written again", "away", away.Round(time.Millisecond))
	}
}

// reviveForBook does what may help after rows could not be stored, which was
// begun at some moment.
func (j *Journal) reviveForBook(err error, began time.Time) {
	if isRefusal(err) {
		return
	}
	if err := j.engine.revive(j.working, began); err != nil {
		j.log.Debug("journal: the book's store does not start", "err", err)
	}
}

// storeRows stores rows, in their order, and returns those that it could not store,
// and why. A row that the engine refuses keeps no other from being stored. Of one that
// is to go it stores a marker, see [bucket].
func (j *Journal) storeRows(rows []written) (left []written, err error) {
	ctx, cancel := context.WithTimeout(j.working, ackTime)
	defer cancel()
	for some := range slices.Chunk(rows, rowsAtOnce) {
		messages := make([]*nats.Msg, len(some))
		for i, row := range some {
			messages[i] = &nats.Msg{Subject: row.at.subject(), Data: row.value}
		}
		for i, sent := range j.engine.publishAll(ctx, messages) {
			if sent.err == nil {
				j.watch.wrote(some[i].at, sent.seq)
				continue
			}
			left = append(left, some[i])
			if err == nil || isRefusal(err) {
				err = sent.err
			}
		}
	}
	return left, err
}

// isRefusal reports whether the engine works, but takes no row of that size: the
// book is full, or the row larger than a message may be.
func isRefusal(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, nats.ErrMaxPayload) ||
		errors.As(err, &api) && strings.Contains(api.Description, "maximum bytes exceeded")
}

// emptyKey stands for a key of no bytes. No other key is written so.
const emptyKey = "="

func (p place) subject() string {
	if p.key == "" {
		return bookPrefix + p.table + "." + emptyKey
	}
	return bookPrefix + p.table + "." + encodeToken(p.key)
}

// check returns an error for a table that cannot be part of a subject.
func (p place) check() error {
	if p.table == "" || strings.Trim(p.table, "abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("%q is no name of a table", p.table)
	}
	return nil
}

// decodePlace returns the place of which a subject was made.
func decodePlace(subject string) (place, error) {
	rest, ok := strings.CutPrefix(subject, bookPrefix)
	if !ok {
		return place{}, fmt.Errorf("subject %q does not begin with %q", subject, bookPrefix)
	}
	table, key, _ := strings.Cut(rest, ".")
	at := place{table: table}
	if err := at.check(); err != nil {
		return place{}, err
	}
	if key == emptyKey {
		return at, nil
	}
	var err error
	at.key, err = decodeToken(subject, bookPrefix+table+".")
	return at, err
}
