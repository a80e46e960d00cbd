package proxyproto

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"
	"github.com/pires/go-proxyproto"

	"teahouse/internal/testkit"
)

// A fixture is a listener behind balancers in 10.0.0.0/8 and fd00::/8.
type fixture struct {
	t        *testing.T
	pipes    *testkit.PipeListener
	listener net.Listener
	dropped  DropCounter
	log      *bytes.Buffer
	accepted chan acceptResult // what Accept returns
}

// newFixture makes a listener inside a synctest bubble and closes it at the end. Nothing is
// accepted until the test calls serve.
func newFixture(t *testing.T) *fixture {
	p := &fixture{t: t, pipes: testkit.NewPipeListener(0), log: &bytes.Buffer{}, accepted: make(chan acceptResult, 1000)}
	logger := log.NewWithOptions(p.log, log.Options{Level: log.DebugLevel})
	p.listener = NewListener(p.pipes, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}, &p.dropped, logger)
	t.Cleanup(func() { p.listener.Close() })
	return p
}

// serve accepts until the listener is closed.
func (f *fixture) serve() *fixture {
	go func() {
		for {
			conn, err := f.listener.Accept()
			f.accepted <- acceptResult{conn, err}
			if errors.Is(err, net.ErrClosed) {
				return
			}
		}
	}()
	return f
}

// connect connects from an address and returns the client's end.
func (f *fixture) connect(from string) net.Conn {
	f.t.Helper()
	end, other := net.Pipe()
	f.t.Cleanup(func() { end.Close() })
	f.pipes.Accepted <- testkit.PipeConn{Conn: other, Remote: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}
	return end
}

// expectAccepted checks that a connection from an address is accepted, and that its first bytes
// are words.
func (f *fixture) expectAccepted(from, words string) {
	f.t.Helper()
	synctest.Wait()
	select {
	case a := <-f.accepted:
		defer a.conn.Close()
		if got := a.conn.RemoteAddr().String(); got != from {
			f.t.Errorf("the connection comes from %s, want %s", got, from)
		}
		got := make([]byte, len(words))
		if _, err := io.ReadFull(a.conn, got); err != nil || string(got) != words {
			f.t.Errorf("the connection sends %q, %v, want %q", got, err, words)
		}
	default:
		f.t.Errorf("%s was not accepted; the log says %s", from, f.log)
	}
}

// isClosed reports whether the other end was closed.
func isClosed(end net.Conn) bool {
	_ = end.SetReadDeadline(time.Now())
	_, err := end.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

// checkDropped checks the counts of dropped connections, in the order late, malformed,
// clientless, displaced.
func (f *fixture) checkDropped(want ...uint64) {
	f.t.Helper()
	c := f.dropped.Counts()
	if got := []uint64{c["timeout"], c["malformed"], c["no_client"], c["displaced"]}; !slices.Equal(got, want) {
		f.t.Errorf("dropped connections: %v, want %v", got, want)
	}
}

// countLogged returns how often a text is in the log.
func (f *fixture) countLogged(text string) int { return strings.Count(f.log.String(), text) }

// proxyHeader returns a header of the given version for a client.
func proxyHeader(t testing.TB, version byte, client string) string {
	t.Helper()
	source := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(client))
	destination := &net.TCPAddr{IP: net.ParseIP("10.0.0.2").To4(), Port: 22}
	if source.IP.To4() == nil {
		destination.IP = net.ParseIP("fd00::2")
	}
	b, err := proxyproto.HeaderProxyFromAddrs(version, source, destination).Format()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// localHeader returns the header of a health check.
func localHeader() string { return string(proxyproto.SIGV2) + "\x20\x00\x00\x00" }

// A connection from a balancer has the client's address, whatever the header's version, and keeps
// every byte that arrived with the header.
func TestRemoteAddrIsTheClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFixture(t).serve()
		for _, version := range []byte{1, 2} {
			for _, client := range []string{"192.0.2.7:40000", "[2001:db8::7]:40000"} {
				end := p.connect("10.1.2.3:5000")
				go io.WriteString(end, proxyHeader(t, version, client)+"hello")
				p.expectAccepted(client, "hello")
			}
		}
		slow := p.connect("[fd00::9]:5000")
		for _, b := range []byte(proxyHeader(t, 2, "192.0.2.7:40000")) {
			go slow.Write([]byte{b})
			synctest.Wait()
		}
		go io.WriteString(slow, "hello, late")
		p.expectAccepted("192.0.2.7:40000", "hello, late")
	})
}

