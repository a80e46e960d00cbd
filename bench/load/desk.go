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

	deskSize = 64 << 10 // what is read at once

	// ownSize is what is read at once where a reader needs a buffer of its own.
	ownSize = 16 << 10

	// What latencies are kept between, and how exactly, in decimal digits.
	shortest = int64(time.Microsecond)
	longest  = int64(10 * time.Minute)
	digits   = 3
)

// A desk is what a reader needs while it works on what it has read.
type desk struct {
	buf       []byte
	latencies *hdrhistogram.Histogram
}

// record enters a latency.
func (d *desk) record(latency int64) {
	// It fails only for what is longer than the longest.
	_ = d.latencies.RecordValue(min(latency, longest))
}

// desks are as many as readers ever worked at a time, which is about as many
// as there are processors.
type desks struct {
	mu   sync.Mutex
	free []*desk
	all  []*desk
}

// get returns a desk for the caller alone. It is to put it back soon, and not
// to block before.
func (ds *desks) get() *desk {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if last := len(ds.free) - 1; last >= 0 {
		d := ds.free[last]
		ds.free = ds.free[:last]
		return d
	}
	d := &desk{buf: make([]byte, headroom+deskSize), latencies: newHistogram()}
	ds.all = append(ds.all, d)
	return d
}

func (ds *desks) put(d *desk) {
	ds.mu.Lock()
	ds.free = append(ds.free, d)
	ds.mu.Unlock()
}

// latency merges what all desks have. None may be in use.
func (ds *desks) latency() Delays {
	all := newHistogram()
	for _, d := range ds.all {
		all.Merge(d.latencies)
	}
	if all.TotalCount() == 0 {
		return Delays{}
	}
	at := func(percent float64) float64 { return milliseconds(all.ValueAtPercentile(percent)) }
	return Delays{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: milliseconds(all.Max())}
}

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(shortest, longest, digits) }

func milliseconds(nanoseconds int64) float64 { return float64(nanoseconds) / 1e6 }

// listen is a wire's listen for what can only be read with a buffer at hand.
func listen(r io.Reader, desks *desks, take taker) error {
	buf := make([]byte, headroom+ownSize)
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
