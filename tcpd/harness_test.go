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
	"golang.org/x/text/encoding/simplifiedchinese"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
	"teahouse/room"
)

// testTimeout is how long a test waits for something before it fails.
const testTimeout = 10 * time.Second

var (
	stoppingText    = testkit.Chinese(reply.GoodbyeStopping)
	stoppingEnglish = testkit.English(reply.GoodbyeStopping)
	tooLongText     = testkit.Chinese(reply.TextTooLong, text.MaxBytes)
	emptyLineText   = testkit.Chinese(reply.TextEmpty)
	// In ASCII, UTF-8 and GBK.
	unknownCharsetText = testkit.English(unknownCharset) + " / " + testkit.Chinese(unknownCharset) + " / " + toGBK(testkit.Chinese(unknownCharset))
)

func toGBK(s string) string {
	encoded, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return encoded
}

// A logRecorder receives the log of a server under test. It copies it to the test's output while
// the test runs, and keeps it in memory.
type logRecorder struct {
	testkit.Recorder

	mu sync.Mutex
	t  testing.TB // nil once the test is over
}

func (r *logRecorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.t != nil {
		r.t.Logf("%s", bytes.TrimSpace(p))
	}
	return r.Recorder.Write(p)
}

// newServer returns a server for a dialect and its log.
func newServer(t testing.TB, hub *room.Hub, dialect string) (*Server, *logRecorder) {
	j := &logRecorder{t: t}
	t.Cleanup(func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.t = nil
	})
	d := LookupDialect(dialect)
	if d == nil {
		t.Fatalf("there is no dialect %q", dialect)
	}
	return &Server{Hub: hub, Dialect: d, Log: log.New(j)}, j
}

// serve runs s on a port of the loopback interface until the test ends, and returns its address.
func serve(t testing.TB, s *Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, s, l)
	return l.Addr().String()
}

// serveOn runs s on l until the test ends.
func serveOn(t testing.TB, s *Server, l net.Listener) {
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown at the end of the test: %v", err)
		}
		if err := <-served; err != ErrServerClosed {
			t.Errorf("Serve returned %v, want %v", err, ErrServerClosed)
		}
	})
}

// A testClient is a client of a server under test. One goroutine uses it.
type testClient struct {
	t       testing.TB
	name    string // for failure messages
	address string // its own, as the server shows it
	dialect *Dialect
	conn    net.Conn
	in      *bufio.Reader
	timeout time.Duration
}

// dial connects to a server at addr.
func dial(t testing.TB, name, addr string, d *Dialect) *testClient {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &testClient{
		t: t, name: name, address: conn.LocalAddr().String(), dialect: d,
		conn: conn, in: bufio.NewReader(conn), timeout: testTimeout,
	}
}

// join connects to a server at addr and returns when the client has received its welcome. No
// other client may join at the same time.
func join(t testing.TB, name, addr string, d *Dialect) *testClient {
	t.Helper()
	g := dial(t, name, addr, d)
	g.expect(g.chatLine("已上线"))
	return g
}

// chatLine returns the line that the three Chinese dialects show when c, which has no name but
// its address, says text.
func (c *testClient) chatLine(text string) string {
	return fmt.Sprintf("[%s]%s:%s", c.address, c.address, text)
}

// send sends raw unchanged.
func (c *testClient) send(raw string) {
	c.t.Helper()
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout))
	if _, err := io.WriteString(c.conn, raw); err != nil {
		c.t.Fatalf("%s cannot send: %v", c.name, err)
	}
}

// expect reads messages. They must arrive in that order, with nothing in between: by lines, or
// byte by byte if the dialect has no lines.
func (c *testClient) expect(messages ...string) {
	c.t.Helper()
	for _, want := range messages {
		if got, err := c.read(len(want)); err != nil {
			c.t.Fatalf("%s should read %q, but reads %q and then %v", c.name, want, got, err)
		} else if got != want {
			c.t.Fatalf("%s should read %q, but reads %q", c.name, want, got)
		}
	}
}

func (c *testClient) read(size int) (string, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(c.timeout))
	if c.dialect.Framing == ReadFraming {
		message := make([]byte, size)
		n, err := io.ReadFull(c.in, message)
		return string(message[:n]), err
	}
	line, err := c.in.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}

// expectEOF reads EOF, with nothing before it.
func (c *testClient) expectEOF() {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(c.timeout))
	if rest, err := io.ReadAll(c.in); err != nil || len(rest) > 0 {
		c.t.Fatalf("%s should read EOF, but reads %q and then %v", c.name, rest, err)
	}
}

// closeWrite half-closes the connection, as nc -N does at the end of its input.
func (c *testClient) closeWrite() {
	c.t.Helper()
	if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
}

// disconnect leaves in order. When it returns, the server has noticed.
func (c *testClient) disconnect() {
	c.t.Helper()
	c.closeWrite()
	c.expectEOF()
	c.conn.Close()
}

// expectSilence lets d pass, during which nothing may arrive. It is for tests in a synctest
// bubble, where that takes no time.
func (c *testClient) expectSilence(d time.Duration) {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(d))
	b, err := c.in.ReadByte()
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		c.t.Fatalf("%s should read nothing for %v, but reads %q, %v", c.name, d, b, err)
	}
}

// waitFor waits for something that no client can see.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(testTimeout); !ok(); {
		select {
		case <-late:
			t.Fatalf("waited %v in vain until %s", testTimeout, what)
		case <-tick.C:
		}
	}
}

// A pipeListener accepts in-memory connections, each from a port of its own.
type pipeListener struct {
	*testkit.PipeListener
	lastPort int
}

func newPipeListener() *pipeListener {
	return &pipeListener{PipeListener: testkit.NewPipeListener(100), lastPort: 10000}
}

// dial connects to the listener. If fault is not nil, it wraps the server's end of the
// connection.
func (l *pipeListener) dial(t testing.TB, name string, d *Dialect, fault func(net.Conn) net.Conn) *testClient {
	l.lastPort++
	own, theirs := net.Pipe()
	t.Cleanup(func() { own.Close() })
	address := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: l.lastPort}
	var conn net.Conn = testkit.PipeConn{Conn: theirs, Remote: address}
	if fault != nil {
		conn = fault(conn)
	}
	l.Accepted <- conn
	return &testClient{
		t: t, name: name, address: address.String(), dialect: d,
		conn: own, in: bufio.NewReader(own), timeout: 10000 * time.Hour,
	}
}
