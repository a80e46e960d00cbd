package tcpd

import (
	"runtime"
	"sync"

	"teahouse/door"
)

// A sweeper writes for all clients of a server, on one goroutine: it renders
// what there is for each one that was woken, and writes what the client's
// socket takes at once. A client whose socket is full gets a goroutine until it
// has caught up; see client.catchUp.
//
// In a room of a thousand that is cheaper than a goroutine for each: nothing is
// switched to and fro between two writes, and a client that waits has no stack.
type sweeper struct {
	bag  door.Bag
	wake chan struct{} // capacity 1: there are clients in ready
	quit chan struct{} // closed by the server
	done sync.WaitGroup

	mu    sync.Mutex
	ready []*client // those that were woken, each once
	spare []*client // what ready was at the last sweep
}

func newSweeper() *sweeper {
	return &sweeper{wake: make(chan struct{}, 1), quit: make(chan struct{})}
}

// start runs the sweeper until stop.
func (s *sweeper) start() {
	s.done.Go(func() {
		for {
			select {
			case <-s.wake:
				// Others first: a moment later there is more to sweep, for each
				// client in one write.
				runtime.Gosched()
				s.sweep()
			case <-s.quit:
				return
			}
		}
	})
}

// stop ends the sweeper. All clients must have been finished.
func (s *sweeper) stop() {
	close(s.quit)
	s.done.Wait()
}

// push has c swept. It is called from any goroutine, and does not wait.
func (s *sweeper) push(c *client) {
	s.mu.Lock()
	s.ready = append(s.ready, c)
	first := len(s.ready) == 1
	s.mu.Unlock()
	if first {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// sweep sees to all clients that are ready.
func (s *sweeper) sweep() {
	s.mu.Lock()
	ready := s.ready
	s.ready, s.spare = s.spare[:0], ready
	s.mu.Unlock()
	for i, c := range ready {
		c.sweep(&s.bag)
		ready[i] = nil // keep nobody alive
	}
}
