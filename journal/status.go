package journal

import "time"

// Status says how the writing goes.
type Status struct {
	Err   error     // why nothing can be written at the moment; nil while it can
	Since time.Time // when that began
	Lost  uint64    // events that fell off the ring, or could not be stored at the end
	Kept  uint64    // events that the engine has acknowledged

	Rows    int   // of the book that are not stored yet
	BookErr error // why they cannot be at the moment
}

// Status returns how the writing goes.
func (j *Journal) Status() Status {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.status
	s.Rows, s.BookErr = j.book.status()
	return s
}

// failed notes that a write failed. It is logged when that begins.
func (j *Journal) failed(err error) {
	j.mu.Lock()
	began := j.status.Err == nil
	if began {
		j.status.Since = time.Now()
	}
	j.status.Err = err
	j.mu.Unlock()
	if began {
		j.log.Error("the journal cannot be written; the room goes on", "err", err)
	}
}

// worked notes that a write succeeded.
func (j *Journal) worked() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.status.Err != nil {
		j.status.Err, j.status.Since = nil, time.Now()
	}
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
