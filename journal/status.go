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
	s := j.current()
	s.Pending = j.Pending()
	for _, b := range j.records.queues {
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

// Size returns how many bytes the engine has stored, on disk or in memory. It
// reports false where the engine is elsewhere, or does not run.
func (j *Journal) Size() (bytes uint64, ok bool) { return j.store.Size() }
