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
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// testAddr parses an IP address; any other name becomes a unix socket.
func testAddr(name string) net.Addr {
	if ip, err := netip.ParseAddr(name); err == nil {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 40000))
	}
	return &net.UnixAddr{Name: name, Net: "unix"}
}

// writeRefusal does what a server does with a refusal.
func writeRefusal(w io.Writer, r *reply.Refusal) { fmt.Fprintln(w, r.Error()) }

// A fixture is a Limiter with a listener whose connections the test makes and accepts.
type fixture struct {
	t        *testing.T
	limiter  *Limiter
	pipes    *testkit.PipeListener
	listener net.Listener
	accepted chan net.Conn
	failed   chan error // Accept's error
}

// newFixture makes a fixture inside a synctest bubble, and closes its listener at the end.
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

// A testClient is a client that has connected.
type testClient struct {
	t        *testing.T
	conn     *Conn       // the server's end; nil if refused
	received chan string // receives the first line that the client reads, or "" at EOF
	end      net.Conn
}

// connect connects from an address. The client reads one line and hangs up.
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

// mustAccept connects from an address, and the Limiter must admit it.
func (f *fixture) mustAccept(name string) *testClient {
	f.t.Helper()
	v := f.connect(name)
	if v.conn == nil {
		f.t.Fatalf("%s is refused: %q", name, <-v.received)
	}
	return v
}

// mustRefuse connects from an address, and the Limiter must refuse it with this sentence.
func (f *fixture) mustRefuse(name string, code reply.Code, args ...any) {
	f.t.Helper()
	v := f.connect(name)
	if v.conn != nil {
		f.t.Fatalf("%s is admitted, want a refusal", name)
	}
	if said, want := <-v.received, i18n.Sprint(string(code), args...); said != want {
		f.t.Fatalf("%s reads %q, want %q", name, said, want)
	}
}

// isClosed reports whether the client's connection was closed.
func (c *testClient) isClosed() bool {
	synctest.Wait()
	return len(c.received) > 0
}

// checkCounts checks the Limiter's counters.
func (f *fixture) checkCounts(total, handshakes, addresses int) {
	f.t.Helper()
	f.limiter.mu.Lock()
	defer f.limiter.mu.Unlock()
	if n := f.limiter.total; n != total {
		f.t.Errorf("%d connections are counted, want %d", n, total)
	}
	if n := f.limiter.handshakes.Len(); n != handshakes {
		f.t.Errorf("%d connections without a session are counted, want %d", n, handshakes)
	}
	if n := f.limiter.usage.byPrefix.Len(); n != addresses {
		f.t.Errorf("%d addresses are remembered, want %d", n, addresses)
	}
}
