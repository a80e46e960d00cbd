package connlimit

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/transport"
)

// A silentConn's client neither reads nor sends nor hangs up. The channel is closed when the
// server closes the connection.
type silentConn struct {
	net.Conn
	remote     net.Addr
	linger     atomic.Int64 // the argument of SetLinger, plus one
	halfClosed atomic.Bool  // CloseWrite was called
	closed     chan struct{}
	closeOnce  sync.Once
}

func newSilentConn(name string) *silentConn {
	conn, _ := net.Pipe()
	return &silentConn{Conn: conn, remote: testAddr(name), closed: make(chan struct{})}
}

func (c *silentConn) RemoteAddr() net.Addr { return c.remote }

func (c *silentConn) SetLinger(sec int) error {
	c.linger.Store(int64(sec) + 1)
	return nil
}

func (c *silentConn) CloseWrite() error {
	c.halfClosed.Store(true)
	return nil
}

func (c *silentConn) Close() error {
	c.closeOnce.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func (c *silentConn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// newFixtureOfOne returns a fixture with a single place, which is taken.
func newFixtureOfOne(t *testing.T) *fixture {
	l := newFixture(t, New(Limits{Total: 1}))
	l.mustAccept("192.0.2.1").conn.SessionStarted()
	return l
}

// Refused clients that do not read delay nobody: some of them get two seconds to read, and the
// rest are closed at once.
func TestRefusedClientsThatDoNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixtureOfOne(t)
		var crowd []*silentConn
		began := time.Now()
		for range maxRefusals + 10 {
			d := newSilentConn("192.0.2.2")
			crowd = append(crowd, d)
			l.pipes.Accepted <- d
		}
		synctest.Wait()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("accepting took %v, want no time", waited)
		}
		for i, d := range crowd {
			if beyond := i >= maxRefusals; d.isClosed() != beyond {
				t.Errorf("client %d: closed at once is %t, want %t", i, d.isClosed(), beyond)
			}
		}
		for i, d := range crowd {
			<-d.closed
			if told := i < maxRefusals; d.halfClosed.Load() != told {
				t.Errorf("client %d: got the whole sentence: %t, want %t", i, d.halfClosed.Load(), told)
			}
		}
		if took := time.Since(began); took != 2*refusalTimeout {
			t.Errorf("refusing took %v, want %v", took, 2*refusalTimeout)
		}
		synctest.Wait()
		l.mustRefuse("192.0.2.2", ServerFull) // there is room for another refusal
	})
}

// An address that is refused again and again is not told every time. Other addresses still are.
func TestRefusalNoticesAreRateLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{Connects: 1}))
		told := func(addr string) bool {
			c, why := l.limiter.acquire(newSilentConn(addr), false)
			return c != nil || why != nil
		}
		n := 0
		for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(time.Millisecond) {
			if told("192.0.2.1") {
				n++
			}
		}
		if want := 1 + maxRefusals + 10*noticesPerSecond; n < want-1 || n > want {
			t.Errorf("%d of 10,000 refusals were sent, want %d", n, want)
		}
		for range 2 {
			if !told("192.0.2.2") {
				t.Error("another address was not told why")
			}
		}
	})
}

// A refused client that floods the server is closed as soon as it has sent maxRefusalInput bytes:
// nobody is charged for them.
func TestRefusedClientsThatFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixtureOfOne(t)
		end, other := net.Pipe()
		l.pipes.Accepted <- testkit.PipeConn{Conn: other, Remote: testAddr("192.0.2.2")}
		if _, err := end.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		began, sent := time.Now(), 0
		for err := error(nil); err == nil && sent <= maxRefusalInput; {
			var n int
			n, err = end.Write(make([]byte, 1000))
			sent += n
		}
		if sent != maxRefusalInput || time.Since(began) != 0 {
			t.Errorf("%d bytes were read in %v, want %d at once", sent, time.Since(began), maxRefusalInput)
		}
	})
}

// The kernel keeps nothing for a connection that is closed without a refusal.
func TestDroppedConnectionLingersZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := refuser{closed: true}
		d := newSilentConn("192.0.2.2")
		r.start(d, &reply.Refusal{Code: ServerFull})
		if !d.isClosed() || d.linger.Load() != 1 {
			t.Errorf("closed is %t, SetLinger was called with %d", d.isClosed(), d.linger.Load()-1)
		}
	})
}

// Close ends the refusals that are under way, whether they write or read, without waiting for the
// clients. It may be called more than once.
func TestCloseEndsRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixtureOfOne(t)
		mute := newSilentConn("192.0.2.2")
		l.pipes.Accepted <- mute
		end, other := net.Pipe()
		l.pipes.Accepted <- testkit.PipeConn{Conn: other, Remote: testAddr("192.0.2.2")}
		if _, err := end.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()

		began := time.Now()
		var closing sync.WaitGroup
		for range 3 {
			closing.Go(func() { l.listener.Close() })
		}
		closing.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("closing took %v, want no time", took)
		}
		if _, err := end.Read(make([]byte, 100)); err != io.EOF || !mute.isClosed() {
			t.Errorf("after Close a client reads %v, want EOF; the silent one is closed: %t", err, mute.isClosed())
		}
		if n := len(l.listener.(*listener).refuser.conns); n != 0 {
			t.Errorf("%d refusals are still under way", n)
		}
		if err := <-l.failed; err != net.ErrClosed {
			t.Errorf("Accept returned %v, want %v", err, net.ErrClosed)
		}
	})
}

