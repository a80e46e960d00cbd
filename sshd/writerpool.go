package sshd

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/transport"
)

const (
	// A terminal is slow once a write takes longer than stuckAfter, or longer than slowAfter without
	// quickAgain quicker ones before it: after those, a single one often means that the writing
	// thread had to wait for its turn on a busy machine. After quickAgain quicker writes in a row it
	// is no longer slow.
	slowAfter  = 2 * time.Millisecond
	quickAgain = 32

	// waitedAfter is how long a write takes if it has probably waited for something.
	waitedAfter = slowAfter / 8

	// stuckAfter is how often the pool looks whether a worker is stuck, or the workers mostly wait.
	stuckAfter = 10 * time.Millisecond

	// terminalsPerWorker is how many terminals must wait before another worker is started.
	terminalsPerWorker = 64

	// crowd is how many terminals must be ready for a worker to let others run first. Where few are,
	// a microsecond matters more.
	crowd = 16
)

// A writerPool writes to terminals on a few goroutines, its workers. A terminal that was woken
// waits in a queue; a worker takes one after the other and writes what there is for it. With a
// thousand terminals that is cheaper than a goroutine for each: there is no switching between two
// writes, and a terminal that waits has no writer's stack.
//
// A write can take as long as its client pleases, and nobody else waits for that. A terminal to which
// writes have taken longer than slowAfter is slow: each further write to it has a goroutine of its
// own. A worker that is stuck in a write no longer counts, and four others take its place; and if the
// workers spend half of their time in writes that wait, there are twice as many. So clients that stop
// reading, however many, delay the others for some tens of milliseconds, until they are known to be
// slow. One that was quick for a while can do it again.
//
// Workers end when the queue is empty. The zero value is ready to use.
type writerPool struct {
	mu      sync.Mutex
	ready   []*terminalWriter // woken, oldest first; those before next are taken
	next    int
	workers map[*poolWorker]bool // those that are not stuck
	most    int                  // how many workers there may be
	checks  *time.Timer          // calls check while there are any
	waited  time.Duration        // how long workers have waited in writes since the last check

	batches sync.Pool // of *transport.Batch
}

// A poolWorker is a worker of a writerPool. The pool's lock guards it, except for waited, which only
// the worker's goroutine uses.
type poolWorker struct {
	waited time.Duration   // how long the last write took, if it has waited
	now    *terminalWriter // that it is writing to
	writes uint64          // how many it has begun
	seen   uint64          // writes, at the last check
	stuck  bool            // others have taken its place
}

// A terminalWriter is the output side of a terminal.
type terminalWriter struct {
	terminal flusher
	pool     *writerPool

	state atomic.Int32
	slow  atomic.Bool   // writes to it have taken long
	quick int           // how many in a row have not; whoever is writing owns it
	done  chan struct{} // closed when nothing will be written any more
}

// A flusher writes what there is for a terminal, and reports whether there is more. Over says that
// nothing will be written any more. It may block.
type flusher interface {
	flush(*transport.Batch) (more, over bool)
}

// newTerminalWriter returns the writer of a terminal, which does not write before release.
func newTerminalWriter(terminal flusher, pool *writerPool) terminalWriter {
	return terminalWriter{terminal: terminal, pool: pool, done: make(chan struct{})}
}

// The states of a terminalWriter. Whoever has made it writing writes to the terminal, and nobody
// else does.
const (
	writing      int32 = iota // also while the session is greeted, before release
	writingWoken              // writing, and there may be more
	asleep                    // waits to be woken
	queued                    // in the pool's queue
)

// Wake implements [room.Waker]: it has the pool write to the terminal.
func (w *terminalWriter) Wake() {
	for {
		switch state := w.state.Load(); state {
		case queued, writingWoken:
			return
		case writing:
			if w.state.CompareAndSwap(writing, writingWoken) {
				return
			}
		case asleep:
			if w.state.CompareAndSwap(asleep, queued) {
				w.pool.enqueue(w)
				return
			}
		}
	}
}

// release gives w to the pool. Until then Wake only notes that there is something.
func (w *terminalWriter) release() {
	w.state.Store(queued)
	w.pool.enqueue(w)
}

func (p *writerPool) enqueue(w *terminalWriter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next > len(p.ready)/2 { // otherwise a queue that is never empty would grow for ever
		p.ready, p.next = slices.Delete(p.ready, 0, p.next), 0
	}
	p.ready = append(p.ready, w)
	if p.workers == nil {
		p.workers, p.most = map[*poolWorker]bool{}, runtime.GOMAXPROCS(0)
		p.checks = time.AfterFunc(stuckAfter, p.check)
	}
	if len(p.workers) < p.most && p.waitingLocked() > len(p.workers)*terminalsPerWorker {
		p.startWorkerLocked()
	}
}

