package tcpd

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/room"
)

// ErrServerClosed is returned by [Server.Serve] after a call to Shutdown.
var ErrServerClosed = errors.New("tcpd: server closed")

// DefaultWriteTimeout is how long a client may take to read what is sent to it.
const DefaultWriteTimeout = 10 * time.Second

// A Server is a plain TCP door. Its fields must not change once it serves.
type Server struct {
	House        *room.House   // must be set
	Dialect      *Dialect      // Dialects()[0] if nil
	Log          *log.Logger   // log.Default() if nil
	WriteTimeout time.Duration // DefaultWriteTimeout if 0

	init    sync.Once
	voice   *voice
	buffers sync.Pool // of *[]byte, what writers render into: those that wait need none

	mu        sync.Mutex
	closed    bool
	done      chan struct{} // closed by Shutdown
	listeners map[net.Listener]bool
	clients   map[*client]bool
	running   sync.WaitGroup // clients and listeners
}

func (s *Server) setUp() {
	if s.Dialect == nil {
		s.Dialect = Dialects()[0]
	}
	if s.Log == nil {
		s.Log = log.Default()
	}
	if s.WriteTimeout == 0 {
		s.WriteTimeout = DefaultWriteTimeout
	}
	s.voice = newVoice(s.Dialect)
	s.buffers.New = func() any { return new([]byte) }
	s.done = make(chan struct{})
	s.listeners = map[net.Listener]bool{}
	s.clients = map[*client]bool{}
}

// Serve accepts clients on l until Shutdown, then returns [ErrServerClosed]. It
// may be called for several listeners. It closes l.
func (s *Server) Serve(l net.Listener) error {
	s.init.Do(s.setUp)
	defer l.Close()
	if !s.track(l) {
		return ErrServerClosed
	}
	defer s.untrack(l)

	var wait time.Duration
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			s.start(conn)
		case errors.Is(err, net.ErrClosed):
			return ErrServerClosed
		default:
			// Out of file descriptors, as a rule: it passes when somebody
			// leaves. Until then, do not spin.
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.Log.Error("cannot accept a connection", "door", s.Dialect.Name, "err", err, "retry", wait)
			select {
			case <-time.After(wait):
			case <-s.done:
				return ErrServerClosed
			}
		}
	}
}

// start begins a client's session, unless the server is closing.
func (s *Server) start(conn net.Conn) {
	c := &client{server: s, conn: conn}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		conn.Close()
		return
	}
	s.clients[c] = true
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		defer s.forget(c)
		c.serve()
	}()
}

func (s *Server) forget(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}

func (s *Server) track(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.listeners[l] = true
	s.running.Add(1)
	return true
}

func (s *Server) untrack(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
	s.running.Done()
}

// Shutdown stops accepting, tells every client that the server is stopping,
// and waits until all of that has been delivered and all goroutines have
// ended. When ctx ends first it closes the connections that are left and
// returns ctx's error. Calling it again waits again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init.Do(s.setUp)
	for _, c := range s.close() {
		c.leave(room.Stopping)
	}
	finished := make(chan struct{})
	go func() {
		s.running.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		for _, c := range s.close() {
			c.conn.Close()
		}
		<-finished
		return ctx.Err()
	}
}

func (s *Server) closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// close lets nobody in any more and returns the clients that are here.
func (s *Server) close() []*client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.done)
		for l := range s.listeners {
			l.Close()
		}
	}
	clients := make([]*client, 0, len(s.clients))
	for c := range s.clients {
		clients = append(clients, c)
	}
	return clients
}
