package load

import (
	"io"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// headroom is what a buffer has before what is read, for the beginning of
	// a mark that the read before it ended in.
	headroom = 64

	sharedBufferSize = 64 << 10 // what is read at once

	// ownBufferSize is what is read at once where a reader needs a buffer of its own.
	ownBufferSize = 16 << 10

	// What latencies are kept between, and how exactly, in decimal digits.
	minLatency        = int64(time.Microsecond)
	maxLatency        = int64(10 * time.Minute)
	significantDigits = 3
)

// A scratch is what a reader needs while it works on what it has read.
type scratch struct {
	buf       []byte
	latencies *hdrhistogram.Histogram
}

// record enters a latency.
func (s *scratch) record(latency int64) {
	// It fails only for what is longer than the longest.
	_ = s.latencies.RecordValue(min(latency, maxLatency))
}

// scratchPool are as many as readers ever worked at a time, which is about as many
// as there are processors.
type scratchPool struct {
	mu   sync.Mutex
	free []*scratch
	all  []*scratch
}

// get returns a desk for the caller alone. It is to put it back soon, and not
// to block before.
func (p *scratchPool) get() *scratch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.free) - 1; last >= 0 {
		d := p.free[last]
		p.free = p.free[:last]
		return d
	}
	d := &scratch{buf: make([]byte, headroom+sharedBufferSize), latencies: newHistogram()}
	p.all = append(p.all, d)
	return d
}

func (p *scratchPool) put(d *scratch) {
	p.mu.Lock()
	p.free = append(p.free, d)
	p.mu.Unlock()
}

// latency merges what all desks have. None may be in use.
func (p *scratchPool) latency() Percentiles {
	all := newHistogram()
	for _, d := range p.all {
		all.Merge(d.latencies)
	}
	if all.TotalCount() == 0 {
		return Percentiles{}
	}
	at := func(percent float64) float64 { return milliseconds(all.ValueAtPercentile(percent)) }
	return Percentiles{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: milliseconds(all.Max())}
}

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(minLatency, maxLatency, significantDigits)
}

func milliseconds(nanoseconds int64) float64 { return float64(nanoseconds) / 1e6 }

// readLoop is a wire's listen for what can only be read with a buffer at hand.
func readLoop(r io.Reader, desks *scratchPool, take readHandler) error {
	buf := make([]byte, headroom+ownBufferSize)
	for {
		n, err := r.Read(buf[headroom:])
		if n > 0 {
			d := desks.get()
			more := take(d, buf, n)
			desks.put(d)
			if !more {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}
