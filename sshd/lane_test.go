package sshd

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/log"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/room"
)

// A lane is a way to a server without a network, for synctest bubbles, in which
// sockets cannot be.
type lane struct {
	*house
	conns chan net.Conn
	once  sync.Once
	shut  chan struct{}
	wrap  func(net.Conn) net.Conn // around the server's ends; may be nil
}

// openLane starts a server in a bubble. The test must stop it before it ends.
func openLane(t *testing.T, change func(*Server)) *lane {
	t.Helper()
	logged := &lockedBuffer{}
	s := &Server{House: room.NewHouse(), HostKey: newSigner(t), Log: log.NewWithOptions(logged, log.Options{Level: log.DebugLevel})}
	if change != nil {
		change(s)
	}
	l := &lane{house: &house{Server: s, log: logged}, conns: make(chan net.Conn), shut: make(chan struct{})}
	go func() { _ = s.Serve(l) }()
	return l
}

// stop ends the server, whose clients may be dead.
func (l *lane) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.Shutdown(ctx)
}

func (l *lane) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.shut:
		return nil, net.ErrClosed
	}
}

func (l *lane) Close() error {
	l.once.Do(func() { close(l.shut) })
	return nil
}

func (l *lane) Addr() net.Addr { return &net.TCPAddr{} }

// comes brings a client to the server that answers what it is asked, or ignores it.
func (l *lane) comes(t *testing.T, user string, answers bool) (*gossh.Client, *wire) {
	t.Helper()
	return l.comesAs(t, user, gossh.KeyboardInteractive(noQuestions), answers)
}

// comesAs is comes for somebody who says who that is.
func (l *lane) comesAs(t *testing.T, user string, auth gossh.AuthMethod, answers bool) (*gossh.Client, *wire) {
	t.Helper()
	up, down := newStream(), newStream()
	own := &wire{in: down, out: up}
	var theirs net.Conn = &wire{in: up, out: down}
	if l.wrap != nil {
		theirs = l.wrap(theirs)
	}
	l.conns <- theirs
	c, channels, requests, err := gossh.NewClientConn(own, "", &gossh.ClientConfig{
		User:            user,
		HostKeyCallback: gossh.FixedHostKey(l.HostKey.PublicKey()),
		Auth:            []gossh.AuthMethod{auth},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !answers {
		ignored := requests
		go func() {
			for range ignored {
			}
		}()
		none := make(chan *gossh.Request)
		close(none)
		requests = none
	}
	client := gossh.NewClient(c, channels, requests)
	t.Cleanup(func() { client.Close() })
	return client, own
}

// A wire is one end of a connection.
type wire struct{ in, out *stream }

func (w *wire) Read(p []byte) (int, error)  { return w.in.read(p) }
func (w *wire) Write(p []byte) (int, error) { return w.out.write(p) }

func (w *wire) Close() error {
	w.in.close()
	w.out.close()
	time.Sleep(w.out.closing)
	return nil
}

func (w *wire) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }
func (w *wire) RemoteAddr() net.Addr             { return w.LocalAddr() }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// A stream is one direction of it. It holds some bytes, as sockets do, and a dead
// peer's holds all.
type stream struct {
	mu      sync.Mutex
	changed *sync.Cond
	bytes   []byte
	closed  bool
	dead    bool          // what is written gets nowhere, and nobody tells
	full    bool          // nobody reads, so that writing waits
	closing time.Duration // how long closing it takes
}

func newStream() *stream {
	s := &stream{}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.bytes) == 0 && !s.closed {
		s.changed.Wait()
	}
	if len(s.bytes) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.bytes)
	s.bytes = s.bytes[n:]
	s.changed.Broadcast()
	return n, nil
}

func (s *stream) write(p []byte) (int, error) {
	const most = 64 << 10
	s.mu.Lock()
	defer s.mu.Unlock()
	for (s.full || len(s.bytes) > most) && !s.closed && !s.dead {
		s.changed.Wait()
	}
	switch {
	case s.closed:
		return 0, io.ErrClosedPipe
	case !s.dead:
		s.bytes = append(s.bytes, p...)
		s.changed.Broadcast()
	}
	return len(p), nil
}

func (s *stream) close() { s.set(func() { s.closed = true }) }

// set changes a stream, and wakes those who wait for that.
func (s *stream) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	s.changed.Broadcast()
}