// A health check keeps the balancer's address. One that sends nothing causes no warning.
func TestHealthChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFixture(t).serve()
		for _, check := range []string{localHeader(), "PROXY UNKNOWN\r\n"} {
			end := p.connect("10.1.2.3:5000")
			go io.WriteString(end, check+"hello")
			p.expectAccepted("10.1.2.3:5000", "hello")
		}
		p.connect("10.1.2.3:5000").Close()
		synctest.Wait()
		if len(p.accepted) != 0 || p.countLogged("WARN") != 0 || p.countLogged("before anything was sent") != 1 {
			t.Errorf("%d connections were accepted; the log says %s", len(p.accepted), p.log)
		}
		p.checkDropped(0, 0, 0, 0)
	})
}

// From an untrusted network a header is plain input and changes no address. Such connections do
// not wait for those behind the balancer.
func TestHeaderFromUntrustedNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFixture(t).serve()
		p.connect("10.1.2.3:5000") // sends nothing
		for _, from := range []string{"192.0.2.1:5000", "11.0.0.1:5000", "[2001:db8::1]:5000"} {
			claim := proxyHeader(t, 2, "198.51.100.1:1")
			end := p.connect(from)
			go io.WriteString(end, claim)
			p.expectAccepted(from, claim)
		}
	})
}

// A connection with a bad header is dropped and logged: each one at debug, and one warning a
// minute.
func TestBadHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFixture(t).serve()
		v2 := proxyHeader(t, 2, "192.0.2.7:40000")
		bad := map[string]string{
			"no header":        "SSH-2.0-OpenSSH_9.9\r\n",
			"a broken line":    "PROXY TCP4 nobody nowhere 1 2\r\n",
			"half a line":      "PROXY TCP4 192.0.2.7",
			"a line for ever":  "PROXY " + strings.Repeat("x", 200),
			"another version":  v2[:12] + "\x31" + v2[13:],
			"no address":       v2[:12] + "\x21\x11\x00\x00",
			"too long":         v2[:12] + "\x21\x11\xff\xff",
			"a datagram":       v2[:13] + "\x12" + v2[14:],
			"a client's file":  v2[:12] + "\x21\x31\x00\xd8" + strings.Repeat("/tmp/x\x00\x00", 27),
			"no family at all": v2[:12] + "\x21\x00\x00\x00",
		}
		for name, text := range bad {
			end := p.connect("10.1.2.3:5000")
			go io.WriteString(end, text)
			synctest.Wait()
			if !isClosed(end) || len(p.accepted) != 0 {
				t.Errorf("%s: the connection is closed: %t; %d were accepted", name, isClosed(end), len(p.accepted))
			}
		}
		if debug, warned := p.countLogged("DEBU"), p.countLogged("WARN"); debug != len(bad) || warned != 1 {
			t.Errorf("%d debug lines and %d warnings for %d dropped connections, want one line each and one warning", debug, warned, len(bad))
		}
		p.checkDropped(0, 8, 2, 0)
		time.Sleep(warnInterval)
		go io.WriteString(p.connect("10.1.2.3:5000"), "hello\n")
		synctest.Wait()
		if p.countLogged("count=10") != 1 {
			t.Errorf("the second warning is missing: %s", p.log)
		}
	})
}

