package journal

import (
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"teahouse/room"
)

// Status says how the writing goes.
type Status struct {
	Err   error     // why nothing can be written at the moment; nil while it can
	Since time.Time // when that began
	Lost  uint64    // events that fell off the ring, or could not be stored at the end
	Kept  uint64    // events that the engine has acknowledged
	Gone  uint64    // how often a stream had lost what it had had, see [Journal.Guard]

	Behind uint64 // events that are not stored yet
	Failed uint64 // writes that failed, of the book too, each try counted

	Rows    int   // of the book, of all spaces, that are not stored yet
	BookErr error // why those of [room.Reserved] cannot be at the moment
	DeskErr error // and those of [room.Desk]
}

// Status returns how the writing goes.
func (j *Journal) Status() Status {
	behind := j.behind()
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.status
	s.Behind = behind
	for _, b := range j.books {
		rows, err := b.status()
		s.Rows += rows
		if b.space == room.Reserved {
			s.BookErr = err
		} else {
			s.DeskErr = err
		}
	}
	return s
}

// Damages returns what was wrong with the files of the server in this process when it was opened.
func (j *Journal) Damages() []Damage { return j.engine.damages }

// behind returns how many events are not stored yet: those that the writer has
// taken, and those in the rings.
func (j *Journal) behind() uint64 {
	from := j.from.Load()
	if from == nil {
		return 0
	}
	var behind uint64
	j.settled(func() { behind = from.Behind() + uint64(j.storing.Load()) })
	return behind + j.inherited()
}

// Size returns how many bytes the engine has stored, on disk or in memory. It
// reports false where the engine is elsewhere, or does not run.
func (j *Journal) Size() (bytes uint64, ok bool) { return j.engine.size() }

func (e *engine) size() (bytes uint64, ok bool) {
	if !e.mu.TryLock() { // it starts or stops, which takes a while
		return 0, false
	}
	defer e.mu.Unlock()
	if e.server == nil {
		return 0, false
	}
	info, err := e.server.Jsz(&server.JSzOptions{})
	if err != nil {
		return 0, false
	}
	return info.Store + info.Memory, true
}

// failed notes that a write failed. It is logged when that begins.
func (j *Journal) failed(err error) {
	j.mu.Lock()
	began := j.status.Err == nil
	if began {
		j.status.Since = time.Now()
	}
	j.status.Err = err
	j.status.Failed++
	j.mu.Unlock()
	if began {
		j.log.Error("the journal cannot be written; the room goes on", "err", err)
	}
}

func (j *Journal) countFailed() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Failed++
}

// worked notes that a write succeeded.
func (j *Journal) worked() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.status.Err != nil {
		j.status.Err, j.status.Since = nil, time.Now()
	}
}

func (j *Journal) countLoss() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Gone++
}

func (j *Journal) countKept(events int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Kept += uint64(events)
}

func (j *Journal) countLost(events uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Lost += events
}
