package journal

import (
	"time"

	"teahouse/internal/records"
	"teahouse/journal/internal/integrity"
)

// Status says how the writing goes.
type Status struct {
	Err    error     // why nothing can be written at the moment; nil if it can
	Since  time.Time // when that began
	Lost   uint64    // events that fell off the ring, or could not be stored at the end
	Stored uint64    // events that the engine has acknowledged
	Losses uint64    // how often a stream had lost data, see the package comment

	Pending      uint64 // events that are not stored yet
	FailedWrites uint64 // failed attempts to write, including records

	PendingRecords int   // records of all partitions that are not stored yet
	AuthorityErr   error // why those of [records.Authority] cannot be stored at the moment
	PersonalErr    error // why those of [records.Personal] cannot be stored at the moment
}

// Status returns how the writing goes.
func (j *Journal) Status() Status {
	s := j.current()
	s.Pending = j.Pending()
	for _, b := range j.records.queues {
		pending, err := b.status()
		s.PendingRecords += pending
		if b.partition == records.Authority {
			s.AuthorityErr = err
		} else {
			s.PersonalErr = err
		}
	}
	return s
}

// Damages returns the damage found in the embedded server's files when it was opened.
func (j *Journal) Damages() []integrity.Damage { return j.store.Checker.Damages }

// Size returns how many bytes the engine has stored, on disk or in memory. It returns false if
// the engine is elsewhere, or not running.
func (j *Journal) Size() (bytes uint64, ok bool) { return j.store.Size() }
