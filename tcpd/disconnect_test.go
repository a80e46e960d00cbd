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

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// A user who types nothing for the dialect's idle timeout is told so in the dialect's words and
// disconnected. Half a line counts as activity.
func TestIdleTimeout(t *testing.T) {
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
				server, j := newServer(t, room.New(room.Config{}), tc.dialect)
				l := newPipeListener()
				serveOn(t, server, l)
				a := l.dial(t, "A", server.Dialect, nil)
				a.expect(a.chatLine("已上线"))

				a.expectSilence(tc.limit - time.Second)
				a.send("half a li")
				a.expectSilence(tc.limit - time.Second)
				a.send("ne\n")
				a.expect(a.chatLine("half a line"))
				a.expectSilence(tc.limit - time.Second)
				a.send("\n") // an empty line counts as activity
				began := time.Now()

				a.expectSilence(tc.limit / 2)
				b := l.dial(t, "B", server.Dialect, nil)
				for _, g := range []*testClient{a, b} {
					g.expect(b.chatLine("已上线"))
				}
				a.expect(tc.phrase)
				if idle := time.Since(began); idle != tc.limit {
					t.Errorf("disconnected after %v, want %v", idle, tc.limit)
				}

				// Further input of A does not cost it the last line, and the connection closes
				// although A's side stays open.
				a.send("but I am here\n")
				a.expectEOF()
				if open := time.Since(began) - tc.limit; open != lingerTimeout {
					t.Errorf("the connection closed after %v more, want %v", open, lingerTimeout)
				}
				b.expect(a.chatLine(tc.left))
				synctest.Wait()
				if len(j.LinesWith("disconnected", a.address, "reason=idle")) != 1 {
					t.Error("the log does not say that A was idle")
				}
			})
		})
	}
}

// Clients of gopl and relay are never disconnected for being idle, as in the originals.
func TestNoIdleTimeoutWhereOriginalHadNone(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"gopl", "relay"} {
		t.Run(dialect, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _ := newServer(t, room.New(room.Config{}), dialect)
				l := newPipeListener()
				serveOn(t, server, l)
				a := l.dial(t, "A", server.Dialect, nil)
				if dialect == "gopl" {
					a.expect("You are " + a.address)
				}
				a.expectSilence(30 * 24 * time.Hour)
			})
		})
	}
}

// The log has one line for the end of each session, with the reason.
func TestDisconnectReasonsAreLogged(t *testing.T) {
	t.Parallel()
	server, j := newServer(t, room.New(room.Config{}), "classic")
	addr := serve(t, server)
	b := join(t, "B", addr, server.Dialect)

	quits := join(t, "quits", addr, server.Dialect)
	b.expect(quits.chatLine("已上线"))
	quits.disconnect()
	b.expect(quits.chatLine("已下线"))

	breaks := join(t, "breaks", addr, server.Dialect)
	b.expect(breaks.chatLine("已上线"))
	_ = breaks.conn.(*net.TCPConn).SetLinger(0) // close with a reset
	breaks.conn.Close()
	b.expect(breaks.chatLine("已下线"))

	for address, reason := range map[string]string{quits.address: "reason=quit", breaks.address: `reason="hung up"`} {
		waitFor(t, "the log says "+reason, func() bool {
			return len(j.LinesWith("disconnected", "door=classic", "user=guest-", "addr="+address, reason, "after=")) == 1
		})
		if n := len(j.LinesWith("INFO connected", "door=classic", "user=guest-", "addr="+address)); n != 1 {
			t.Errorf("%d lines say that %s connected, want 1", n, address)
		}
	}
}

// Users see others leave but never themselves, however the goroutines are scheduled.
func TestLeaverDoesNotSeeOwnLeave(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.New(room.Config{}), "gopl")
	addr := serve(t, server)
	for range 300 {
		a := dial(t, "A", addr, server.Dialect)
		a.send("good")
		a.closeWrite()
		a.expect("You are "+a.address, a.address+": good")
		a.expectEOF()
		a.conn.Close()
	}
}

// In the original, a slow reader stopped the whole room. Here a client that reads nothing is
// disconnected exactly at the deadline, and delays nobody.
func TestSlowReaderIsDisconnected(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{0, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			server, j := newServer(t, room.New(room.Config{}), "gopl")
			server.WriteTimeout = timeout
			if timeout == 0 {
				timeout = DefaultWriteTimeout
			}
			l := newPipeListener()
			serveOn(t, server, l)
			b := l.dial(t, "B", server.Dialect, nil)
			b.expect("You are " + b.address)

			began := time.Now()
			a := l.dial(t, "A", server.Dialect, nil) // never reads its welcome
			b.expect(a.address + " has arrived")
			spoke := time.Now()
			b.send("anybody?\n")
			b.expect(b.address + ": anybody?")
			if waited := time.Since(spoke); waited != 0 {
				t.Errorf("B waited %v for its own line", waited)
			}
			b.expect(a.address + " has left")
			if stuck := time.Since(began); stuck != timeout {
				t.Errorf("A was disconnected after %v, want %v", stuck, timeout)
			}
			synctest.Wait()
			if len(j.LinesWith("disconnected", a.address, "reason=slow")) != 1 {
				t.Error("the log does not say that A was slow")
			}
		})
	}
}

