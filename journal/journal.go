package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// Config says where a journal keeps what it keeps, and how much.
type Config struct {
	Dir    string        // the folder "journal" is made in it; "" keeps all in memory
	URL    string        // of a NATS server elsewhere; "" runs one in this process
	Sync   bool          // have each write on the disk before it counts, not within a second
	Memory room.Memory   // what is said is kept within these limits
	Names  time.Duration // a name is kept for so long without its owner; 0 is for ever
	Log    *log.Logger   // nil logs nothing

	Options []nats.Option // of the client of a server elsewhere, beside the journal's own

	AcceptLoss bool // open what is damaged without what is gone
}

// A Journal is a [room.Archive] that reads what happens in the rooms and stores it,
// and a [room.Book].
type Journal struct {
	config    Config
	log       *log.Logger
	engine    *engine
	node      string // of this data directory among all that write
	identity  string // of this process among them: node and epoch
	people    *people
	books     []*book       // one for each space
	pressed   chan struct{} // capacity 1: a bucket is to be compacted
	indexes   *indexes      // of ROOM
	eraser    *eraser
	exporting chan struct{} // capacity 1: there is one export at a time
	posting   chan struct{} // capacity 1: one private message is stored at a time

	following context.Context // done: take what is there, and end
	stop      context.CancelFunc
	working   context.Context // done: leave what is not stored yet
	abort     context.CancelFunc
	running   sync.WaitGroup
	closing   sync.Once

	from    atomic.Pointer[room.Followers] // nil until Follow
	taking  atomic.Int64                   // odd while some are taken from there
	storing atomic.Int64                   // events that were taken from there and are not stored yet
	reached atomic.Uint64                  // the last message in ROOM that this process has stored or read
	saved   atomic.Uint64                  // how many messages it has stored for others
	heard   map[string]map[string]uint64   // what Restore has read: the last event, by identity and room

	mu      sync.Mutex
	status  Status
	keeping keeping

	heritages []*heritage // what other nodes left to be stored at the end
}

var (
	_ room.Archive = (*Journal)(nil)
	_ room.Book    = (*Journal)(nil)
)

// Open starts the engine, or connects to it, which it tries until ctx is done,
// and reads who is known. Where it finds what it cannot read, it changes nothing
// and returns an error. No two journals may share a directory at a time.
//
// The journal of a house that is to remember nothing is opened all the same, for
// the book: with Rows and Write, without Restore and Follow. It stores nothing
// that is said, and who comes and goes neither. What an earlier one has stored
// stays as it is, within the limits of Age and Bytes.
func Open(ctx context.Context, c Config) (*Journal, error) {
	if c.Log == nil {
		c.Log = log.New(io.Discard)
	}
	node, dir, err := openFolder(c.Dir)
	if err != nil {
		return nil, err
	}
	e, err := startEngine(ctx, c, dir)
	if err != nil {
		return nil, err
	}
	epoch := strconv.FormatInt(time.Now().UnixNano(), 36)
	j := &Journal{
		config:    c,
		log:       c.Log,
		engine:    e,
		node:      node,
		identity:  node + "." + epoch,
		people:    newPeople(node),
		books:     newBooks(e),
		pressed:   make(chan struct{}, 1),
		indexes:   newIndexes(),
		eraser:    newEraser(),
		exporting: make(chan struct{}, 1),
		posting:   make(chan struct{}, 1),
		status:    Status{Since: time.Now()},
	}
	j.following, j.stop = context.WithCancel(context.Background())
	j.working, j.abort = context.WithCancel(context.Background())
	if err := j.prepare(ctx, dir); err != nil {
		e.close()
		return nil, err
	}
	if e.marks != nil {
		j.raiseMarks(ctx) // what was found may be in no file yet
		j.running.Go(j.keepMarks)
	}
	for _, b := range j.books {
		j.running.Go(func() { j.keepBook(b) })
	}
	j.running.Go(j.tidy)
	return j, nil
}

// prepare makes what is missing, and reads who is known.
func (j *Journal) prepare(ctx context.Context, dir string) error {
	if err := j.engine.checkOlderNodes(ctx); err != nil {
		return err
	}
	if err := j.engine.checkMarks(ctx); err != nil {
		return err
	}
	if err := j.engine.checkServers(ctx, dir); err != nil {
		return err
	}
	if err := j.engine.patiently(ctx, j.engine.ensureStreams); err != nil {
		return err
	}
	if j.engine.marks != nil {
		j.engine.noteDescriptions()
	}
	if err := j.engine.moveDesk(ctx); err != nil {
		return err
	}
	if err := markFolder(dir); err != nil {
		return fmt.Errorf("journal: cannot note the version of its folder: %w", err)
	}
	if err := j.leaveServers(dir); err != nil {
		return fmt.Errorf("journal: cannot note that it keeps here what it keeps: %w", err)
	}
	if err := noteServers(dir, j.config.URL); err != nil {
		return fmt.Errorf("journal: cannot note where it keeps what it keeps: %w", err)
	}
	if err := j.loadPeople(ctx); err != nil {
		return fmt.Errorf("journal: cannot read who is known: %w", err)
	}
	if err := j.engine.patiently(ctx, j.engine.warnOfOwn); err != nil {
		return fmt.Errorf("journal: cannot see what is stored: %w", err)
	}
	return nil
}

// Follow stores what happens in all rooms from now on. It is called once, after
// Restore and before anybody comes in.
func (j *Journal) Follow(h *room.House) {
	j.people.follow(h.FollowLobby())
	w := &writer{Journal: j, from: h.Follow(), closed: map[string]uint64{}}
	j.from.Store(w.from)
	j.running.Go(w.run)
	j.running.Go(j.keepErased)
}

// errFellBehind is why events are lost where all could be written.
var errFellBehind = errors.New("they were more than the room keeps in memory")

// errTooLate is why rows are not stored where all could be written.
var errTooLate = errors.New("they came while the journal closed")

// Close stores what is still in the ring, and the rows that wait, until ctx is
// done, and stops the engine. The error says what could not be stored. Calling it
// again does nothing.
func (j *Journal) Close(ctx context.Context) (err error) {
	j.closing.Do(func() { err = j.close(ctx) })
	return err
}

func (j *Journal) close(ctx context.Context) error {
	lost := j.Status().Lost
	j.stop()
	aborting := context.AfterFunc(ctx, j.abort)
	j.running.Wait()
	aborting()
	j.abort()
	failed := j.closePeople(ctx)
	j.closeMarks(ctx)
	j.engine.close()
	if failed != nil {
		failed = fmt.Errorf("journal: who was here could not be stored: %w", failed)
	}
	s := j.Status()
	if s.Lost > lost {
		failed = errors.Join(failed, fmt.Errorf("journal: %d events could not be stored: %w", s.Lost-lost, cmp.Or(s.Err, errFellBehind)))
	}
	if s.Rows > 0 {
		failed = errors.Join(failed, fmt.Errorf("journal: %d rows of the book could not be stored: %w", s.Rows, cmp.Or(s.BookErr, s.DeskErr, errTooLate)))
	}
	return failed
}
