package stories

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
	gossh "golang.org/x/crypto/ssh"
)

// from returns a dialer at an address of this machine. Not every system has
// more than one.
func from(t *testing.T, ip string) *net.Dialer {
	t.Helper()
	l, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Skipf("there is no address %s here: %v", ip, err)
	}
	l.Close()
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}, Timeout: patience}
}

// signer returns a new key.
func signer(t *testing.T) gossh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A stranger is how somebody comes to the SSH door.
type stranger struct {
	name, version string
	key           gossh.Signer // nil for none
	dialer        *net.Dialer  // nil for the usual one
	addr          string       // the address it is to have at a house behind a balancer, or ""
	rekey         uint64       // after so many bytes there are new keys, or 0
	wrap          func(net.Conn) net.Conn
}

// dial connects a stranger to a door.
func (h *house) dial(door string, s stranger) (net.Conn, error) {
	dialer := s.dialer
	switch {
	case s.addr != "":
		dialer = &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(balancer)}, Timeout: patience}
	case dialer == nil:
		dialer = &net.Dialer{Timeout: patience}
	}
	conn, err := dialer.Dial("tcp", h.addrs[door])
	if err != nil || s.addr == "" {
		return conn, err
	}
	from := &net.TCPAddr{IP: net.ParseIP(s.addr), Port: 4000}
	if _, err := proxyproto.HeaderProxyFromAddrs(2, from, conn.RemoteAddr()).WriteTo(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// connect brings a stranger through the handshake.
func (h *house) connect(s stranger) (*gossh.Client, error) {
	config := &gossh.ClientConfig{
		User:            s.name,
		ClientVersion:   s.version,
		HostKeyCallback: gossh.InsecureIgnoreHostKey(), // entry_test.go checks it
	}
	if s.key != nil {
		config.Auth = append(config.Auth, gossh.PublicKeys(s.key))
	}
	config.Auth = append(config.Auth, gossh.KeyboardInteractive(noAnswers))
	config.RekeyThreshold = s.rekey
	conn, err := h.dial("ssh", s)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(patience)) // until it is in
	if s.wrap != nil {
		conn = s.wrap(conn)
	}
	c, channels, requests, err := gossh.NewClientConn(conn, h.addrs["ssh"], config)
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return gossh.NewClient(c, channels, requests), nil
}

// lets brings a stranger in, who must get in.
func (h *house) lets(t *testing.T, s stranger) *bare {
	t.Helper()
	client, err := h.connect(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &bare{t, client}
}

// A typist is somebody at a terminal whose bytes are seen as they come.
type typist struct {
	*bare
	name  string
	stdin io.Writer
	raw   *transcript
}

// seat brings a stranger to a terminal.
func (h *house) seat(t *testing.T, s stranger) *typist {
	t.Helper()
	b := h.lets(t, s)
	stdin, stdout := b.terminal()
	p := &typist{bare: b, name: s.name, stdin: stdin, raw: reading(t, s.name, stdout)}
	p.sees("Welcome to teahouse, ")
	p.types(marks)
	return p
}

func (p *typist) types(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, text); err != nil {
		p.t.Fatalf("%s cannot type %.40q: %v", p.name, text, err)
	}
}

func (p *typist) sees(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		eventually(p.t, p.name+" sees: "+text, func() bool { return strings.Contains(unstyled(p.raw.String()), text) })
	}
}

// does runs a command on the connection.
func (b *bare) does(command string) (out string, err error) {
	s := b.session()
	defer s.Close()
	var complaint transcript
	s.Stderr = &complaint
	got, err := s.Output(command)
	if err != nil {
		err = fmt.Errorf("%w: %s", err, complaint.String())
	}
	return string(got), err
}

// operator makes an operator of the first who comes with a key.
func (h *house) operator(t *testing.T, name string) *typist {
	t.Helper()
	op := h.seat(t, stranger{name: name, key: signer(t)})
	op.types(h.until("there is no operator; come in with a key and type the line")["line"] + "\r")
	op.sees("You are an operator now.")
	return op
}

// A crowd is connections that are only held.
type crowd struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (c *crowd) hold(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = append(c.conns, conn)
}

func (c *crowd) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // leave no port in TIME_WAIT
		}
		_ = conn.Close()
	}
	c.conns = nil
}

// files returns how many files may be open, of which this test may have a half.
func files() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 256
	}
	return int(min(limit.Cur, 1<<20))
}

// stops stops a house in time, of which everybody is told.
func (h *house) stops(t *testing.T) {
	t.Helper()
	began := time.Now()
	h.signal(syscall.SIGTERM)
	h.exits(0)
	if took := time.Since(began); took > stopTime {
		t.Errorf("it took %v to stop", took)
	}
	if e := h.logged("not everybody read that the server stops"); e != nil {
		t.Errorf("the log says: %v", e)
	}
}
