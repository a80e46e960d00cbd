package baseline

import (
	"io"
	"sync"
	"time"
)

// A client is a queue of lines and the goroutine that writes them.
type client struct {
	io    io.ReadWriter
	close func() // closes the connection; must not block, and may be called again

	index int // in hub.clients, guarded by hub.mu

	wake chan struct{} // capacity 1: the queue is not empty any more

	mu         sync.Mutex
	queue      [][]byte // the lines are shared with all other queues
	size       int      // of the queue, in bytes
	overflowed bool     // the queue was too long, and the connection is closed
}

func newClient(rw io.ReadWriter, closeConn func()) *client {
	return &client{io: rw, close: closeConn, wake: make(chan struct{}, 1)}
}

// enqueue appends a line to the queue. It never blocks; a client whose queue is too long is
// disconnected.
func (c *client) enqueue(line []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.overflowed {
		return
	}
	if c.size+len(line) > maxQueue {
		c.overflowed, c.queue = true, nil
		c.close()
		return
	}
	c.queue = append(c.queue, line)
	c.size += len(line)
	if len(c.queue) == 1 {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// take swaps the queue for an empty one.
func (c *client) take(empty [][]byte) [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.queue
	c.queue, c.size = empty, 0
	return taken
}

// write sends the greeting, and then what is in the queue, all of it in one write, until wake is
// closed or a write fails.
func (c *client) write(s *wireFormat) {
	// No deadline unblocks a write that waits for an SSH client's window, but closing the
	// connection does. One timer serves TCP as well.
	watchdog := time.AfterFunc(writeTimeout, c.close)
	defer watchdog.Stop()
	watchdog.Stop()

	var lines [][]byte
	buf := []byte(s.greeting)
	for {
		watchdog.Reset(writeTimeout)
		if _, err := c.io.Write(buf); err != nil {
			c.close()
			return
		}
		watchdog.Stop()
		if cap(buf) > maxBuffer {
			buf, lines = nil, nil
		}
		if _, ok := <-c.wake; !ok {
			return
		}
		lines = c.take(lines[:0])
		buf = append(buf[:0], s.before...)
		for _, line := range lines {
			buf = append(buf, line...)
		}
		buf = append(buf, s.after...)
		clear(lines) // let the lines be collected
	}
}
