package floor

import (
	"net"
	"sync"
)

// A door lets connections in, and ends them all when its listener is closed.
type door struct {
	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]struct{}

	running sync.WaitGroup // everything that a connection started
}

// serve gives each connection that l accepts to handle, on a goroutine of its
// own, and closes it afterwards. When l fails, or is closed, it closes all of
// them, waits until nothing runs any more, and returns the listener's error.
func (d *door) serve(l net.Listener, handle func(net.Conn)) error {
	defer d.running.Wait()
	defer d.close()
	defer l.Close()
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		d.hold(conn)
		d.running.Go(func() {
			defer d.drop(conn)
			handle(conn)
		})
	}
}

// enter says that something new runs, unless the door is closed. It is for
// goroutines of which the one that handles the connection does not know.
func (d *door) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.running.Add(1)
	}
	return !d.closed
}

func (d *door) hold(conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conns == nil {
		d.conns = make(map[net.Conn]struct{})
	}
	d.conns[conn] = struct{}{}
}

func (d *door) drop(conn net.Conn) {
	conn.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, conn)
}

func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for conn := range d.conns {
		conn.Close()
	}
}
