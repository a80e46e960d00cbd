package load

import (
	"context"
	"sync/atomic"
	"time"
)

// stuckAfter is how long a speaker waits for its window to move.
const stuckAfter = time.Second

// A speaker is the part of a client that speaks, on a goroutine of its own.
type speaker struct {
	*client
	number int

	buf       []byte
	given     atomic.Uint64 // lines made
	said      atomic.Uint64 // lines written
	own       atomic.Uint64 // how many the speaker itself has heard
	witnessed atomic.Uint64 // how many the witness has
	stuck     atomic.Int64  // windows given up
	wake      chan struct{} // capacity 1: own or witnessed has changed
}

// say says count lines in one write. It reports false once it cannot.
func (s *speaker) say(count int, time func(i int) int64) bool {
	s.buf = s.buf[:0]
	n := s.given.Load()
	for i := range count {
		s.buf = s.run.appendLine(s.buf, mark{uint64(s.number), n + uint64(i), time(i)})
	}
	n += uint64(count)
	s.given.Store(n)
	if _, err := s.wire.Write(s.buf); err != nil {
		return false
	}
	s.said.Store(n)
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

// speak is the speaker's goroutine. It speaks until stop is closed, and then
// says one last line.
func (s *speaker) speak(ctx context.Context, stop <-chan struct{}) {
	if s.run.everyLine {
		s.speakAtRate(ctx, stop)
	} else {
		s.speakFlatOut(ctx, stop)
	}
	if ctx.Err() == nil && s.say(1, func(int) int64 { return 0 }) {
		s.run.ended.Add(1)
	}
}

// speakFlatOut keeps as many lines unheard as the window allows.
func (s *speaker) speakFlatOut(ctx context.Context, stop <-chan struct{}) {
	timer := time.NewTimer(stuckAfter)
	defer timer.Stop()
	var now int64
	at := func(int) int64 { return now }
	for forgiven := uint64(0); ; {
		free := s.run.Window - int(s.given.Load()-max(forgiven, s.known()))
		if free > 0 {
			now = s.run.now()
			if !s.say(free, at) {
				return
			}
			timer.Reset(stuckAfter)
		}
		select {
		case <-s.wake:
		case <-timer.C:
			s.stuck.Add(1)
			forgiven = s.given.Load()
		case <-stop:
			return
		case <-ctx.Done():
			return
		}
	}
}

// known returns how many lines are known to be heard.
func (s *speaker) known() uint64 {
	if s.deaf >= 0 {
		return s.witnessed.Load()
	}
	return min(s.own.Load(), s.witnessed.Load())
}

// speakAtRate says each line when it is due. What became due while it could
// not speak it says at once.
func (s *speaker) speakAtRate(ctx context.Context, stop <-chan struct{}) {
	r := s.run
	between := float64(time.Second) / r.Rate
	start := r.now()
	due := func(k int) int64 { return start + int64((float64(k)*float64(r.Speakers)+float64(s.number))*between) }
	timer := time.NewTimer(0)
	defer timer.Stop()
	for k := 0; r.waitUntil(ctx, due(k), timer, stop); {
		count := 1
		for now := r.now(); count < maxBatch && due(k+count) <= now; {
			count++
		}
		if !s.say(count, func(i int) int64 { return due(k + i) }) {
			return
		}
		k += count
	}
}

// maxBatch bounds what is said in one write.
const maxBatch = 256

// waitUntil waits until the run is as old as t. It reports false once stop is
// closed or ctx has ended.
func (r *run) waitUntil(ctx context.Context, t int64, timer *time.Timer, stop <-chan struct{}) bool {
	// A timer of Go's may be a millisecond late when nothing else happens,
	// which is longer than a quick server takes for a line.
	const early = 1500 * time.Microsecond
	timer.Reset(max(0, time.Duration(t-r.now())-early))
	select {
	case <-timer.C:
	case <-stop:
		return false
	case <-ctx.Done():
		return false
	}
	for left := t - r.now(); left > 0; left = t - r.now() {
		nap(time.Duration(left))
	}
	return true
}
