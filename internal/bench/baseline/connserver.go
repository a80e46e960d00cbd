package baseline

import (
	"net"
	"sync"
)

// A connServer accepts connections, and closes them all when its listener is closed.
type connServer struct {
	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]struct{}

	running sync.WaitGroup // everything that a connection started
}

// serve passes each connection that l accepts to handle, on a goroutine of its own, and closes it
// afterwards. When l fails or is closed, it closes all connections, waits until nothing runs any
// more, and returns l's error.
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

// startTask counts a goroutine that a connection's handler does not know of. It reports false if
// the listener is closed.
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