// With many clients, one of which reads nothing, the rest miss nothing and the stuck one is
// disconnected. Memory holds the latest lines and a few renderings, not everything that was said.
func TestStuckReaderDoesNotDelayOthers(t *testing.T) {
	const (
		burst = 128  // lines said before everybody has received them
		full  = 8704 // more lines than the room keeps
		most  = 200_000
		// Less than one reader receives from full on. Renderings take 16 MiB.
		bound = 17 << 20
	)
	others, least := 49, 49152
	if !testkit.Soaking() {
		others, least = 9, 2*full
	}
	hub := room.New(room.Config{})
	server, j := newServer(t, hub, "gopl")
	server.WriteTimeout = 200 * time.Millisecond
	addr := serve(t, server)

	stuck := dial(t, "the stuck one", addr, server.Dialect)
	_ = stuck.conn.(*net.TCPConn).SetReadBuffer(4096)
	stuck.expect("You are " + stuck.address)

	padding := strings.Repeat(".", 500)
	heard := make(chan error, others)
	for i := range others {
		g := dial(t, fmt.Sprint("listener ", i), addr, server.Dialect)
		g.expect("You are " + g.address)
		go func() { heard <- readInOrder(g, padding, burst, heard) }()
	}
	speaker := dial(t, "the speaker", addr, server.Dialect)
	speaker.expect("You are " + speaker.address)

	var before runtime.MemStats
	said := 0
	for said < least || len(j.LinesWith(stuck.address, "reason=slow")) == 0 {
		if said >= most {
			t.Fatalf("after %d lines, the stuck reader is still here", said)
		}
		var lines strings.Builder
		for range burst {
			fmt.Fprintf(&lines, "%d %s\n", said, padding)
			said++
		}
		speaker.send(lines.String())
		for range others {
			if err := <-heard; err != nil {
				t.Fatal(err)
			}
		}
		for range burst { // its own lines come back, too
			for {
				line, err := speaker.read(0)
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
	if n := hub.CountSessions(); n != others+1 {
		t.Errorf("%d users are online, want %d", n, others+1)
	}
}

// readInOrder reads messages that are numbered from 0, and reports after each burst. It returns
// at the first line that is not the expected one.
func readInOrder(g *testClient, padding string, burst int, heard chan<- error) error {
	in := bufio.NewReaderSize(g.conn, 64<<10)
	_ = g.conn.SetReadDeadline(time.Now().Add(g.timeout))
	want := fmt.Appendf(nil, "0 %s\n", padding)
	for n := 0; ; {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("%s has heard %d lines and then %w", g.name, n, err)
		}
		switch _, text, said := bytes.Cut(line, []byte(": ")); {
		case !said: // somebody joined or left
		case !bytes.Equal(text, want):
			return fmt.Errorf("%s hears %.30q where line %d should be", g.name, text, n)
		default:
			n++
			want = strconv.AppendInt(want[:0], int64(n), 10)
			want = append(append(append(want, ' '), padding...), '\n')
			if n%burst == 0 {
				heard <- nil
				_ = g.conn.SetReadDeadline(time.Now().Add(g.timeout))
			}
		}
	}
}

// A panickyConn panics when it is used for something.
type panickyConn struct {
	net.Conn
	trigger     string
	read, write bool
}

func (c panickyConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.read && strings.Contains(string(p[:n]), c.trigger) {
		panic("a fault in reading")
	}
	return n, err
}

func (c panickyConn) Write(p []byte) (int, error) {
	if c.write && strings.Contains(string(p), c.trigger) {
		panic("a fault in writing")
	}
	return c.Conn.Write(p)
}

// A panic ends one session, not the server.
func TestPanicEndsOneSession(t *testing.T) {
	t.Parallel()
	for _, fault := range []panickyConn{{read: true}, {write: true}} {
		synctest.Test(t, func(t *testing.T) {
			server, j := newServer(t, room.New(room.Config{}), "classic")
			l := newPipeListener()
			serveOn(t, server, l)
			b := l.dial(t, "B", server.Dialect, nil)
			b.expect(b.chatLine("已上线"))
			fault.trigger = "now"
			a := l.dial(t, "A", server.Dialect, func(c net.Conn) net.Conn {
				fault.Conn = c
				return fault
			})
			a.expect(a.chatLine("已上线"))
			b.expect(a.chatLine("已上线"))

			a.send("now\n")
			if fault.write {
				b.expect(a.chatLine("now"))
			}
			if fault.read {
				a.expect(testkit.Chinese(reply.GoodbyeFailed))
			}
			b.expect(a.chatLine("已下线"))
			b.send("what was that?\n")
			b.expect(b.chatLine("what was that?"))
			synctest.Wait()
			if len(j.LinesWith("disconnected", a.address, "reason=failed")) != 1 || len(j.LinesWith("a fault in", "user=guest-")) == 0 {
				t.Error("the log does not say that A's session failed, and why")
			}
		})
	}
}

// A closeWritePanicConn panics when its output is closed.
type closeWritePanicConn struct{ net.Conn }

func (closeWritePanicConn) CloseWrite() error { panic("a fault in closing") }

// A remoteAddrPanicConn panics when it is asked where it comes from.
type remoteAddrPanicConn struct{ net.Conn }

func (remoteAddrPanicConn) RemoteAddr() net.Addr { panic("a fault in coming in") }

// A panic while a client enters, or when its output is closed, ends that session alone: the
// server goes on, for connected and new clients.
func TestPanicOnConnectAndClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, j := newServer(t, room.New(room.Config{}), "classic")
		l := newPipeListener()
		serveOn(t, server, l)
		b := l.dial(t, "B", server.Dialect, nil)
		b.expect(b.chatLine("已上线"))

		a := l.dial(t, "A", server.Dialect, func(c net.Conn) net.Conn { return closeWritePanicConn{c} })
		a.expect(a.chatLine("已上线"))
		b.expect(a.chatLine("已上线"))
		a.send("rename|alice\n")
		a.expect("您已更改用户名为:alice")
		server.Hub.Close()
		a.expect(stoppingText)
		a.expectEOF()
		b.expect(stoppingText)

		c := l.dial(t, "C", server.Dialect, func(c net.Conn) net.Conn { return remoteAddrPanicConn{c} })
		c.expectEOF()
		d := l.dial(t, "D", server.Dialect, nil)
		d.expect(stoppingText)
		synctest.Wait()
		if n := len(j.LinesWith("a fault in")); n != 2 {
			t.Errorf("%d panics are in the log, want 2", n)
		}
	})
}

