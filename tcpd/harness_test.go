package tcpd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/room"
)

// patience is how long a test waits for what must come before it fails. No
// test waits that long unless it does fail.
const patience = 10 * time.Second

const (
	stopping        = "服务器正在停止。再见。"
	stoppingEnglish = "The server is stopping. Goodbye."
	tooLong         = "太长了：一行最多 4,095 字节。什么也没有发出。"
	malformed       = "不是有效的 UTF-8 文本，什么也没有发出。"
	// In ASCII, UTF-8 and GBK.
	noCharset = "That is neither UTF-8 nor GBK. Nothing was said." +
		" / 既不是 UTF-8 也不是 GBK 文本，什么也没有发出。" +
		" / \xbc\xc8\xb2\xbb\xca\xc7 UTF-8 \xd2\xb2\xb2\xbb\xca\xc7 GBK \xce\xc4\xb1\xbe\xa3\xac\xca\xb2\xc3\xb4\xd2\xb2\xc3\xbb\xd3\xd0\xb7\xa2\xb3\xf6\xa1\xa3"
	nothingToSay = "没有内容：这一行是空的。"
)

// A journal is where a server under test logs: into the test's own output, for
// as long as the test runs, and into memory.
type journal struct {
	mu   sync.Mutex
	t    testing.TB // nil once the test is over
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.t != nil {
		j.t.Logf("%s", bytes.TrimSpace(p))
	}
	return j.text.Write(p)
}

// about returns the lines that have all of the words in them.
func (j *journal) about(words ...string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []string
lines:
	for line := range strings.Lines(j.text.String()) {
		for _, w := range words {
			if !strings.Contains(line, w) {
				continue lines
			}
		}
		found = append(found, line)
	}
	return found
}

// newServer returns a server of a dialect that logs to a journal.
func newServer(t testing.TB, house *room.House, dialect string) (*Server, *journal) {
	j := &journal{t: t}
	t.Cleanup(func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.t = nil
	})
	d := Lookup(dialect)
	if d == nil {
		t.Fatalf("there is no dialect %q", dialect)
	}
	return &Server{House: house, Dialect: d, Log: log.New(j)}, j
}

// serve lets s serve on a port of the loopback interface until the test ends,
// and returns the address.
func serve(t testing.TB, s *Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, s, l)
	return l.Addr().String()
}

// serveOn lets s serve on l until the test ends.
func serveOn(t testing.TB, s *Server, l net.Listener) {
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown at the end of the test: %v", err)
		}
		if err := <-served; err != ErrServerClosed {
			t.Errorf("Serve returned %v, want %v", err, ErrServerClosed)
		}
	})
}

// A guest is a client of a server under test. It is used by one goroutine.
type guest struct {
	t        testing.TB
	name     string // for messages
	address  string // its own, as the server shows it
	dialect  *Dialect
	conn     net.Conn
	in       *bufio.Reader
	patience time.Duration
}

// dial connects a guest to a server that serves on addr.
func dial(t testing.TB, name, addr string, d *Dialect) *guest {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &guest{
		t: t, name: name, address: conn.LocalAddr().String(), dialect: d,
		conn: conn, in: bufio.NewReader(conn), patience: patience,
	}
}

// join is dial for a guest that is alone to join: it has heard so when join
// returns.
func join(t testing.TB, name, addr string, d *Dialect) *guest {
	t.Helper()
	g := dial(t, name, addr, d)
	g.hears(g.says("已上线"))
	return g
}

// says returns the line that the three Chinese dialects show where g, which
// has no name but its address, says text.
func (g *guest) says(text string) string {
	return fmt.Sprintf("[%s]%s:%s", g.address, g.address, text)
}

// types sends what somebody types, or a program sends, as it stands.
func (g *guest) types(raw string) {
	g.t.Helper()
	_ = g.conn.SetWriteDeadline(time.Now().Add(g.patience))
	if _, err := io.WriteString(g.conn, raw); err != nil {
		g.t.Fatalf("%s cannot send: %v", g.name, err)
	}
}

