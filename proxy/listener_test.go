package proxy

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
)

// A street is a listener to which tests send connections and failures.
type street struct {
	arrivals chan arrival
	close    sync.Once
	closed   chan struct{}
}

func (s *street) Accept() (net.Conn, error) {
	select {
	case a := <-s.arrivals:
		return a.conn, a.err
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

// A porch is a listener on a street, behind balancers in 10.0.0.0/8 and fd00::/8.
type porch struct {
	t        *testing.T
	street   *street
	listener net.Listener
	dropped  Dropped
	log      *bytes.Buffer
	in       chan arrival // what Accept returns
}

// open opens a porch inside a synctest bubble, and closes it in the end. Nobody
// accepts until the test calls serve.
func open(t *testing.T) *porch {
	p := &porch{t: t, street: &street{arrivals: make(chan arrival), closed: make(chan struct{})}, log: &bytes.Buffer{}, in: make(chan arrival, 1000)}
	logger := log.NewWithOptions(p.log, log.Options{Level: log.DebugLevel})
	p.listener = Listen(p.street, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}, &p.dropped, logger)
	t.Cleanup(func() { p.listener.Close() })
	return p
}

// serve accepts until the listener is closed.
func (p *porch) serve() *porch {
	go func() {
		for {
			conn, err := p.listener.Accept()
			p.in <- arrival{conn, err}
			if errors.Is(err, net.ErrClosed) {
				return
			}
		}
	}()
	return p
}

// knock lets somebody come from an address and returns the other end.
func (p *porch) knock(from string) net.Conn {
	p.t.Helper()
	end, other := net.Pipe()
	p.t.Cleanup(func() { end.Close() })
	p.street.arrivals <- arrival{conn: passage{other, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}}
	return end
}

// accepts checks that somebody is accepted, from an address, of whom the first
// words are read.
func (p *porch) accepts(from, words string) {
	p.t.Helper()
	synctest.Wait()
	select {
	case a := <-p.in:
		defer a.conn.Close()
		if got := a.conn.RemoteAddr().String(); got != from {
			p.t.Errorf("it comes from %s, want %s", got, from)
		}
		got := make([]byte, len(words))
		if _, err := io.ReadFull(a.conn, got); err != nil || string(got) != words {
			p.t.Errorf("it says %q, %v, want %q", got, err, words)
		}
	default:
		p.t.Errorf("%s is not let in; the log says %s", from, p.log)
	}
}

// isOut reports whether the other end was closed.
func isOut(end net.Conn) bool {
	_ = end.SetReadDeadline(time.Now())
	_, err := end.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

// drops checks how many were dropped, in the order late, malformed, clientless and
// displaced.
func (p *porch) drops(want ...uint64) {
	p.t.Helper()
	c := p.dropped.Counts()
	if got := []uint64{c["late"], c["malformed"], c["clientless"], c["displaced"]}; !slices.Equal(got, want) {
		p.t.Errorf("%v were dropped, want %v", got, want)
	}
}

// logged returns how many lines of the log have a text.
func (p *porch) logged(text string) int { return strings.Count(p.log.String(), text) }

// header returns a header of a version that names a client.
func header(t testing.TB, version byte, client string) string {
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

// local is the header of a health check.
func local() string { return string(proxyproto.SIGV2) + "\x20\x00\x00\x00" }

// Whoever a balancer brings has an address of its own, whatever the version of the
// header, and loses no word that came with it.
func TestClientHasItsOwnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t).serve()
		for _, version := range []byte{1, 2} {
			for _, client := range []string{"192.0.2.7:40000", "[2001:db8::7]:40000"} {
				end := p.knock("10.1.2.3:5000")
				go io.WriteString(end, header(t, version, client)+"hello")
				p.accepts(client, "hello")
			}
		}
		slow := p.knock("[fd00::9]:5000")
		for _, b := range []byte(header(t, 2, "192.0.2.7:40000")) {
			go slow.Write([]byte{b})
			synctest.Wait()
		}
		go io.WriteString(slow, "hello, late")
		p.accepts("192.0.2.7:40000", "hello, late")
	})
}

// A health check is the balancer's own connection. One that says nothing at all is
// no cause for alarm.
func TestHealthChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t).serve()
		for _, check := range []string{local(), "PROXY UNKNOWN\r\n"} {
			end := p.knock("10.1.2.3:5000")
			go io.WriteString(end, check+"hello")
			p.accepts("10.1.2.3:5000", "hello")
		}
		p.knock("10.1.2.3:5000").Close()
		synctest.Wait()
		if len(p.in) != 0 || p.logged("WARN") != 0 || p.logged("before it sent anything") != 1 {
			t.Errorf("%d came in; the log says %s", len(p.in), p.log)
		}
		p.drops(0, 0, 0, 0)
	})
}

// From elsewhere a header is what somebody sent, and makes nobody of them. They do
// not wait for those behind the balancer.
func TestHeaderFromElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t).serve()
		p.knock("10.1.2.3:5000") // and says nothing
		for _, from := range []string{"192.0.2.1:5000", "11.0.0.1:5000", "[2001:db8::1]:5000"} {
			claim := header(t, 2, "198.51.100.1:1")
			end := p.knock(from)
			go io.WriteString(end, claim)
			p.accepts(from, claim)
		}
	})
}

