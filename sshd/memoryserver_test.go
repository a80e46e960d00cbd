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

	"teahouse/internal/testkit"
	"teahouse/room"
)

// A memoryServer serves connections without a network, for synctest bubbles, which cannot contain
// sockets.
type memoryServer struct {
	*testServer
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
	wrap   func(net.Conn) net.Conn // around the server's ends; may be nil
}

// startMemoryServer starts a server in a bubble. The test must stop it before it ends.
func startMemoryServer(t *testing.T, change func(*Server)) *memoryServer {
	t.Helper()
	logged := &testkit.Recorder{}
	s := &Server{Hub: room.New(room.Config{}), HostKey: testkit.NewSigner(t), Log: log.NewWithOptions(logged, log.Options{Level: log.DebugLevel})}
	if change != nil {
		change(s)
	}
	l := &memoryServer{testServer: &testServer{Server: s, log: logged}, conns: make(chan net.Conn), closed: make(chan struct{})}
	go func() { _ = s.Serve(l) }()
	return l
}

// stop stops the server, whose clients may be dead.
func (s *memoryServer) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.Shutdown(ctx)
}

func (s *memoryServer) Accept() (net.Conn, error) {
	select {
	case conn := <-s.conns:
		return conn, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *memoryServer) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *memoryServer) Addr() net.Addr { return &net.TCPAddr{} }

// connect connects a client that answers keepalives, or ignores them.
func (s *memoryServer) connect(t *testing.T, user string, answers bool) (*gossh.Client, *memoryConn) {
	t.Helper()
	return s.connectAs(t, user, gossh.KeyboardInteractive(noQuestions), answers)
}

// connectAs does what connect does, with an authentication method.
func (s *memoryServer) connectAs(t *testing.T, user string, auth gossh.AuthMethod, answers bool) (*gossh.Client, *memoryConn) {
	t.Helper()
	up, down := newMemoryPipe(), newMemoryPipe()
	own := &memoryConn{in: down, out: up}
	var theirs net.Conn = &memoryConn{in: up, out: down}
	if s.wrap != nil {
		theirs = s.wrap(theirs)
	}
	s.conns <- theirs
	c, channels, requests, err := gossh.NewClientConn(own, "", &gossh.ClientConfig{
		User:            user,
		HostKeyCallback: gossh.FixedHostKey(s.HostKey.PublicKey()),
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

// A memoryConn is one end of a connection.
type memoryConn struct{ in, out *memoryPipe }

func (c *memoryConn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *memoryConn) Write(p []byte) (int, error) { return c.out.write(p) }

func (c *memoryConn) Close() error {
	c.in.close()
	c.out.close()
	time.Sleep(c.out.closing)
	return nil
}

func (c *memoryConn) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }
func (c *memoryConn) RemoteAddr() net.Addr             { return c.LocalAddr() }
func (c *memoryConn) SetDeadline(time.Time) error      { return nil }
func (c *memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }

// A memoryPipe is one direction of a connection. It holds some bytes, as sockets do; a dead
// peer's holds everything.
type memoryPipe struct {
	mu      sync.Mutex
	changed *sync.Cond
	bytes   []byte
	closed  bool
	dead    bool          // what is written gets nowhere, and nobody tells
	full    bool          // nobody reads, so that writing waits
	closing time.Duration // how long closing it takes
}

func newMemoryPipe() *memoryPipe {
	s := &memoryPipe{}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (mp *memoryPipe) read(p []byte) (int, error) {
	mp.mu.Lock()
	defer mp.mu.Unlock()
	for len(mp.bytes) == 0 && !mp.closed {
		mp.changed.Wait()
	}
	if len(mp.bytes) == 0 {
		return 0, io.EOF
	}
	n := copy(p, mp.bytes)
	mp.bytes = mp.bytes[n:]
	mp.changed.Broadcast()
	return n, nil
}

func (mp *memoryPipe) write(p []byte) (int, error) {
	const most = 64 << 10
	mp.mu.Lock()
	defer mp.mu.Unlock()
	for (mp.full || len(mp.bytes) > most) && !mp.closed && !mp.dead {
		mp.changed.Wait()
	}
	switch {
	case mp.closed:
		return 0, io.ErrClosedPipe
	case !mp.dead:
		mp.bytes = append(mp.bytes, p...)
		mp.changed.Broadcast()
	}
	return len(p), nil
}

func (mp *memoryPipe) close() { mp.update(func() { mp.closed = true }) }

// update makes a change and wakes those who wait for one.
func (mp *memoryPipe) update(change func()) {
	mp.mu.Lock()
	defer mp.mu.Unlock()
	change()
	mp.changed.Broadcast()
}