// A recordingConn records calls other than Read and Write.
type recordingConn struct {
	net.Conn
	mu          sync.Mutex
	deadline    time.Time // the write deadline
	closeWrites int       // calls of CloseWrite
	lingers     []int
}

func (c *recordingConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return c.Conn.SetWriteDeadline(t)
}

func (c *recordingConn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeWrites++
	return nil
}

func (c *recordingConn) SetLinger(seconds int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lingers = append(c.lingers, seconds)
	return nil
}

// A client that has caught up has no write deadline left, which a later write would miss. When a
// client quits, the server closes its output first, so that the last line arrives even if the
// client sent more. For a client that was too slow the kernel keeps nothing.
func TestConnectionTeardown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _ := newServer(t, room.New(room.Config{}), "classic")
		l := newPipeListener()
		serveOn(t, server, l)
		var polite, slow *recordingConn
		a := l.dial(t, "A", server.Dialect, func(c net.Conn) net.Conn { polite = &recordingConn{Conn: c}; return polite })
		a.expect(a.chatLine("已上线"))
		synctest.Wait()
		if polite.mu.Lock(); !polite.deadline.IsZero() {
			t.Errorf("A has caught up, but the write deadline is %v", polite.deadline)
		}
		polite.mu.Unlock()

		l.dial(t, "B", server.Dialect, func(c net.Conn) net.Conn { slow = &recordingConn{Conn: c}; return slow })
		go func() { _, _ = io.Copy(io.Discard, a.in) }()
		time.Sleep(DefaultWriteTimeout + time.Second) // B reads nothing
		synctest.Wait()
		if slow.mu.Lock(); !slices.Equal(slow.lingers, []int{0}) || slow.closeWrites != 0 {
			t.Errorf("for the slow client: %d calls of CloseWrite, SetLinger with %v", slow.closeWrites, slow.lingers)
		}
		slow.mu.Unlock()
		server.Hub.Close()
		synctest.Wait()
		if polite.mu.Lock(); polite.closeWrites != 1 || polite.lingers != nil {
			t.Errorf("for the client that quit: %d calls of CloseWrite, SetLinger with %v", polite.closeWrites, polite.lingers)
		}
		polite.mu.Unlock()
	})
}

// A client that connects while the server stops is not admitted, and its connection is closed.
func TestConnectDuringShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _ := newServer(t, room.New(room.Config{}), "classic")
		l := newPipeListener()
		serveOn(t, server, l)
		synctest.Wait()

		own, theirs := net.Pipe()
		c := newClient(server, testkit.PipeConn{Conn: theirs, Remote: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}})
		c.Stop() // before it enters the hub, which is still open
		go c.serve()
		told := bufio.NewReader(own)
		if line, err := told.ReadString('\n'); err != nil || strings.TrimSpace(line) != stoppingText {
			t.Errorf("the client reads %q, %v", line, err)
		}
		if n := server.Hub.CountSessions(); n != 0 {
			t.Errorf("%d sessions are open, want 0", n)
		}
		own.Close()

		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		own, theirs = net.Pipe()
		server.startClient(theirs)
		synctest.Wait()
		_ = own.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := own.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after the server has stopped a connection ends with %v", err)
		}
	})
}
