package baseline

import "sync"

// A hub sends each line to everybody.
type hub struct {
	connServer
	format wireFormat

	mu      sync.Mutex // makes one order of all lines; taken before client.mu
	clients []*client  // guarded by mu
}

// serveClient adds c, and broadcasts what it sends, until its connection ends.
func (h *hub) serveClient(c *client) {
	h.join(c)
	var writing sync.WaitGroup
	writing.Go(func() { c.write(&h.format) })
	forEachLine(c.io, h.broadcast)
	h.leave(c)
	c.close()
	writing.Wait()
}

// broadcast appends a line to everybody's queue.
func (h *hub) broadcast(line []byte) {
	s := &h.format
	shared := s.appendLine(make([]byte, 0, len(s.prefix)+len(line)+len(s.end)), line)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.clients {
		c.enqueue(shared)
	}
}

func (h *hub) join(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.index = len(h.clients)
	h.clients = append(h.clients, c)
}

// leave removes c. Nobody else wakes its writer, so the writer may end now.
func (h *hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	last := len(h.clients) - 1
	h.clients[c.index] = h.clients[last]
	h.clients[c.index].index = c.index
	h.clients[last] = nil
	h.clients = h.clients[:last]
	close(c.wake)
}