func (p *writerPool) startWorkerLocked() {
	worker := new(poolWorker)
	if len(p.workers) == 0 {
		p.most = runtime.GOMAXPROCS(0)
		p.checks.Reset(stuckAfter)
	}
	p.workers[worker] = true
	go p.work(worker)
}

// work writes to terminals until none is ready, or the worker has been stuck.
func (p *writerPool) work(worker *poolWorker) {
	if p.isCrowded() {
		// Let others run first: a moment later there is more to write for each terminal, in one write.
		runtime.Gosched()
	}
	batch := p.newBatch()
	defer p.batches.Put(batch)
	for w := p.take(worker); w != nil; w = p.take(worker) {
		if w.slow.Load() {
			go p.writeAlone(w)
			continue
		}
		if took := p.write(w, batch); took >= waitedAfter {
			worker.waited = min(took, stuckAfter)
		}
	}
}

// newBatch returns a batch, which goes back to the pool's batches after use.
func (p *writerPool) newBatch() *transport.Batch {
	if batch, ok := p.batches.Get().(*transport.Batch); ok {
		return batch
	}
	return new(transport.Batch)
}

// isCrowded reports whether enough terminals are ready that yielding to others pays.
func (p *writerPool) isCrowded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waitingLocked() > crowd
}

// waitingLocked returns how many terminals wait for a worker.
func (p *writerPool) waitingLocked() int { return len(p.ready) - p.next }

// take returns the terminal that a worker writes to next, or nil if the worker has to end.
func (p *writerPool) take(worker *poolWorker) *terminalWriter {
	p.mu.Lock()
	defer p.mu.Unlock()
	worker.now = nil
	if worker.stuck {
		return nil
	}
	p.waited += worker.waited
	worker.waited = 0
	if p.waitingLocked() == 0 {
		p.ready, p.next = p.ready[:0], 0
		delete(p.workers, worker)
		return nil
	}
	worker.now = p.ready[p.next]
	worker.writes++
	p.ready[p.next] = nil // let it be collected
	p.next++
	return worker.now
}

// write writes to a terminal, and returns how long that took.
func (p *writerPool) write(w *terminalWriter, batch *transport.Batch) (took time.Duration) {
	w.state.Store(writing)
	start := time.Now()
	more, over := w.terminal.flush(batch)
	took = time.Since(start)
	w.quick++
	if took >= slowAfter {
		if w.quick <= quickAgain || took >= stuckAfter {
			w.slow.Store(true)
		}
		w.quick = 0
	}
	p.written(w, more, over)
	return took
}

// writeAlone writes to a slow terminal.
func (p *writerPool) writeAlone(w *terminalWriter) {
	w.state.Store(writing)
	if w.quick >= quickAgain { // before flush, which may make it slow itself
		w.slow.Store(false)
	}
	batch := p.newBatch()
	defer p.batches.Put(batch)
	p.write(w, batch)
}

// written queues a terminal again if there is more, or lets it sleep.
func (p *writerPool) written(w *terminalWriter, more, over bool) {
	switch {
	case over:
		close(w.done)
	case more || !w.state.CompareAndSwap(writing, asleep):
		w.release()
	}
}

// check replaces workers that are stuck, and adds some if they mostly wait. If one that was added
// earlier has not had its turn yet, the machine is too busy, and more of them would not help.
func (p *writerPool) check() {
	p.mu.Lock()
	defer p.mu.Unlock()
	more := true
	for worker := range p.workers {
		more = more && worker.writes > 0
	}
	for worker := range p.workers {
		if worker.now == nil || worker.writes != worker.seen {
			worker.seen = worker.writes
			continue
		}
		worker.stuck = true
		delete(p.workers, worker)
		if more || len(p.workers) == 0 {
			p.most++
			p.startWorkersLocked(4)
		}
	}
	if more && p.waited > time.Duration(len(p.workers))*stuckAfter/2 {
		p.startWorkersLocked(len(p.workers))
	}
	p.waited = 0
	if len(p.workers) > 0 {
		p.checks.Reset(stuckAfter)
	}
}

// startWorkersLocked starts up to n workers, and no more than there are terminals for.
func (p *writerPool) startWorkersLocked(n int) {
	for range min(n, p.waitingLocked()) {
		p.startWorkerLocked()
	}
}
