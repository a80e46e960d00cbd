package tcpd

import (
	"runtime"
	"sync"

	"teahouse/internal/transport"
)

// A sharedWriter writes to all clients of a server on one goroutine. For each client that was
// woken it renders what there is and writes as much as the socket accepts without blocking. A
// client whose socket is full gets a goroutine until it has caught up; see client.catchUp.
//
// With a thousand clients that is cheaper than a goroutine for each: there is no switching
// between two writes, and a waiting client has no writer stack.
type sharedWriter struct {
	batch transport.Batch
	wake  chan struct{} // capacity 1: there are clients in ready
	quit  chan struct{} // closed by stop
	done  sync.WaitGroup

	mu    sync.Mutex
	ready []*client // woken clients, each once
	spare []*client // ready of the previous flush, reused
}

func newSharedWriter() *sharedWriter {
	return &sharedWriter{wake: make(chan struct{}, 1), quit: make(chan struct{})}
}

// start runs the writer's goroutine until stop.
func (w *sharedWriter) start() {
	w.done.Go(func() {
		for {
			select {
			case <-w.wake:
				// Let others run first: a moment later there is more to write for each client, in
				// one write.
				runtime.Gosched()
				w.flush()
			case <-w.quit:
				return
			}
		}
	})
}

// stop ends the writer's goroutine. All clients must have finished.
func (w *sharedWriter) stop() {
	close(w.quit)
	w.done.Wait()
}

// schedule adds c to the clients to write to. It may be called from any goroutine and does not
// block.
func (w *sharedWriter) schedule(c *client) {
	w.mu.Lock()
	w.ready = append(w.ready, c)
	first := len(w.ready) == 1
	w.mu.Unlock()
	if first {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// flush writes to all clients that are ready.
func (w *sharedWriter) flush() {
	w.mu.Lock()
	ready := w.ready
	w.ready, w.spare = w.spare[:0], ready
	w.mu.Unlock()
	for i, c := range ready {
		c.flush(&w.batch)
		ready[i] = nil // let the client be collected
	}
}
