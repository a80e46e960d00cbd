package load

import (
	"context"
	"sync/atomic"
	"time"
)

// windowTimeout is how long a speaker waits for its window to move.
const windowTimeout = time.Second

// A speaker is the part of a client that speaks, on a goroutine of its own.
type speaker struct {
	*client
	number int

	buf            []byte
	generated      atomic.Uint64 // lines made
	written        atomic.Uint64 // lines written
	heardBySelf    atomic.Uint64 // lines that the speaker itself has received
	heardByWitness atomic.Uint64 // lines that the witness has received
	windowTimeouts atomic.Int64  // windows given up
	wake           chan struct{} // capacity 1: heardBySelf or heardByWitness has changed
}

// send sends count lines in one write. It reports false if that fails.
func (s *speaker) send(count int, time func(i int) int64) bool {
	s.buf = s.buf[:0]
	n := s.generated.Load()
	for i := range count {
		s.buf = s.run.appendLine(s.buf, mark{uint64(s.number), n + uint64(i), time(i)})
	}
	n += uint64(count)
	s.generated.Store(n)
	if _, err := s.conn.Write(s.buf); err != nil {
		return false
	}
	s.written.Store(n)
	return true
}

// appendLine appends a line as it is sent.
func (r *run) appendLine(dst []byte, m mark) []byte {
	dst = append(dst, r.before...)
	start := len(dst)
	dst = r.tag.append(dst, m)
	if missing := r.Size - (len(dst) - start); missing > 0 {
		dst = append(dst, r.padding[:missing]...)
	}
	return append(dst, r.after...)
}

// speak is the speaker's goroutine. It speaks until stop is closed, and then sends one last line.
func (s *speaker) speak(ctx context.Context, stop <-chan struct{}) {
	if s.run.atRate {
		s.speakAtRate(ctx, stop)
	} else {
		s.speakFlatOut(ctx, stop)
	}
	if ctx.Err() == nil && s.send(1, func(int) int64 { return 0 }) {
		s.run.speakersDone.Add(1)
	}
}

// speakFlatOut keeps as many lines on their way as the window allows.
func (s *speaker) speakFlatOut(ctx context.Context, stop <-chan struct{}) {
	timer := time.NewTimer(windowTimeout)
	defer timer.Stop()
	var now int64
	at := func(int) int64 { return now }
	for forgiven := uint64(0); ; {
		free := s.run.Window - int(s.generated.Load()-max(forgiven, s.confirmed()))
		if free > 0 {
			now = s.run.elapsed()
			if !s.send(free, at) {
				return
			}
			timer.Reset(windowTimeout)
		}
		select {
		case <-s.wake:
		case <-timer.C:
			s.windowTimeouts.Add(1)
			forgiven = s.generated.Load()
		case <-stop:
			return
		case <-ctx.Done():
			return
		}
	}
}

// confirmed returns how many lines are known to have arrived.
func (s *speaker) confirmed() uint64 {
	if s.unheardSpeaker >= 0 {
		return s.heardByWitness.Load()
	}
	return min(s.heardBySelf.Load(), s.heardByWitness.Load())
}

// speakAtRate sends each line when it is due. Lines that became due while it was blocked are sent
// at once.
func (s *speaker) speakAtRate(ctx context.Context, stop <-chan struct{}) {
	r := s.run
	between := float64(time.Second) / r.Rate
	start := r.elapsed()
	due := func(k int) int64 { return start + int64((float64(k)*float64(r.Speakers)+float64(s.number))*between) }
	timer := time.NewTimer(0)
	defer timer.Stop()
	for k := 0; r.waitUntil(ctx, due(k), timer, stop); {
		count := 1
		for now := r.elapsed(); count < maxBatch && due(k+count) <= now; {
			count++
		}
		if !s.send(count, func(i int) int64 { return due(k + i) }) {
			return
		}
		k += count
	}
}

// maxBatch is the most lines in one write.
const maxBatch = 256

// waitUntil waits until t nanoseconds after the run began. It reports false if stop is closed or
// ctx ends.
func (r *run) waitUntil(ctx context.Context, t int64, timer *time.Timer, stop <-chan struct{}) bool {
	// A Go timer may be a millisecond late on an idle machine, longer than a fast server takes
	// for a line.
	const early = 1500 * time.Microsecond
	timer.Reset(max(0, time.Duration(t-r.elapsed())-early))
	select {
	case <-timer.C:
	case <-stop:
		return false
	case <-ctx.Done():
		return false
	}
	for left := t - r.elapsed(); left > 0; left = t - r.elapsed() {
		preciseSleep(time.Duration(left))
	}
	return true
}
