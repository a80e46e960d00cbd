package journal

import (
	"context"
	"errors"
	"fmt"
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
)

// A book holds the rows that are not stored yet. It has no others: the house
// has them all in memory.
type book struct {
	wake chan struct{} // capacity 1: there are rows to store

	mu      sync.Mutex
	waiting map[place][]byte // the latest values; nil for a row that is to go
	storing map[place][]byte // what was taken to be stored
	err     error            // why that failed; nil once all are stored
	since   time.Time        // when that began
}

// A place is what a row is stored under.
type place struct{ table, key string }

func newBook() *book {
	return &book{wake: make(chan struct{}, 1), waiting: map[place][]byte{}}
}

// Write stores a row soon. It never waits, and may be called with the house
// locked. The value is the journal's from then on. The order in which rows of
// different keys are stored is any; if the process dies meanwhile, some may be
// stored and others not. Rows that are written after Close began may be lost.
func (j *Journal) Write(r room.Row) {
	at := place{r.Table, r.Key}
	if err := at.check(); err != nil {
		panic("journal: " + err.Error()) // tables are named in our code
	}
	j.book.write(at, r.Value)
}

// Rows returns the rows that are stored, in the order in which they were written. It is
// for the start, before the first Write. What another node writes meanwhile may be read
// beside what it takes the place of: the last counts.
func (j *Journal) Rows(ctx context.Context) ([]room.Row, error) {
	var all []room.Row
	latest := map[place]int{} // where it stands in all, from 1
	err := j.engine.scan(ctx, bookStream, func(m message) error {
		at, err := decodePlace(m.Subject)
		if err != nil {
			return err
		}
		all = append(all, room.Row{Table: at.table, Key: at.key, Value: m.Data})
		latest[at] = len(all)
		j.watch.read(m.Seq)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("journal: cannot read the book: %w", err)
	}
	var rows []room.Row
	for i, r := range all {
		if latest[place{r.Table, r.Key}] == i+1 && len(r.Value) > 0 { // else it was struck out a moment ago
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (b *book) write(at place, value []byte) {
	b.mu.Lock()
	b.waiting[at] = value
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns rows to store, if there are any. It is for one goroutine, which
// says with stored what became of them.
func (b *book) take() map[place][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := make(map[place][]byte, min(len(b.waiting), mostRows))
	for at, value := range b.waiting {
		if len(rows) == mostRows {
			break
		}
		rows[at] = value
		delete(b.waiting, at)
	}
	b.storing = rows
	return rows
}

// stored says that all rows that take returned are stored but for some, which
// wait again unless there is a later value.
func (b *book) stored(left map[place][]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.storing = nil
	for at, value := range left {
		if _, later := b.waiting[at]; !later {
			b.waiting[at] = value
		}
	}
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
		select {
		case <-time.After(retry):
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

// storeRows stores rows, in any order, and returns those that it could not
// store, and why. A row that the engine refuses keeps no other from being stored.
func (j *Journal) storeRows(rows map[place][]byte) (left map[place][]byte, err error) {
	ctx, cancel := context.WithTimeout(j.working, ackTime)
	defer cancel()
	left = map[place][]byte{}
	var mu sync.Mutex
	var storing sync.WaitGroup
	turns := make(chan struct{}, rowsAtOnce)
	for at, value := range rows {
		turns <- struct{}{}
		storing.Go(func() {
			defer func() { <-turns }()
			failed := j.storeRow(ctx, at, value)
			if failed == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			left[at] = value
			if err == nil || isRefusal(err) {
				err = failed
			}
		})
	}
	storing.Wait()
	return left, err
}

// storeRow puts a row in place of the one that is stored. It takes out one that
// has no value: at one stroke, and leaving no marker with its key in it, where
// no other node is to hear of it.
func (j *Journal) storeRow(ctx context.Context, at place, value []byte) error {
	switch {
	case len(value) > 0:
		seq, err := j.engine.publish(ctx, at.subject(), "", value)
		j.watch.wrote(at, seq)
		return err
	case j.engine.inside():
		return j.engine.clear(ctx, bookStream, at.subject(), 0)
	}
	seq, err := j.engine.strike(ctx, at.subject())
	j.watch.wrote(at, seq)
	return err
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
