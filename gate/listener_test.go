package gate

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

	"teahouse/door"
	"teahouse/room"
)

// A deaf client neither reads nor sends nor hangs up. It tells when the server
// closes.
type deaf struct {
	net.Conn
	from   net.Addr
	linger atomic.Int64 // what SetLinger was called with, plus one
	half   atomic.Bool  // CloseWrite was called
	out    chan struct{}
	close  sync.Once
}

func newDeaf(name string) *deaf {
	conn, _ := net.Pipe()
	return &deaf{Conn: conn, from: from(name), out: make(chan struct{})}
}

func (d *deaf) RemoteAddr() net.Addr { return d.from }

func (d *deaf) SetLinger(sec int) error {
	d.linger.Store(int64(sec) + 1)
	return nil
}

func (d *deaf) CloseWrite() error {
	d.half.Store(true)
	return nil
}

func (d *deaf) Close() error {
	d.close.Do(func() { close(d.out) })
	return d.Conn.Close()
}

func (d *deaf) isOut() bool {
	select {
	case <-d.out:
		return true
	default:
		return false
	}
}

// fullGate lets in nobody but one, who is in.
func fullGate(t *testing.T) *lodge {
	l := open(t, New(Limits{Total: 1}))
	l.comesIn("192.0.2.1").conn.Admitted()
	return l
}

// Those who are refused and read nothing keep nobody else waiting: some are
// given two seconds, those beyond are cut off at once.
func TestRefusedWhoDoNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := fullGate(t)
		var crowd []*deaf
		began := time.Now()
		for range maxRefusals + 10 {
			d := newDeaf("192.0.2.2")
			crowd = append(crowd, d)
			l.street.arrivals <- d
		}
		synctest.Wait()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("accepting took %v", waited)
		}
		for i, d := range crowd {
			if beyond := i >= maxRefusals; d.isOut() != beyond {
				t.Errorf("client %d: cut off is %t", i, d.isOut())
			}
		}
		for i, d := range crowd {
			<-d.out
			if told := i < maxRefusals; d.half.Load() != told {
				t.Errorf("client %d: told the end of the sentence: %t", i, d.half.Load())
			}
		}
		if took := time.Since(began); took != 2*refusalTime {
			t.Errorf("refusing took %v, want %v", took, 2*refusalTime)
		}
		synctest.Wait()
		l.isRefused("192.0.2.2", Full) // there is time for that again
	})
}

// An address that is refused again and again is not told each time, and that costs others
// nothing: they are.
func TestRefusedWithoutPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{Connects: 1}))
		told := func(addr string) bool {
			c, why := l.gate.enter(newDeaf(addr), false)
			return c != nil || why != nil
		}
		n := 0
		for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(time.Millisecond) {
			if told("192.0.2.1") {
				n++
			}
		}
		if want := 1 + maxRefusals + 10*toldASecond; n < want-1 || n > want {
			t.Errorf("%d of 10,000 were told, want %d", n, want)
		}
		for range 2 {
			if !told("192.0.2.2") {
				t.Error("somebody else is not told")
			}
		}
	})
}

// Who is refused and pours is not listened to for as long as it may take to go: nothing of
// that is paid for.
func TestRefusedWhoPour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := fullGate(t)
		end, other := net.Pipe()
		l.street.arrivals <- passage{other, from("192.0.2.2")}
		if _, err := end.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		began, poured := time.Now(), 0
		for err := error(nil); err == nil && poured <= refusalSize; {
			var n int
			n, err = end.Write(make([]byte, 1000))
			poured += n
		}
		if poured != refusalSize || time.Since(began) != 0 {
			t.Errorf("%d bytes were taken in %v, want %d at once", poured, time.Since(began), refusalSize)
		}
	})
}

// Of who is cut off unheard the kernel keeps nothing.
func TestCutOffLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := refusals{closed: true}
		d := newDeaf("192.0.2.2")
		r.begin(d, &room.Refusal{Phrase: Full})
		if !d.isOut() || d.linger.Load() != 1 {
			t.Errorf("closed is %t, SetLinger was called with %d", d.isOut(), d.linger.Load()-1)
		}
	})
}

