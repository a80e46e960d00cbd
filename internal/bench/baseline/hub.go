package baseline

import "sync"

// A hub is where a line becomes one for everybody.
type hub struct {
	connServer
	format wireFormat

	mu      sync.Mutex // of the lines; taken before client.mu
	clients []*client  // guarded by order
}

// serveClient has c hear, and say what it sends, until its connection ends.
func (h *hub) serveClient(c *client) {
	h.join(c)
	var writing sync.WaitGroup
	writing.Go(func() { c.write(&h.format) })
	forEachLine(c.io, h.broadcast)
	h.leave(c)
	c.close()
	writing.Wait()
}

// broadcast puts a line into everybody's queue.
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

// leave takes c out. Nobody else wakes its writer, so that may end now.
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
