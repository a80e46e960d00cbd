package gate

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"teahouse/room"
)

// A street is a listener to which tests send connections and failures.
type street struct {
	arrivals chan any // net.Conn or error
	close    sync.Once
	closed   chan struct{}
}

func newStreet() *street {
	return &street{arrivals: make(chan any), closed: make(chan struct{})}
}

func (s *street) Accept() (net.Conn, error) {
	select {
	case a := <-s.arrivals:
		if err, ok := a.(error); ok {
			return nil, err
		}
		return a.(net.Conn), nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *street) Close() error {
	s.close.Do(func() { close(s.closed) })
	return nil
}

func (s *street) Addr() net.Addr { return &net.UnixAddr{Name: "street"} }

// passage is a connection that comes from wherever the test says.
type passage struct {
	net.Conn
	from net.Addr
}

func (p passage) RemoteAddr() net.Addr { return p.from }

// from makes an address: an IP address, or else a name on a unix socket.
func from(name string) net.Addr {
	if ip, err := netip.ParseAddr(name); err == nil {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 40000))
	}
	return &net.UnixAddr{Name: name, Net: "unix"}
}

// speak is what a door does with a refusal.
func speak(w io.Writer, r *room.Refusal) { fmt.Fprintln(w, r.Error()) }

// A lodge is a gate on a street, and somebody who lets in who may come.
type lodge struct {
	t        *testing.T
	gate     *Gate
	street   *street
	listener net.Listener
	in       chan net.Conn
	failed   chan error // Accept's error
}

// open opens g inside a synctest bubble, and closes it in the end.
func open(t *testing.T, g *Gate) *lodge {
	l := &lodge{t: t, gate: g, street: newStreet(), in: make(chan net.Conn), failed: make(chan error, 1)}
	l.listener = g.Listener(l.street, false, speak)
	go func() {
		for {
			conn, err := l.listener.Accept()
			if err != nil {
				l.failed <- err
				return
			}
			l.in <- conn
		}
	}()
	t.Cleanup(func() { l.listener.Close() })
	return l
}

// A visitor is somebody who knocked.
type visitor struct {
	t    *testing.T
	conn *Conn       // its place; nil if it is refused
	said chan string // gets the line that it reads, or "" at the end
	end  net.Conn
}

// knock lets somebody come, who reads until something is said and then hangs
// up.
func (l *lodge) knock(name string) *visitor {
	l.t.Helper()
	end, other := net.Pipe()
	v := &visitor{t: l.t, said: make(chan string, 1), end: end}
	l.street.arrivals <- passage{other, from(name)}
	go func() {
		line, _ := bufio.NewReader(end).ReadString('\n')
		v.said <- strings.TrimSuffix(line, "\n")
		end.Close()
	}()
	synctest.Wait()
	select {
	case conn := <-l.in:
		v.conn = conn.(*Conn)
		l.t.Cleanup(func() { v.conn.Close() })
	default:
	}
	return v
}

// comesIn lets somebody come who must be let in.
func (l *lodge) comesIn(name string) *visitor {
	l.t.Helper()
	v := l.knock(name)
	if v.conn == nil {
		l.t.Fatalf("%s is not let in: %q", name, <-v.said)
	}
	return v
}

// isRefused lets somebody come who must be told this.
func (l *lodge) isRefused(name string, phrase room.Phrase, args ...any) {
	l.t.Helper()
	v := l.knock(name)
	if v.conn != nil {
		l.t.Fatalf("%s is let in", name)
	}
	if said, want := <-v.said, fmt.Sprintf(string(phrase), args...); said != want {
		l.t.Fatalf("%s is told %q, want %q", name, said, want)
	}
}

// isOut reports whether the visitor's connection is closed.
func (v *visitor) isOut() bool {
	synctest.Wait()
	return len(v.said) > 0
}

// has holds the gate's books against what they should be.
func (l *lodge) has(total, handshakes, addresses int) {
	l.t.Helper()
	l.gate.mu.Lock()
	defer l.gate.mu.Unlock()
	if n := l.gate.total; n != total {
		l.t.Errorf("%d have a place, want %d", n, total)
	}
	if n := l.gate.handshakes.Len(); n != handshakes {
		l.t.Errorf("%d are not in yet, want %d", n, handshakes)
	}
	if n := len(l.gate.addresses.known); n != addresses {
		l.t.Errorf("%d addresses are remembered, want %d", n, addresses)
	}
}

// A journal is what was logged, to be read while more is written.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

// lines returns the lines that have all of the words.
func (j *journal) lines(words ...string) (lines []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
next:
	for line := range strings.Lines(j.b.String()) {
		for _, w := range words {
			if !strings.Contains(line, w) {
				continue next
			}
		}
		lines = append(lines, line)
	}
	return lines
}
