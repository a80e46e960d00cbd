package load

import (
	"io"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// headroom is the room in a buffer before what is read, for an incomplete mark at the end of
	// the previous read.
	headroom = 64

	sharedBufferSize = 64 << 10 // the most that one read returns

	// ownBufferSize is the same for readers that need a buffer of their own.
	ownBufferSize = 16 << 10

	// The range of the latency histograms, and their precision.
	minLatency        = int64(time.Microsecond)
	maxLatency        = int64(10 * time.Minute)
	significantDigits = 3
)

// A scratch is what a reader needs while it handles a read.
type scratch struct {
	buf       []byte
	latencies *hdrhistogram.Histogram
}

// record records a latency in nanoseconds.
func (s *scratch) record(latency int64) {
	// It fails only beyond maxLatency.
	_ = s.latencies.RecordValue(min(latency, maxLatency))
}

// A scratchPool has as many scratches as readers ever worked at the same time, about one for each
// CPU.
type scratchPool struct {
	mu   sync.Mutex
	free []*scratch
	all  []*scratch
}

// get returns a scratch for the caller alone, to be put back soon and without blocking in
// between.
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

// latency merges all histograms. No scratch may be in use.
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

// readLoop is clientConn.readLoop for what can only be read with a buffer at hand.
func readLoop(r io.Reader, pool *scratchPool, take readHandler) error {
	buf := make([]byte, headroom+ownBufferSize)
	for {
		n, err := r.Read(buf[headroom:])
		if n > 0 {
			d := pool.get()
			more := take(d, buf, n)
			pool.put(d)
			if !more {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}
