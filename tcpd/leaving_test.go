package tcpd

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/testkit"
	"teahouse/room"
)

// Who types nothing for as long as the dialect allows is told so in its words
// and let out; half a line shows that somebody is there.
func TestIdlePeopleAreLetOut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		dialect string
		limit   time.Duration
		phrase  string
		left    string
	}{
		{"classic", 60 * time.Second, "你被踢了", "已下线"},
		{"realtime", 10 * time.Second, "你被超时踢出了", "下线"},
		{"im", 10 * time.Second, "你已超时,将被踢出下线", "下线"},
	} {
		t.Run(tc.dialect, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, j := newServer(t, room.NewHouse(), tc.dialect)
				l := newLane()
				serveOn(t, server, l)
				a := l.dial(t, "A", server.Dialect, nil)
				a.hears(a.says("已上线"))

				a.hearsNothingFor(tc.limit - time.Second)
				a.types("half a li")
				a.hearsNothingFor(tc.limit - time.Second)
				a.types("ne\n")
				a.hears(a.says("half a line"))
				a.hearsNothingFor(tc.limit - time.Second)
				a.types("\n") // nothing to say is something typed
				began := time.Now()

				a.hearsNothingFor(tc.limit / 2)
				b := l.dial(t, "B", server.Dialect, nil)
				for _, g := range []*guest{a, b} {
					g.hears(b.says("已上线"))
				}
				a.hears(tc.phrase)
				if idle := time.Since(began); idle != tc.limit {
					t.Errorf("let out after %v, want %v", idle, tc.limit)
				}

				// The last line is not taken back by what A still sends, and
				// the connection closes though A's own side stays open.
				a.types("but I am here\n")
				a.hearsEnd()
				if open := time.Since(began) - tc.limit; open != lingerTime {
					t.Errorf("the connection closed after %v more, want %v", open, lingerTime)
				}
				b.hears(a.says(tc.left))
				synctest.Wait()
				if len(j.about("disconnected", a.address, "reason=idle")) != 1 {
					t.Error("the log does not say that A was idle")
				}
			})
		})
	}
}

// Programs written for gopl and relay listen for days.
func TestNobodyIsIdleWhereTheOriginalsWaited(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"gopl", "relay"} {
		t.Run(dialect, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _ := newServer(t, room.NewHouse(), dialect)
				l := newLane()
				serveOn(t, server, l)
				a := l.dial(t, "A", server.Dialect, nil)
				if dialect == "gopl" {
					a.hears("You are " + a.address)
				}
				a.hearsNothingFor(30 * 24 * time.Hour)
			})
		})
	}
}

// The log names why each session ended, in one line.
func TestReasonsInTheLog(t *testing.T) {
	t.Parallel()
	server, j := newServer(t, room.NewHouse(), "classic")
	addr := serve(t, server)
	b := join(t, "B", addr, server.Dialect)

	quits := join(t, "quits", addr, server.Dialect)
	b.hears(quits.says("已上线"))
	quits.leaves()
	b.hears(quits.says("已下线"))

	breaks := join(t, "breaks", addr, server.Dialect)
	b.hears(breaks.says("已上线"))
	_ = breaks.conn.(*net.TCPConn).SetLinger(0) // close with a reset
	breaks.conn.Close()
	b.hears(breaks.says("已下线"))

	for address, reason := range map[string]string{quits.address: "reason=quit", breaks.address: `reason="hung up"`} {
		until(t, "the log says "+reason, func() bool {
			return len(j.about("disconnected", "door=classic", "user=guest-", "addr="+address, reason, "after=")) == 1
		})
		if n := len(j.about("INFO connected", "door=classic", "user=guest-", "addr="+address)); n != 1 {
			t.Errorf("%d lines say that %s connected, want 1", n, address)
		}
	}
}

// People hear others leave, never themselves, however the goroutines that
// serve them fall.
func TestNobodyHearsItselfLeave(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.NewHouse(), "gopl")
	addr := serve(t, server)
	for range 300 {
		a := dial(t, "A", addr, server.Dialect)
		a.types("good")
		a.endsInput()
		a.hears("You are "+a.address, a.address+": good")
		a.hearsEnd()
		a.conn.Close()
	}
}

// Slow readers stopped the original's whole room. Here one that takes nothing
// at all is let out at the deadline, to the instant.
func TestWhoReadsNothingIsLetOutAtTheDeadline(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{0, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			server, j := newServer(t, room.NewHouse(), "gopl")
			server.WriteTimeout = timeout
			if timeout == 0 {
				timeout = DefaultWriteTimeout
			}
			l := newLane()
			serveOn(t, server, l)
			b := l.dial(t, "B", server.Dialect, nil)
			b.hears("You are " + b.address)

			began := time.Now()
			a := l.dial(t, "A", server.Dialect, nil) // never reads its welcome
			b.hears(a.address + " has arrived")
			spoke := time.Now()
			b.types("anybody?\n")
			b.hears(b.address + ": anybody?")
			if waited := time.Since(spoke); waited != 0 {
				t.Errorf("B waited %v for its own line", waited)
			}
			b.hears(a.address + " has left")
			if stuck := time.Since(began); stuck != timeout {
				t.Errorf("A was let out after %v, want %v", stuck, timeout)
			}
			synctest.Wait()
			if len(j.about("disconnected", a.address, "reason=slow")) != 1 {
				t.Error("the log does not say that A was slow")
			}
		})
	}
}

