package load

import (
	"context"
	"fmt"
	"time"
)

// A reading is the state of all counters at one moment.
type reading struct {
	at     time.Time
	cpu    time.Duration
	memory uint64
	said   int64
	heard  int64
}

// takeReading reads the counters.
func (r *run) takeReading() (reading, error) {
	now := reading{at: time.Now(), said: r.linesSaid(), heard: r.linesHeard()}
	if r.Sample == nil {
		return now, nil
	}
	var err error
	if now.cpu, now.memory, err = r.sample(); err != nil {
		return now, fmt.Errorf("asking what the server uses: %w; is it still running?", err)
	}
	return now, nil
}

// sample calls Sample, one call at a time, and keeps the highest memory.
func (r *run) sample() (cpu time.Duration, memory uint64, err error) {
	r.sampleMu.Lock()
	defer r.sampleMu.Unlock()
	cpu, memory, err = r.Sample()
	if err == nil {
		r.peakMemory = max(r.peakMemory, memory)
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
			// The next reading that matters will return an error as well.
			_, _, _ = r.sample()
		}
		if r.Progress != nil {
			phase := r.phase.Load()
			r.Progress(Progress{
				Phase:   phase.name,
				Clients: int(r.joined.Load()),
				Said:    r.linesSaid(),
				Heard:   r.linesHeard(),
				Elapsed: time.Since(phase.since),
			})
		}
	}
}

// A phase is a part of a run.
type phase struct {
	name  string
	since time.Time
}

func (r *run) setPhase(name string) { r.phase.Store(&phase{name, time.Now()}) }

// linesSaid returns how many lines have been sent so far.
func (r *run) linesSaid() (n int64) {
	for _, s := range r.speakers {
		n += int64(s.written.Load())
	}
	return n
}

// linesHeard returns the number of deliveries so far; only those of the listeners' node, if there
// are two.
func (r *run) linesHeard() (n int64) {
	for _, c := range r.clients {
		if !c.atSpeakerNode {
			n += c.heard.Load()
		}
	}
	return n
}

// bytesRead returns how many bytes all clients have read so far.
func (r *run) bytesRead() (n int64) {
	for _, c := range r.allClients() {
		n += c.bytes.Load()
	}
	return n
}