// A connection that sends no header, half of one, or one byte at a time is dropped after three
// seconds.
func TestHeaderTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFixture(t).serve()
		silent, half, trickling := p.connect("10.0.0.1:1"), p.connect("10.0.0.1:2"), p.connect("10.0.0.1:3")
		whole := proxyHeader(t, 2, "192.0.2.7:40000")
		go io.WriteString(half, whole[:20])
		go func() {
			for _, b := range []byte(whole) {
				if _, err := trickling.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		time.Sleep(headerTimeout + time.Second)
		synctest.Wait()
		for _, end := range []net.Conn{silent, half, trickling} {
			if !isClosed(end) {
				t.Error("a connection without a header is still open")
			}
		}
		if len(p.accepted) != 0 || p.countLogged("WARN") != 1 {
			t.Errorf("%d connections were accepted; the log says %s", len(p.accepted), p.log)
		}
		p.checkDropped(3, 0, 0, 0)
	})
}

// However many connections stay silent, only so many are kept: the oldest are dropped, and a
// connection with a header is accepted at once.
func TestOldestPendingIsDisplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFixture(t).serve()
		began := time.Now()
		var crowd []net.Conn
		for range maxPending + 10 {
			crowd = append(crowd, p.connect("10.0.0.1:1"))
		}
		end := p.connect("10.1.2.3:5000")
		go io.WriteString(end, proxyHeader(t, 2, "192.0.2.7:40000")+"hello")
		p.expectAccepted("192.0.2.7:40000", "hello")
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the connection was accepted after %v, want at once", waited)
		}
		for i, c := range crowd {
			if displaced := i < 11; isClosed(c) != displaced {
				t.Errorf("connection %d: closed is %t, want %t", i, !displaced, displaced)
			}
		}
		p.checkDropped(0, 0, 0, 11)
	})
}

// While nobody calls Accept, a bounded number of connections wait, with or without a header, and
// none of them is lost.
func TestSlowAcceptor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFixture(t)
		var knocking sync.WaitGroup
		for range 2 * maxPending {
			knocking.Go(func() {
				end, other := net.Pipe()
				t.Cleanup(func() { end.Close() })
				p.pipes.Accepted <- testkit.PipeConn{Conn: other, Remote: net.TCPAddrFromAddrPort(netip.MustParseAddrPort("10.0.0.1:1"))}
				_, _ = io.WriteString(end, proxyHeader(t, 2, "192.0.2.7:40000"))
			})
			synctest.Wait() // one that has yet to send its header would be displaced by the others
		}
		p.serve()
		knocking.Wait()
		synctest.Wait()
		if len(p.accepted) != 2*maxPending {
			t.Errorf("%d connections were accepted, want %d; the log says %s", len(p.accepted), 2*maxPending, p.log)
		}
	})
}

// Accept returns the errors of the listener underneath. Closing it ends the pending connections
// too, and may be repeated.
func TestAcceptErrorAndClose(t *testing.T) {
	for name, end := range map[string]func(*fixture){
		"closed":            func(p *fixture) { p.listener.Close() },
		"closed underneath": func(p *fixture) { p.pipes.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newFixture(t).serve()
				failure := errors.New("too many open files")
				p.pipes.Accepted <- failure
				if a := <-p.accepted; a.err != failure {
					t.Errorf("Accept returns %v, want %v", a.err, failure)
				}
				silent := p.connect("10.0.0.1:1")
				synctest.Wait()
				began := time.Now()
				end(p)
				if a := <-p.accepted; !errors.Is(a.err, net.ErrClosed) {
					t.Errorf("Accept returns %v, want %v", a.err, net.ErrClosed)
				}
				synctest.Wait()
				if took := time.Since(began); took != 0 || !isClosed(silent) {
					t.Errorf("closing took %v; the silent connection is closed: %t", took, isClosed(silent))
				}
				p.listener.Close()
				p.listener.Close()
				if p.countLogged("WARN") != 0 {
					t.Errorf("the log says %s", p.log)
				}
			})
		})
	}
}
