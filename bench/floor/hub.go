package floor

import "sync"

// A hub is where a line becomes one for everybody.
type hub struct {
	door
	shape shape

	order   sync.Mutex // of the lines; taken before client.mu
	clients []*client  // guarded by order
}

// talk has c hear, and say what it sends, until its connection ends.
func (h *hub) talk(c *client) {
	h.join(c)
	var writing sync.WaitGroup
	writing.Go(func() { c.write(&h.shape) })
	eachLine(c.io, h.say)
	h.leave(c)
	c.close()
	writing.Wait()
}

// say puts a line into everybody's queue.
func (h *hub) say(line []byte) {
	s := &h.shape
	shared := s.appendLine(make([]byte, 0, len(s.prefix)+len(line)+len(s.end)), line)
	h.order.Lock()
	defer h.order.Unlock()
	for _, c := range h.clients {
		c.enqueue(shared)
	}
}

func (h *hub) join(c *client) {
	h.order.Lock()
	defer h.order.Unlock()
	c.place = len(h.clients)
	h.clients = append(h.clients, c)
}

// leave takes c out. Nobody else wakes its writer, so that may end now.
func (h *hub) leave(c *client) {
	h.order.Lock()
	defer h.order.Unlock()
	last := len(h.clients) - 1
	h.clients[c.place] = h.clients[last]
	h.clients[c.place].place = c.place
	h.clients[last] = nil
	h.clients = h.clients[:last]
	close(c.wake)
}