// Many people, one of whom has gone to sleep: the rest miss nothing, in
// order, the sleeper is let out, and memory holds the room's latest lines, some of
// them as they are shown, and not what was said.
func TestOneStuckReaderAmongMany(t *testing.T) {
	const (
		burst = 128  // lines said before all have heard them
		full  = 8704 // more lines than the room keeps
		most  = 200_000
		// Less than is said to one reader from full on; 16 MiB are kept as they are shown.
		bound = 17 << 20
	)
	others, least := 49, 49152
	if !testkit.Soaking() {
		others, least = 9, 2*full
	}
	house := room.NewHouse()
	server, j := newServer(t, house, "gopl")
	server.WriteTimeout = 200 * time.Millisecond
	addr := serve(t, server)

	stuck := dial(t, "the stuck one", addr, server.Dialect)
	_ = stuck.conn.(*net.TCPConn).SetReadBuffer(4096)
	stuck.hears("You are " + stuck.address)

	padding := strings.Repeat(".", 500)
	heard := make(chan error, others)
	for i := range others {
		g := dial(t, fmt.Sprint("listener ", i), addr, server.Dialect)
		g.hears("You are " + g.address)
		go func() { heard <- hearsInOrder(g, padding, burst, heard) }()
	}
	speaker := dial(t, "the speaker", addr, server.Dialect)
	speaker.hears("You are " + speaker.address)

	var before runtime.MemStats
	said := 0
	for said < least || len(j.about(stuck.address, "reason=slow")) == 0 {
		if said >= most {
			t.Fatalf("after %d lines, the stuck reader is still here", said)
		}
		var lines strings.Builder
		for range burst {
			fmt.Fprintf(&lines, "%d %s\n", said, padding)
			said++
		}
		speaker.types(lines.String())
		for range others {
			if err := <-heard; err != nil {
				t.Fatal(err)
			}
		}
		for range burst { // it echoes, too
			for {
				line, err := speaker.next(0)
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(line, padding) {
					break
				}
			}
		}
		if said > full && before.HeapAlloc == 0 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	runtime.GC()
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > bound {
		t.Errorf("memory grew by %d bytes, want less than %d", grown, bound)
	}
	t.Logf("%d lines said; heap %d KB, then %d KB", said, before.HeapAlloc>>10, after.HeapAlloc>>10)
	if n := house.Online(); n != others+1 {
		t.Errorf("%d people are here, want %d", n, others+1)
	}
}

// hearsInOrder reads what is said, numbered from 0, and reports after each
// burst. It returns at the first line that should be another.
func hearsInOrder(g *guest, padding string, burst int, heard chan<- error) error {
	in := bufio.NewReaderSize(g.conn, 64<<10)
	_ = g.conn.SetReadDeadline(time.Now().Add(g.patience))
	want := fmt.Appendf(nil, "0 %s\n", padding)
	for n := 0; ; {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("%s has heard %d lines and then %w", g.name, n, err)
		}
		switch _, text, said := bytes.Cut(line, []byte(": ")); {
		case !said: // somebody has arrived, or left
		case !bytes.Equal(text, want):
			return fmt.Errorf("%s hears %.30q where line %d should be", g.name, text, n)
		default:
			n++
			want = strconv.AppendInt(want[:0], int64(n), 10)
			want = append(append(append(want, ' '), padding...), '\n')
			if n%burst == 0 {
				heard <- nil
				_ = g.conn.SetReadDeadline(time.Now().Add(g.patience))
			}
		}
	}
}

// faulty is a connection that panics when it is used for something.
type faulty struct {
	net.Conn
	word        string
	read, write bool
}

func (f faulty) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if f.read && strings.Contains(string(p[:n]), f.word) {
		panic("a fault in reading")
	}
	return n, err
}

func (f faulty) Write(p []byte) (int, error) {
	if f.write && strings.Contains(string(p), f.word) {
		panic("a fault in writing")
	}
	return f.Conn.Write(p)
}

// A fault of ours costs one session, not the server.
func TestAPanicEndsOneSession(t *testing.T) {
	t.Parallel()
	for _, fault := range []faulty{{read: true}, {write: true}} {
		synctest.Test(t, func(t *testing.T) {
			server, j := newServer(t, room.NewHouse(), "classic")
			l := newLane()
			serveOn(t, server, l)
			b := l.dial(t, "B", server.Dialect, nil)
			b.hears(b.says("已上线"))
			fault.word = "now"
			a := l.dial(t, "A", server.Dialect, func(c net.Conn) net.Conn {
				fault.Conn = c
				return fault
			})
			a.hears(a.says("已上线"))
			b.hears(a.says("已上线"))

			a.types("now\n")
			if fault.write {
				b.hears(a.says("now"))
			}
			if fault.read {
				a.hears("我们这边出了错，请重新连接。")
			}
			b.hears(a.says("已下线"))
			b.types("what was that?\n")
			b.hears(b.says("what was that?"))
			synctest.Wait()
			if len(j.about("disconnected", a.address, "reason=failed")) != 1 || len(j.about("a fault in", "user=guest-")) == 0 {
				t.Error("the log does not say that A's session failed, and why")
			}
		})
	}
}