// Whoever has no right header does not come in, and is logged: each for who looks
// closely, once a minute for who does not.
func TestBadHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t).serve()
		v2 := header(t, 2, "192.0.2.7:40000")
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
			end := p.knock("10.1.2.3:5000")
			go io.WriteString(end, text)
			synctest.Wait()
			if !isOut(end) || len(p.in) != 0 {
				t.Errorf("%s: closed is %t, %d came in", name, isOut(end), len(p.in))
			}
		}
		if debug, warned := p.logged("DEBU"), p.logged("WARN"); debug != len(bad) || warned != 1 {
			t.Errorf("%d lines for %d, %d warnings", debug, len(bad), warned)
		}
		p.drops(0, 8, 2, 0)
		time.Sleep(warnPause)
		go io.WriteString(p.knock("10.1.2.3:5000"), "hello\n")
		synctest.Wait()
		if p.logged("count=10") != 1 {
			t.Errorf("the second warning is missing: %s", p.log)
		}
	})
}

// Who sends no header, or half of one, or one byte after the other, has three
// seconds.
func TestHeaderThatDoesNotCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t).serve()
		silent, half, trickling := p.knock("10.0.0.1:1"), p.knock("10.0.0.1:2"), p.knock("10.0.0.1:3")
		whole := header(t, 2, "192.0.2.7:40000")
		go io.WriteString(half, whole[:20])
		go func() {
			for _, b := range []byte(whole) {
				if _, err := trickling.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		time.Sleep(headerTime + time.Second)
		synctest.Wait()
		for _, end := range []net.Conn{silent, half, trickling} {
			if !isOut(end) {
				t.Error("somebody waits for ever")
			}
		}
		if len(p.in) != 0 || p.logged("WARN") != 1 {
			t.Errorf("%d came in; the log says %s", len(p.in), p.log)
		}
		p.drops(3, 0, 0, 0)
	})
}

// However many say nothing, they are so many at a time, and those who come after
// them get in at once: the oldest go.
func TestCrowdWithoutHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t).serve()
		began := time.Now()
		var crowd []net.Conn
		for range maxUnknown + 10 {
			crowd = append(crowd, p.knock("10.0.0.1:1"))
		}
		end := p.knock("10.1.2.3:5000")
		go io.WriteString(end, header(t, 2, "192.0.2.7:40000")+"hello")
		p.accepts("192.0.2.7:40000", "hello")
		if waited := time.Since(began); waited != 0 {
			t.Errorf("it took %v", waited)
		}
		for i, c := range crowd {
			if displaced := i < 11; isOut(c) != displaced {
				t.Errorf("connection %d: closed is %t", i, !displaced)
			}
		}
		p.drops(0, 0, 0, 11)
	})
}

// Where the door accepts nothing for a while no more than so many wait, with and
// without a header, and none of them is lost.
func TestDoorThatDoesNotAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t)
		var knocking sync.WaitGroup
		for range 2 * maxUnknown {
			knocking.Go(func() {
				end, other := net.Pipe()
				t.Cleanup(func() { end.Close() })
				p.street.arrivals <- arrival{conn: passage{other, net.TCPAddrFromAddrPort(netip.MustParseAddrPort("10.0.0.1:1"))}}
				_, _ = io.WriteString(end, header(t, 2, "192.0.2.7:40000"))
			})
		}
		time.Sleep(time.Second)
		p.serve()
		knocking.Wait()
		synctest.Wait()
		if len(p.in) != 2*maxUnknown {
			t.Errorf("%d came in, want %d; the log says %s", len(p.in), 2*maxUnknown, p.log)
		}
	})
}

// A failure of the network is the door's to deal with; the end is the end, for
// those without a header, too. Closing again is harmless.
func TestFailureAndEnd(t *testing.T) {
	for name, end := range map[string]func(*porch){
		"closed":            func(p *porch) { p.listener.Close() },
		"closed underneath": func(p *porch) { p.street.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := open(t).serve()
				failure := errors.New("too many open files")
				p.street.arrivals <- arrival{err: failure}
				if a := <-p.in; a.err != failure {
					t.Errorf("Accept returns %v, want %v", a.err, failure)
				}
				silent := p.knock("10.0.0.1:1")
				synctest.Wait()
				began := time.Now()
				end(p)
				if a := <-p.in; !errors.Is(a.err, net.ErrClosed) {
					t.Errorf("Accept returns %v, want %v", a.err, net.ErrClosed)
				}
				synctest.Wait()
				if took := time.Since(began); took != 0 || !isOut(silent) {
					t.Errorf("it took %v; the silent one is out: %t", took, isOut(silent))
				}
				p.listener.Close()
				p.listener.Close()
				if p.logged("WARN") != 0 {
					t.Errorf("the log says %s", p.log)
				}
			})
		})
	}
}
