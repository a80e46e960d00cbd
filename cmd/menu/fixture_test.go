package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// testTimeout is how long a test waits for something before it fails.
const testTimeout = 20 * time.Second

// A fixture runs the program against a fake server, with the test as its user.
type fixture struct {
	t       *testing.T
	framing framing
	server  *fakeServer
	stdin   *io.PipeWriter
	stdout  *outputRecorder
	stderr  bytes.Buffer // to be read after expectExit
	exited  chan int
}

// newFixture starts the program and the server. Both end with the test.
func newFixture(t *testing.T, f framing, getenv func(string) string) *fixture {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	stdin, keyboard := io.Pipe()
	p := &fixture{
		t: t, framing: f, stdin: keyboard,
		stdout: &outputRecorder{written: make(chan struct{}, 1)},
		exited: make(chan int, 1),
	}
	var running sync.WaitGroup
	running.Go(func() { p.exited <- run([]string{"-port", port}, stdin, p.stdout, &p.stderr, getenv) })

	c, err := l.Accept()
	l.Close()
	if err != nil {
		t.Fatal(err)
	}
	p.server = &fakeServer{conn: c, messages: make(chan string, 100)}
	running.Go(func() { p.server.serve(f) })
	t.Cleanup(func() {
		keyboard.Close()
		p.server.close()
		running.Wait()
	})
	return p
}

// typeLine types a line.
func (f *fixture) typeLine(line string) {
	f.t.Helper()
	if _, err := io.WriteString(f.stdin, line+"\n"); err != nil {
		f.t.Fatalf("the user cannot type %q: %v", line, err)
	}
}

// expectMessage checks the next message that the server received.
func (f *fixture) expectMessage(want string) {
	f.t.Helper()
	select {
	case got := <-f.server.messages:
		if got != want {
			f.t.Fatalf("the server received %q, want %q", got, want)
		}
	case <-time.After(testTimeout):
		f.t.Fatalf("the server never received %q; menu printed %q", want, f.stdout)
	}
}

// expectOutput waits until all of these have been printed, in any order, after the output that
// the last call saw.
func (f *fixture) expectOutput(all ...string) {
	f.t.Helper()
	timeout := time.After(testTimeout)
	for !f.stdout.skipPast(all) {
		select {
		case <-f.stdout.written:
		case <-timeout:
			f.t.Fatalf("the user never read %q, but %q", all, f.stdout)
		}
	}
}

// expectExit waits for the program's exit status.
func (f *fixture) expectExit(want int) {
	f.t.Helper()
	select {
	case status := <-f.exited:
		if status != want {
			f.t.Fatalf("menu exits with %d, want %d, and says %q", status, want, &f.stderr)
		}
	case <-time.After(testTimeout):
		f.t.Fatalf("menu never ended; it printed %q", f.stdout)
	}
}

// An outputRecorder is a stdout that a test can wait on.
type outputRecorder struct {
	written chan struct{} // holds an item if something was written since the last receive

	mu   sync.Mutex
	text string
	seen int
}

func (tr *outputRecorder) Write(b []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.text += string(b)
	select {
	case tr.written <- struct{}{}:
	default:
	}
	return len(b), nil
}

// skipPast reports whether all of these have been printed since the last match, and if so moves
// past them.
func (tr *outputRecorder) skipPast(all []string) bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	end := tr.seen
	for _, one := range all {
		i := strings.Index(tr.text[tr.seen:], one)
		if i < 0 {
			return false
		}
		end = max(end, tr.seen+i+len(one))
	}
	tr.seen = end
	return true
}

func (tr *outputRecorder) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text
}

// A framing is what a server takes for one message.
type framing int

const (
	byLines framing = iota // a line
	byReads                // the result of one read, without its last byte
)

// A fakeServer is a server with one user, A.
type fakeServer struct {
	conn     net.Conn
	messages chan string // as they were received

	mu sync.Mutex // one write at a time
}

func (s *fakeServer) serve(f framing) {
	defer s.close()
	if f == byLines {
		for lines := bufio.NewScanner(s.conn); lines.Scan(); {
			s.handle(lines.Text())
		}
		return
	}
	buf := make([]byte, 4096)
	for {
		n, err := s.conn.Read(buf)
		if n == 0 || err != nil {
			return
		}
		s.handle(string(buf[:n-1]))
	}
}

// handle answers a message as the original servers do. A private message comes back, because A is
// the only user, and has no newline.
func (s *fakeServer) handle(message string) {
	s.messages <- message
	command, rest, _ := strings.Cut(message, "|")
	_, text, _ := strings.Cut(rest, "|")
	switch command {
	case "who":
		s.send("[A]A:在线...\n")
	case "rename":
		s.send("您已更改用户名为:" + rest + "\n")
	case "to":
		s.send("A : " + text)
	default:
		s.send("[A]A:" + message + "\n")
	}
}

func (s *fakeServer) send(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	io.WriteString(s.conn, text)
}

func (s *fakeServer) close() { s.conn.Close() }