// Closing ends the refusals that are under way, those that write and those
// that read; it does not wait for the clients. Doing it again is harmless.
func TestCloseEndsRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := fullGate(t)
		mute := newDeaf("192.0.2.2")
		l.street.arrivals <- mute
		end, other := net.Pipe()
		l.street.arrivals <- passage{other, from("192.0.2.2")}
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
			t.Errorf("closing took %v", took)
		}
		if _, err := end.Read(make([]byte, 100)); err != io.EOF || !mute.isOut() {
			t.Errorf("after Close a client reads %v, another is cut off: %t", err, mute.isOut())
		}
		if n := len(l.listener.(*listener).refusals.conns); n != 0 {
			t.Errorf("%d refusals are left", n)
		}
		if err := <-l.failed; err != net.ErrClosed {
			t.Errorf("Accept returned %v, want %v", err, net.ErrClosed)
		}
	})
}

// When there are no more file descriptors, the listener tries again, more and
// more rarely, and says so once; when that is over, it begins anew.
func TestOutOfFileDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{}
		g := New(Limits{})
		g.Log = log.New(j)
		l := open(t, g)
		for run := range 2 {
			began := time.Now()
			for range 20 {
				l.street.arrivals <- &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
			}
			l.comesIn("192.0.2.1")
			// 5, 10, 20, ... 640 ms, and then a second each time.
			if took := time.Since(began); took != 1275*time.Millisecond+12*time.Second {
				t.Errorf("20 failures took %v", took)
			}
			if lines := j.lines("ERRO", "cannot accept a connection", syscall.EMFILE.Error(), "retry=5ms"); len(lines) != run+1 {
				t.Errorf("after %d runs of failures the log has %q", run+1, lines)
			}
		}
	})
}

// Closing does not wait until the next attempt.
func TestCloseWhileOutOfFileDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, New(Limits{}))
		for range 10 {
			l.street.arrivals <- syscall.ENFILE
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

// listenTCP opens a gate on a real socket; conns gets who comes in.
func listenTCP(t *testing.T, g *Gate) (addr string, conns chan *Conn) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := g.Listener(inner, false, speak)
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

// On a real network, who has sent much that nobody reads still gets the whole
// sentence and an orderly end, and no reset.
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
	if want := strings.Replace(string(TooManyHere), "%d", "1", 1) + "\n"; err != nil || string(said) != want {
		t.Errorf("the client reads %q, %v, want %q and the end", said, err, want)
	}

	held.Close()
	if _, err := io.ReadAll(first); err != nil {
		t.Errorf("the client that was in reads %v, want the end", err)
	}
	dial(t, addr)
	(<-conns).Close()
}

// What doors do with a TCP connection works on a [Conn], too.
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
		t.Errorf("after CloseWrite the client reads %v, want the end", err)
	}
	if n, err := client.Write([]byte("x")); n != 1 || err != nil {
		t.Errorf("after CloseWrite the client cannot write: %v", err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("after CloseWrite the server cannot read: %v", err)
	}
}

// Where the connection underneath is no socket, a [Conn] says so.
func TestConnIsNoSocket(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	conn := &Conn{Socket: door.Socket{Conn: a}}
	defer conn.Close()
	_, syscallErr := conn.SyscallConn()
	for _, err := range []error{conn.CloseWrite(), conn.SetLinger(0), syscallErr} {
		if err != errors.ErrUnsupported {
			t.Errorf("got %v, want %v", err, errors.ErrUnsupported)
		}
	}
}

// An unlimited gate costs one small allocation a connection.
func BenchmarkEnter(b *testing.B) {
	for _, bm := range []struct {
		name string
		gate *Gate
	}{
		{"no limits", New(Limits{})},
		{"all limits", New(Limits{Address: 10, Connects: 1 << 30, Handshakes: 10, Total: 10})},
	} {
		b.Run(bm.name, func(b *testing.B) {
			conn := newDeaf("192.0.2.1")
			b.ReportAllocs()
			for b.Loop() {
				c, refusal := bm.gate.enter(conn, false)
				if refusal != nil {
					b.Fatal(refusal)
				}
				c.Admitted()
				if c.gate != nil {
					c.gate.leave(c) // without closing conn
				}
			}
		})
	}
}
