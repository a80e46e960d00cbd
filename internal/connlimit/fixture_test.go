package connlimit

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"teahouse/internal/i18n"
	"teahouse/internal/testkit"

	"teahouse/internal/reply"
)

// testAddr makes an address: an IP address, or else a name on a unix socket.
func testAddr(name string) net.Addr {
	if ip, err := netip.ParseAddr(name); err == nil {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 40000))
	}
	return &net.UnixAddr{Name: name, Net: "unix"}
}

// writeRefusal is what a door does with a refusal.
func writeRefusal(w io.Writer, r *reply.Refusal) { fmt.Fprintln(w, r.Error()) }

// A fixture is a gate on a street, and somebody who lets in who may come.
type fixture struct {
	t        *testing.T
	limiter  *Limiter
	pipes    *testkit.PipeListener
	listener net.Listener
	accepted chan net.Conn
	failed   chan error // Accept's error
}

// newFixture opens g inside a synctest bubble, and closes it in the end.
func newFixture(t *testing.T, g *Limiter) *fixture {
	l := &fixture{t: t, limiter: g, pipes: testkit.NewPipeListener(0), accepted: make(chan net.Conn), failed: make(chan error, 1)}
	l.listener = g.Listener(l.pipes, false, writeRefusal)
	go func() {
		for {
			conn, err := l.listener.Accept()
			if err != nil {
				l.failed <- err
				return
			}
			l.accepted <- conn
		}
	}()
	t.Cleanup(func() { l.listener.Close() })
	return l
}

// A testClient is somebody who knocked.
type testClient struct {
	t        *testing.T
	conn     *Conn       // its place; nil if it is refused
	received chan string // gets the line that it reads, or "" at the end
	end      net.Conn
}

// connect lets somebody come, who reads until something is said and then hangs
// up.
func (f *fixture) connect(name string) *testClient {
	f.t.Helper()
	end, other := net.Pipe()
	v := &testClient{t: f.t, received: make(chan string, 1), end: end}
	f.pipes.Accepted <- testkit.PipeConn{Conn: other, Remote: testAddr(name)}
	go func() {
		line, _ := bufio.NewReader(end).ReadString('\n')
		v.received <- strings.TrimSuffix(line, "\n")
		end.Close()
	}()
	synctest.Wait()
	select {
	case conn := <-f.accepted:
		v.conn = conn.(*Conn)
		f.t.Cleanup(func() { v.conn.Close() })
	default:
	}
	return v
}

// mustAccept lets somebody come who must be let in.
func (f *fixture) mustAccept(name string) *testClient {
	f.t.Helper()
	v := f.connect(name)
	if v.conn == nil {
		f.t.Fatalf("%s is not let in: %q", name, <-v.received)
	}
	return v
}

// mustRefuse lets somebody come who must be told this.
func (f *fixture) mustRefuse(name string, phrase reply.Code, args ...any) {
	f.t.Helper()
	v := f.connect(name)
	if v.conn != nil {
		f.t.Fatalf("%s is let in", name)
	}
	if said, want := <-v.received, i18n.Sprint(string(phrase), args...); said != want {
		f.t.Fatalf("%s is told %q, want %q", name, said, want)
	}
}

// isClosed reports whether the visitor's connection is closed.
func (c *testClient) isClosed() bool {
	synctest.Wait()
	return len(c.received) > 0
}

// checkCounts holds the gate's books against what they should be.
func (f *fixture) checkCounts(total, handshakes, addresses int) {
	f.t.Helper()
	f.limiter.mu.Lock()
	defer f.limiter.mu.Unlock()
	if n := f.limiter.total; n != total {
		f.t.Errorf("%d have a place, want %d", n, total)
	}
	if n := f.limiter.handshakes.Len(); n != handshakes {
		f.t.Errorf("%d are not in yet, want %d", n, handshakes)
	}
	if n := len(f.limiter.usage.byPrefix); n != addresses {
		f.t.Errorf("%d addresses are remembered, want %d", n, addresses)
	}
}