// Without file descriptors the listener retries at growing intervals and logs that once. After a
// success it starts over.
func TestOutOfFileDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &testkit.Recorder{}
		g := New(Limits{})
		g.Log = log.New(j)
		l := newFixture(t, g)
		for run := range 2 {
			began := time.Now()
			for range 20 {
				l.pipes.Accepted <- &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
			}
			l.mustAccept("192.0.2.1")
			// 5, 10, 20, ... 640 ms, and then a second each time.
			if took := time.Since(began); took != 1275*time.Millisecond+12*time.Second {
				t.Errorf("20 failures took %v", took)
			}
			if lines := j.LinesWith("ERRO", "cannot accept a connection", syscall.EMFILE.Error(), "retry=5ms"); len(lines) != run+1 {
				t.Errorf("after %d runs of failures the log has %q", run+1, lines)
			}
		}
	})
}

// Close does not wait for the next attempt.
func TestCloseWhileOutOfFileDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(t, New(Limits{}))
		for range 10 {
			l.pipes.Accepted <- syscall.ENFILE
		}
		synctest.Wait()
		began := time.Now()
		l.listener.Close()
		if err := <-l.failed; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept returned %v, want %v", err, net.ErrClosed)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("closing took %v", took)
		}
	})
}

// listenTCP listens on a real socket. The channel receives the admitted connections.
func listenTCP(t *testing.T, g *Limiter) (addr string, conns chan *Conn) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := g.Listener(inner, false, writeRefusal)
	conns = make(chan *Conn, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns <- conn.(*Conn)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return inner.Addr().String(), conns
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// Over a real network, a refused client that has already sent a lot still reads the whole
// sentence and EOF, not a reset.
func TestRefusalOverTCP(t *testing.T) {
	g := New(Limits{Address: 1})
	addr, conns := listenTCP(t, g)
	first := dial(t, addr)
	held := <-conns

	second := dial(t, addr)
	if _, err := second.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(second)
	if want := strings.Replace(i18n.English(string(TooManyFromAddress)), "%d", "1", 1) + "\n"; err != nil || string(said) != want {
		t.Errorf("the client reads %q, %v, want %q and EOF", said, err, want)
	}

	held.Close()
	if _, err := io.ReadAll(first); err != nil {
		t.Errorf("the admitted client reads %v, want EOF", err)
	}
	dial(t, addr)
	(<-conns).Close()
}

// What servers do with a TCP connection works on a [Conn] as well.
func TestConnIsTCP(t *testing.T) {
	addr, conns := listenTCP(t, New(Limits{Total: 1}))
	client := dial(t, addr)
	conn := <-conns
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(uintptr) {}); err != nil {
		t.Error(err)
	}
	if err := conn.SetLinger(0); err != nil {
		t.Error(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Error(err)
	}
	if _, err := client.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after CloseWrite the client reads %v, want EOF", err)
	}
	if n, err := client.Write([]byte("x")); n != 1 || err != nil {
		t.Errorf("after CloseWrite the client cannot write: %v", err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("after CloseWrite the server cannot read: %v", err)
	}
}

// If the connection underneath is not a socket, a [Conn] returns errors.ErrUnsupported.
func TestConnOnNonSocket(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	conn := &Conn{WrappedConn: transport.WrappedConn{Conn: a}}
	defer conn.Close()
	_, syscallErr := conn.SyscallConn()
	for _, err := range []error{conn.CloseWrite(), conn.SetLinger(0), syscallErr} {
		if err != errors.ErrUnsupported {
			t.Errorf("got %v, want %v", err, errors.ErrUnsupported)
		}
	}
}

// A Limiter without limits costs one small allocation per connection.
func BenchmarkAcquire(b *testing.B) {
	for _, bm := range []struct {
		name    string
		limiter *Limiter
	}{
		{"no limits", New(Limits{})},
		{"all limits", New(Limits{Address: 10, Connects: 1 << 30, Handshakes: 10, Total: 10})},
	} {
		b.Run(bm.name, func(b *testing.B) {
			conn := newSilentConn("192.0.2.1")
			b.ReportAllocs()
			for b.Loop() {
				c, refusal := bm.limiter.acquire(conn, false)
				if refusal != nil {
					b.Fatal(refusal)
				}
				c.SessionStarted()
				if c.limiter != nil {
					c.limiter.release(c) // without closing the connection
				}
			}
		})
	}
}
