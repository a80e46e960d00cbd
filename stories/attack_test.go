package stories

import (
	"bufio"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// mostMemory is far more than a house takes that is attacked from all sides, in
// megabytes.
const mostMemory = 250

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
	wrap          func(net.Conn) net.Conn
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
	if s.dialer == nil {
		s.dialer = &net.Dialer{Timeout: patience}
	}
	conn, err := s.dialer.Dial("tcp", h.addrs["ssh"])
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

// A neighbour is somebody ordinary who talks while others attack. It says a line,
// waits until it sees it, and says the next; at no more than the pace that
// everybody may have.
type neighbour struct {
	t     *testing.T
	h     *house
	stop  chan struct{}
	done  chan struct{}
	trips []time.Duration
	round atomic.Int64 // how many trips there were
	err   error
	began int // megabytes
}

// neighbour lets one in and has it talk until it rests.
func (h *house) neighbour(t *testing.T) *neighbour {
	t.Helper()
	stdin, stdout := h.lets(t, stranger{name: "neighbour"}).terminal()
	n := &neighbour{t: t, h: h, stop: make(chan struct{}), done: make(chan struct{}), began: h.peak()}
	go func() {
		defer close(n.done)
		n.err = n.talk(stdin, bufio.NewReader(stdout))
	}()
	t.Cleanup(func() { n.end() })
	return n
}

func (n *neighbour) end() {
	select {
	case <-n.stop:
	default:
		close(n.stop)
	}
	select {
	case <-n.done:
	case <-time.After(patience):
		n.err = errors.New("the neighbour waits for its own line")
	}
}

// talk goes round and round. The first 25 lines come at once, more or less.
func (n *neighbour) talk(stdin io.Writer, stdout *bufio.Reader) error {
	for {
		began := time.Now()
		if _, err := fmt.Fprintf(stdin, "round %d\r", len(n.trips)); err != nil {
			return err
		}
		for heard, said := false, fmt.Sprintf("neighbour: round %d\r\n", len(n.trips)); !heard; {
			line, err := stdout.ReadString('\n')
			if err != nil {
				return err
			}
			heard = strings.HasSuffix(unstyled(line), said)
		}
		n.trips = append(n.trips, time.Since(began))
		n.round.Add(1)
		pause := time.After(100 * time.Millisecond)
		if len(n.trips) > 25 {
			pause = time.After(600 * time.Millisecond)
		}
		select {
		case <-pause:
		case <-n.stop:
			return nil
		}
	}
}

// goesRound waits until the neighbour has made so many more trips.
func (n *neighbour) goesRound(times int64) {
	n.t.Helper()
	want := n.round.Load() + times
	eventually(n.t, "the neighbour has talked on", func() bool { return n.round.Load() >= want })
}

// rests ends the talk, and reports how it went, and how much memory the house
// took.
func (n *neighbour) rests() {
	n.t.Helper()
	n.end()
	if n.err != nil || len(n.trips) == 0 {
		n.t.Fatalf("the neighbour stopped talking after %d round trips: %v", len(n.trips), n.err)
	}
	trips := slices.Sorted(slices.Values(n.trips))
	peak := n.h.peak()
	n.t.Logf("%d round trips beside it: median %v, worst %v; memory %d MB before, %d MB at most",
		len(trips), trips[len(trips)/2].Round(10*time.Microsecond), trips[len(trips)-1].Round(10*time.Microsecond), n.began, peak)
	if peak > mostMemory && !racing() {
		n.t.Errorf("the house took %d MB", peak)
	}
}

// racing reports whether the programs are built with the race detector, which
// takes memory of its own.
func racing() bool { return len(buildFlags) > 0 }

// peak returns the most memory that the house ever had, in megabytes; 0 where
// that is not known.
func (h *house) peak() int {
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, _ := strconv.Atoi(append(strings.Fields(rest), "0")[0])
	return kilobytes >> 10
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