// fragile is a connection whose end is a fault.
type fragile struct{ net.Conn }

func (fragile) CloseWrite() error { panic("a fault in closing") }

// brittle is one that cannot even say where it comes from.
type brittle struct{ net.Conn }

func (brittle) RemoteAddr() net.Addr { panic("a fault in coming in") }

// A fault as one comes in, or as the end of the output is told, costs that session
// alone, too: the door goes on, for those who are in and those who come.
func TestAPanicAtEitherEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, j := newServer(t, room.NewHouse(), "classic")
		l := newLane()
		serveOn(t, server, l)
		b := l.dial(t, "B", server.Dialect, nil)
		b.hears(b.says("已上线"))

		a := l.dial(t, "A", server.Dialect, func(c net.Conn) net.Conn { return fragile{c} })
		a.hears(a.says("已上线"))
		b.hears(a.says("已上线"))
		a.types("rename|alice\n")
		a.hears("您已更改用户名为:alice")
		server.House.Close()
		a.hears(stopping)
		a.hearsEnd()
		b.hears(stopping)

		c := l.dial(t, "C", server.Dialect, func(c net.Conn) net.Conn { return brittle{c} })
		c.hearsEnd()
		d := l.dial(t, "D", server.Dialect, nil)
		d.hears(stopping)
		synctest.Wait()
		if n := len(j.about("a fault in")); n != 2 {
			t.Errorf("%d faults are in the log, want 2", n)
		}
	})
}

// An account is a connection that notes what is done to it beside reading and writing.
type account struct {
	net.Conn
	mu       sync.Mutex
	deadline time.Time // for writing
	halves   int       // how often the output was ended
	lingers  []int
}

func (a *account) SetWriteDeadline(t time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deadline = t
	return a.Conn.SetWriteDeadline(t)
}

func (a *account) CloseWrite() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.halves++
	return nil
}

func (a *account) SetLinger(seconds int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lingers = append(a.lingers, seconds)
	return nil
}

// Who has caught up has no deadline left over, at which a later line would be taken for
// too slow. Who leaves has the output ended, so that the last line arrives though it
// sent more; of who is slow nothing is kept for it.
func TestWhatIsDoneToAConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _ := newServer(t, room.NewHouse(), "classic")
		l := newLane()
		serveOn(t, server, l)
		var polite, slow *account
		a := l.dial(t, "A", server.Dialect, func(c net.Conn) net.Conn { polite = &account{Conn: c}; return polite })
		a.hears(a.says("已上线"))
		synctest.Wait()
		if polite.mu.Lock(); !polite.deadline.IsZero() {
			t.Errorf("it caught up, and the deadline is %v", polite.deadline)
		}
		polite.mu.Unlock()

		l.dial(t, "B", server.Dialect, func(c net.Conn) net.Conn { slow = &account{Conn: c}; return slow })
		go func() { _, _ = io.Copy(io.Discard, a.in) }()
		time.Sleep(DefaultWriteTimeout + time.Second) // B reads nothing
		synctest.Wait()
		if slow.mu.Lock(); !slices.Equal(slow.lingers, []int{0}) || slow.halves != 0 {
			t.Errorf("of who was slow the output was ended %d times, and %v kept", slow.halves, slow.lingers)
		}
		slow.mu.Unlock()
		server.House.Close()
		synctest.Wait()
		if polite.mu.Lock(); polite.halves != 1 || polite.lingers != nil {
			t.Errorf("the output was ended %d times, and %v kept", polite.halves, polite.lingers)
		}
		polite.mu.Unlock()
	})
}

// Whoever connects as the server stops is not let in, and its connection is closed.
func TestComingWhileStopping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _ := newServer(t, room.NewHouse(), "classic")
		l := newLane()
		serveOn(t, server, l)
		synctest.Wait()

		own, theirs := net.Pipe()
		c := newClient(server, pipe{theirs, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}})
		c.Stop() // before it came as far as the house, which is open still
		go c.serve()
		told := bufio.NewReader(own)
		if line, err := told.ReadString('\n'); err != nil || strings.TrimSpace(line) != stopping {
			t.Errorf("it is told %q, %v", line, err)
		}
		if n := server.House.Online(); n != 0 {
			t.Errorf("%d are in", n)
		}
		own.Close()

		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		own, theirs = net.Pipe()
		server.start(theirs)
		synctest.Wait()
		_ = own.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := own.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after the server has stopped a connection ends with %v", err)
		}
	})
}