// hears reads messages, which must come in that order and be all that comes:
// in lines, or where the dialect has no lines byte by byte.
func (g *guest) hears(messages ...string) {
	g.t.Helper()
	for _, want := range messages {
		if got, err := g.next(len(want)); err != nil {
			g.t.Fatalf("%s should hear %q, but hears %q and then %v", g.name, want, got, err)
		} else if got != want {
			g.t.Fatalf("%s should hear %q, but hears %q", g.name, want, got)
		}
	}
}

func (g *guest) next(size int) (string, error) {
	_ = g.conn.SetReadDeadline(time.Now().Add(g.patience))
	if g.dialect.Framing == Reads {
		message := make([]byte, size)
		n, err := io.ReadFull(g.in, message)
		return string(message[:n]), err
	}
	line, err := g.in.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}

// hearsEnd reads the end of the connection, before which nothing more may
// come.
func (g *guest) hearsEnd() {
	g.t.Helper()
	_ = g.conn.SetReadDeadline(time.Now().Add(g.patience))
	if rest, err := io.ReadAll(g.in); err != nil || len(rest) > 0 {
		g.t.Fatalf("%s should hear no more, but hears %q and then %v", g.name, rest, err)
	}
}

// endsInput half-closes the connection, as nc -N does at the end of its input.
func (g *guest) endsInput() {
	g.t.Helper()
	if err := g.conn.(*net.TCPConn).CloseWrite(); err != nil {
		g.t.Fatal(err)
	}
}

// leaves is a guest's orderly leaving: when it returns, the server knows.
func (g *guest) leaves() {
	g.t.Helper()
	g.endsInput()
	g.hearsEnd()
	g.conn.Close()
}

// hearsNothingFor lets time pass, in which nothing may come. It is for tests
// in a synctest bubble, where that takes no time.
func (g *guest) hearsNothingFor(d time.Duration) {
	g.t.Helper()
	_ = g.conn.SetReadDeadline(time.Now().Add(d))
	b, err := g.in.ReadByte()
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		g.t.Fatalf("%s should hear nothing for %v, but hears %q, %v", g.name, d, b, err)
	}
}

// until waits for something that no client can hear of.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !ok(); {
		select {
		case <-late:
			t.Fatalf("waited %v in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}

// A lane is a listener without a network, for synctest bubbles, in which
// sockets cannot be.
type lane struct {
	arrivals chan any // net.Conn or error: what Accept returns
	once     sync.Once
	closed   chan struct{}
	lastPort int
}

func newLane() *lane {
	return &lane{arrivals: make(chan any, 100), closed: make(chan struct{}), lastPort: 10000}
}

func (l *lane) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	case a := <-l.arrivals:
		if err, ok := a.(error); ok {
			return nil, err
		}
		return a.(net.Conn), nil
	}
}

func (l *lane) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *lane) Addr() net.Addr { return &net.TCPAddr{} }

// pipe is one end of a net.Pipe that has an address.
type pipe struct {
	net.Conn
	remote net.Addr
}

func (p pipe) RemoteAddr() net.Addr { return p.remote }

// dial brings a guest to the listener. Whoever is told fault wraps the
// server's end of the connection.
func (l *lane) dial(t testing.TB, name string, d *Dialect, fault func(net.Conn) net.Conn) *guest {
	l.lastPort++
	own, theirs := net.Pipe()
	t.Cleanup(func() { own.Close() })
	address := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: l.lastPort}
	var conn net.Conn = pipe{theirs, address}
	if fault != nil {
		conn = fault(conn)
	}
	l.arrivals <- conn
	return &guest{
		t: t, name: name, address: address.String(), dialect: d,
		conn: own, in: bufio.NewReader(own), patience: 10000 * time.Hour,
	}
}
