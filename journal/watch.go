package journal

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

const (
	// hintSubject is where who has written to the book tells the others that there
	// is something to read.
	hintSubject = "teahouse.book"

	// watchEvery is how often it is looked all the same: a hint can get lost.
	watchEvery = 2 * time.Second
)

// A watch reads what other nodes write to the book, in the order in which the
// engine has it, which is the same for all: of two who write one row at the same
// time the later counts, everywhere.
//
// What this node has written itself, at the same time or later, it knows already. A row of which the house has
// a newer value, that is not stored yet, is looked at again once it is.
type watch struct {
	engine *engine
	space  room.Space
	hints  chan struct{} // capacity 1

	mu   sync.Mutex
	seq  uint64           // up to where the book was read
	mine map[place]uint64 // where after that this node wrote a row last
	on   bool
}

func newWatch(e *engine, s room.Space) *watch {
	return &watch{engine: e, space: s, hints: make(chan struct{}, 1), mine: map[place]uint64{}}
}

// read notes that the book was read up to a message.
func (w *watch) read(seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = max(w.seq, seq)
}

// rewind has the book be read anew after a message: what was after that is gone.
func (w *watch) rewind(seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = seq
	clear(w.mine)
}

// wrote notes that a message with a row is this node's.
func (w *watch) wrote(at place, seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.on && seq > w.seq {
		w.mine[at] = max(w.mine[at], seq)
	}
}

// isMine reports whether this node wrote a row with a message, or later.
func (w *watch) isMine(at place, seq uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	mine, ok := w.mine[at]
	return ok && mine >= seq
}

// pass notes that a message with a row was read.
func (w *watch) pass(at place, seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = max(w.seq, seq)
	if w.mine[at] <= seq {
		delete(w.mine, at)
	}
}

func (w *watch) at() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seq
}

// hint tells the other nodes that there is something to read.
func (w *watch) hint() {
	if !w.engine.inside() {
		_ = w.engine.nc.Publish(hintSubject, nil) // they look by themselves, too
	}
}

// Watch has learn called with the rows that other nodes write from now on, those
// included that were written since Rows. Learn returns false where its house has a
// newer value; it asks newer, with the house locked. It is for a house that shares
// an engine elsewhere, and called once, after Rows. It ends with the journal.
func (j *Journal) Watch(learn func(row room.Row, newer func() bool) (bool, error)) error {
	for _, b := range j.books {
		if err := j.watchSpace(b, learn); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) watchSpace(b *book, learn func(room.Row, func() bool) (bool, error)) error {
	b.watch.turnOn()
	hints, err := j.engine.nc.Subscribe(hintSubject, func(*nats.Msg) {
		select {
		case b.watch.hints <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	j.running.Go(func() {
		defer func() { _ = hints.Unsubscribe() }()
		j.watchBook(b, learn)
	})
	return nil
}

func (w *watch) turnOn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on = true
}

func (j *Journal) watchBook(b *book, learn func(room.Row, func() bool) (bool, error)) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	again := map[place]bool{}
	for {
		select {
		case <-b.watch.hints:
		case <-tick.C:
		case <-j.following.Done():
			return
		}
		ctx, cancel := context.WithTimeout(j.following, ackTime)
		if err := j.readBook(ctx, b, learn, again); err != nil && j.following.Err() == nil {
			j.log.Debug("journal: what other nodes wrote cannot be read yet", "err", err)
		}
		cancel()
	}
}

// readBook hands on what was written since the last time, then what had to wait.
func (j *Journal) readBook(ctx context.Context, b *book, learn func(room.Row, func() bool) (bool, error), again map[place]bool) error {
	stream := spaceStream(b.space)
	err := j.engine.tail(ctx, stream, allSubjects, b.watch.at(), func(m message) error {
		at, err := decodePlace(b.space, m.Subject)
		if err != nil {
			j.log.Warn("journal: a row of the book cannot be read", "err", err)
		}
		moved := at.space() != b.space && len(m.Data) == 0 // see moveDesk
		if err != nil || at.table == floorKey || moved {
			b.watch.read(m.Seq)
			return nil
		}
		if b.watch.isMine(at, m.Seq) || j.learnRow(b, at, m.Data, m.Seq, learn) {
			delete(again, at)
		} else {
			again[at] = true
		}
		b.watch.pass(at, m.Seq)
		return nil
	})
	if err != nil {
		return err
	}
	for at := range again {
		value, seq, err := j.engine.last(ctx, stream, at.subjectIn(b.space))
		if err != nil {
			return err
		}
		if b.watch.isMine(at, seq) || j.learnRow(b, at, value, seq, learn) {
			delete(again, at)
		}
	}
	return nil
}

// learnRow has a row learned. Where that fails for a fault of ours the row is left out, and
// those after it are read.
func (j *Journal) learnRow(b *book, at place, value []byte, seq uint64, learn func(room.Row, func() bool) (bool, error)) (learned bool) {
	defer func() {
		if failure := recover(); failure != nil {
			j.countFailed()
			j.log.Error("journal: a row that another node wrote made this one fail, and is left out; this is a fault in teahouse",
				"table", at.table, "failure", failure, "stack", string(debug.Stack()))
			learned = true
		}
	}()
	row := room.Row{Table: at.table, Key: at.key}
	if len(value) > 0 {
		row.Value = value
	}
	learned, err := learn(row, func() bool { return j.bookOf(at.table).isNewer(at) || b.watch.isMine(at, seq) })
	if err != nil {
		j.log.Warn("journal: a row that another node wrote does not count here", "err", err)
	}
	return learned
}
