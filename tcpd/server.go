package tcpd

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/reply"
	"teahouse/internal/transport"
	"teahouse/room"
)

// ErrServerClosed is returned by [Server.Serve] after a call to Shutdown.
var ErrServerClosed = errors.New("tcpd: server closed")

// DefaultWriteTimeout is how long a client may take to read what is sent to it.
const DefaultWriteTimeout = 10 * time.Second

// A Server serves plain TCP clients. Its fields must not change once it serves.
type Server struct {
	Hub          *room.Hub          // must be set
	Dialect      *Dialect           // Dialects()[0] if nil
	Charset      Charset            // of the clients
	Log          *log.Logger        // log.Default() if nil
	WriteTimeout time.Duration      // DefaultWriteTimeout if 0
	Observe      transport.Observer // called after each write of events; may be nil

	init     sync.Once
	formats  [GBK + 1]*format // by charset of the output; that of Auto is UTF8's
	writer   *sharedWriter
	tracker  transport.Tracker
	stopOnce sync.Once
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
	utf8 := newFormat(s.Dialect, UTF8)
	s.formats = [...]*format{Auto: utf8, UTF8: utf8, GBK: newFormat(s.Dialect, GBK)}
	s.writer = newSharedWriter()
	s.writer.start()
}

// Serve accepts clients on l until Shutdown, and then returns [ErrServerClosed]. It closes l. It
// may be called for several listeners, at the same time.
func (s *Server) Serve(l net.Listener) error {
	s.init.Do(s.setUp)
	defer l.Close()
	if !s.tracker.AddListener(l) {
		return ErrServerClosed
	}
	defer s.tracker.RemoveListener(l)
	err := s.tracker.Accept(l, s.startClient, func(err error, retry time.Duration) {
		s.Log.Error("cannot accept a connection", "door", s.Dialect.Name, "err", err, "retry", retry)
	})
	if s.tracker.ShuttingDown() {
		return ErrServerClosed
	}
	return err
}

// startClient starts serving a connection.
func (s *Server) startClient(conn net.Conn) {
	c := newClient(s, conn)
	if !s.tracker.Add(c) {
		conn.Close()
		return
	}
	go func() {
		defer s.tracker.Remove(c)
		c.serve()
	}()
}

// Refuse writes a refusal to w, in the dialect's words.
func (s *Server) Refuse(w io.Writer, r *reply.Refusal) {
	s.init.Do(s.setUp)
	_, _ = w.Write(s.formats[s.Charset].formatReply(room.NewRefused(r), 0))
}

// Shutdown stops accepting, tells every client that the server is stopping, and waits until that
// is delivered and all goroutines have ended. If ctx ends first, it closes the remaining
// connections and returns ctx's error. Further calls wait too.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init.Do(s.setUp)
	err := s.tracker.Shutdown(ctx)
	if !errors.Is(err, transport.ErrClientHung) {
		s.stopOnce.Do(s.writer.stop) // nobody is left to write for
	}
	return err
}
