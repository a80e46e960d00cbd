package journal

import (
	"time"

	"teahouse/internal/records"
	"teahouse/journal/internal/integrity"
)

// Status says how the writing goes.
type Status struct {
	Err    error     // why nothing can be written at the moment; nil while it can
	Since  time.Time // when that began
	Lost   uint64    // events that fell off the ring, or could not be stored at the end
	Stored uint64    // events that the engine has acknowledged
	Losses uint64    // how often a stream had lost what it had had, see [Journal.MonitorStreams]

	Pending      uint64 // events that are not stored yet
	FailedWrites uint64 // writes that failed, of the book too, each try counted

	PendingRecords int   // of the book, of all spaces, that are not stored yet
	AuthorityErr   error // why those of [records.Authority] cannot be at the moment
	PersonalErr    error // and those of [records.Personal]
}

// Status returns how the writing goes.
func (j *Journal) Status() Status {
	behind := j.pending()
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.status
	s.Pending = behind
	for _, b := range j.queues {
		rows, err := b.status()
		s.PendingRecords += rows
		if b.partition == records.Authority {
			s.AuthorityErr = err
		} else {
			s.PersonalErr = err
		}
	}
	return s
}

// Damages returns what was wrong with the files of the server in this process when it was opened.
func (j *Journal) Damages() []integrity.Damage { return j.store.Checker.Damages }

// pending returns how many events are not stored yet: those that the writer has
// taken, and those in the rings.
func (j *Journal) pending() uint64 {
	from := j.subscription.Load()
	if from == nil {
		return 0
	}
	var behind uint64
	j.readStable(func() { behind = from.Lag() + uint64(j.inFlightEvents.Load()) })
	return behind + j.backfillSize()
}

// Size returns how many bytes the engine has stored, on disk or in memory. It
// reports false where the engine is elsewhere, or does not run.
func (j *Journal) Size() (bytes uint64, ok bool) { return j.store.Size() }

// noteFailure notes that a write failed. It is logged when that begins.
func (j *Journal) noteFailure(err error) {
	j.mu.Lock()
	began := j.status.Err == nil
	if began {
		j.status.Since = time.Now()
	}
	j.status.Err = err
	j.status.FailedWrites++
	j.mu.Unlock()
	if began {
		j.log.Error("the journal cannot be written; the room goes on", "err", err)
	}
}

func (j *Journal) countFailedWrite() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.FailedWrites++
}

// noteSuccess notes that a write succeeded.
func (j *Journal) noteSuccess() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.status.Err != nil {
		j.status.Err, j.status.Since = nil, time.Now()
	}
}

func (j *Journal) countLoss() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Losses++
}

func (j *Journal) countStored(events int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Stored += uint64(events)
}

func (j *Journal) countLost(events uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Lost += events
}
