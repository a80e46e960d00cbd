package tcpd

import (
	"runtime"
	"sync"

	"teahouse/internal/transport"
)

// A sharedWriter writes for all clients of a server, on one goroutine: it renders
// what there is for each one that was woken, and writes what the client's
// socket takes at once. A client whose socket is full gets a goroutine until it
// has caught up; see client.catchUp.
//
// In a room of a thousand that is cheaper than a goroutine for each: nothing is
// switched to and fro between two writes, and a client that waits has no stack.
type sharedWriter struct {
	batch transport.Batch
	wake  chan struct{} // capacity 1: there are clients in ready
	quit  chan struct{} // closed by the server
	done  sync.WaitGroup

	mu    sync.Mutex
	ready []*client // those that were woken, each once
	spare []*client // what ready was at the last sweep
}

func newSharedWriter() *sharedWriter {
	return &sharedWriter{wake: make(chan struct{}, 1), quit: make(chan struct{})}
}

// start runs the sweeper until stop.
func (w *sharedWriter) start() {
	w.done.Go(func() {
		for {
			select {
			case <-w.wake:
				// Others first: a moment later there is more to sweep, for each
				// client in one write.
				runtime.Gosched()
				w.flush()
			case <-w.quit:
				return
			}
		}
	})
}

// stop ends the sweeper. All clients must have been finished.
func (w *sharedWriter) stop() {
	close(w.quit)
	w.done.Wait()
}

// schedule has c swept. It is called from any goroutine, and does not wait.
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

// flush sees to all clients that are ready.
func (w *sharedWriter) flush() {
	w.mu.Lock()
	ready := w.ready
	w.ready, w.spare = w.spare[:0], ready
	w.mu.Unlock()
	for i, c := range ready {
		c.flush(&w.batch)
		ready[i] = nil // keep nobody alive
	}
}
