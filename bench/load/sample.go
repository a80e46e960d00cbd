package load

import (
	"context"
	"fmt"
	"time"
)

// A reading is what the counters show at one moment.
type reading struct {
	at     time.Time
	cpu    time.Duration
	memory uint64
	said   int64
	heard  int64
}

// read reads the counters.
func (r *run) read() (reading, error) {
	now := reading{at: time.Now(), said: r.said(), heard: r.heard()}
	if r.Sample == nil {
		return now, nil
	}
	var err error
	if now.cpu, now.memory, err = r.sample(); err != nil {
		return now, fmt.Errorf("asking what the server uses: %w; is it still running?", err)
	}
	return now, nil
}

// sample calls Sample, at one place at a time, and keeps the most memory seen.
func (r *run) sample() (cpu time.Duration, memory uint64, err error) {
	r.sampling.Lock()
	defer r.sampling.Unlock()
	cpu, memory, err = r.Sample()
	if err == nil {
		r.peak = max(r.peak, memory)
	}
	return cpu, memory, err
}

// watch samples the server's memory and reports progress, until ctx ends.
func (r *run) watch(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if r.Sample != nil {
			// An error shows at the next reading that matters.
			_, _, _ = r.sample()
		}
		if r.Progress != nil {
			phase := r.phase.Load()
			r.Progress(Progress{
				Phase:   phase.name,
				Clients: int(r.in.Load()),
				Said:    r.said(),
				Heard:   r.heard(),
				Elapsed: time.Since(phase.since),
			})
		}
	}
}

// A phase is what a run is at.
type phase struct {
	name  string
	since time.Time
}

func (r *run) enter(name string) { r.phase.Store(&phase{name, time.Now()}) }

// said returns how many lines have been said so far.
func (r *run) said() (n int64) {
	for _, s := range r.speakers {
		n += int64(s.said.Load())
	}
	return n
}

// heard returns how many deliveries there have been so far: at the listeners' node,
// if there is more than one.
func (r *run) heard() (n int64) {
	for _, c := range r.clients {
		if !c.near {
			n += c.heard.Load()
		}
	}
	return n
}

// bytes returns how many bytes have been read so far.
func (r *run) bytes() (n int64) {
	for _, c := range r.everybody() {
		n += c.bytes.Load()
	}
	return n
}
