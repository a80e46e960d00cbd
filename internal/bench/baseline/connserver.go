package baseline

import (
	"net"
	"sync"
)

// A connServer lets connections in, and ends them all when its listener is closed.
type connServer struct {
	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]struct{}

	running sync.WaitGroup // everything that a connection started
}

// serve gives each connection that l accepts to handle, on a goroutine of its
// own, and closes it afterwards. When l fails, or is closed, it closes all of
// them, waits until nothing runs any more, and returns the listener's error.
func (s *connServer) serve(l net.Listener, handle func(net.Conn)) error {
	defer s.running.Wait()
	defer s.close()
	defer l.Close()
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		s.track(conn)
		s.running.Go(func() {
			defer s.untrack(conn)
			handle(conn)
		})
	}
}

// startTask says that something new runs, unless the door is closed. It is for
// goroutines of which the one that handles the connection does not know.
func (s *connServer) startTask() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

func (s *connServer) track(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		s.conns = make(map[net.Conn]struct{})
	}
	s.conns[conn] = struct{}{}
}

func (s *connServer) untrack(conn net.Conn) {
	conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

func (s *connServer) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for conn := range s.conns {
		conn.Close()
	}
}
