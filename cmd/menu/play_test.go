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

// patience is how long a test waits for what must come before it fails. No
// test waits that long unless it does fail.
const patience = 20 * time.Second

// A play is the program running against a stand-in server, with the test as
// its user.
type play struct {
	t       *testing.T
	flavour flavour
	server  *standIn
	stdin   *io.PipeWriter
	stdout  *transcript
	stderr  bytes.Buffer // to be read after ends
	exited  chan int
}

// stage starts a play. Both sides have ended when the test has.
func stage(t *testing.T, f flavour, getenv func(string) string) *play {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	stdin, keyboard := io.Pipe()
	p := &play{
		t: t, flavour: f, stdin: keyboard,
		stdout: &transcript{wrote: make(chan struct{}, 1)},
		exited: make(chan int, 1),
	}
	var running sync.WaitGroup
	running.Go(func() { p.exited <- run([]string{"-port", port}, stdin, p.stdout, &p.stderr, getenv) })

	c, err := l.Accept()
	l.Close()
	if err != nil {
		t.Fatal(err)
	}
	p.server = &standIn{conn: c, messages: make(chan string, 100)}
	running.Go(func() { p.server.serve(f) })
	t.Cleanup(func() {
		keyboard.Close()
		p.server.close()
		running.Wait()
	})
	return p
}

// types types a line.
func (p *play) types(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		p.t.Fatalf("typing %q: %v", line, err)
	}
}

// hears checks the next message that the server took.
func (p *play) hears(want string) {
	p.t.Helper()
	select {
	case got := <-p.server.messages:
		if got != want {
			p.t.Fatalf("the server took %q, want %q", got, want)
		}
	case <-time.After(patience):
		p.t.Fatalf("the server never took %q; printed: %q", want, p.stdout)
	}
}

// sees waits until all of these have been printed, in any order, since what
// was seen before.
func (p *play) sees(all ...string) {
	p.t.Helper()
	timeout := time.After(patience)
	for !p.stdout.pass(all) {
		select {
		case <-p.stdout.wrote:
		case <-timeout:
			p.t.Fatalf("never printed: %q; printed: %q", all, p.stdout)
		}
	}
}

// ends waits for the program's end.
func (p *play) ends(want int) {
	p.t.Helper()
	select {
	case status := <-p.exited:
		if status != want {
			p.t.Fatalf("exit status %d, want %d; stderr: %q", status, want, &p.stderr)
		}
	case <-time.After(patience):
		p.t.Fatalf("never ended; printed: %q", p.stdout)
	}
}

// A transcript is a stdout that can be waited on.
type transcript struct {
	wrote chan struct{} // holds an item if something was written since it was last taken

	mu   sync.Mutex
	text string
	seen int
}

func (tr *transcript) Write(b []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.text += string(b)
	select {
	case tr.wrote <- struct{}{}:
	default:
	}
	return len(b), nil
}

// pass reports whether all of these have been printed after what was passed
// before, and if so passes them.
func (tr *transcript) pass(all []string) bool {
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

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text
}

// A flavour is what a server takes for one message.
type flavour int

const (
	byLines flavour = iota // a line
	byReads                // what one read returns, but for its last byte
)

// A standIn is a server with one user, A.
type standIn struct {
	conn     net.Conn
	messages chan string // as they were taken

	mu sync.Mutex // one write at a time
}

func (s *standIn) serve(f flavour) {
	defer s.close()
	if f == byLines {
		for lines := bufio.NewScanner(s.conn); lines.Scan(); {
			s.take(lines.Text())
		}
		return
	}
	buf := make([]byte, 4096)
	for {
		n, err := s.conn.Read(buf)
		if n == 0 || err != nil {
			return
		}
		s.take(string(buf[:n-1]))
	}
}

// take answers a message as the originals do. A private message comes back, A
// being the only one there, and has no newline.
func (s *standIn) take(message string) {
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

func (s *standIn) send(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	io.WriteString(s.conn, text)
}

func (s *standIn) close() { s.conn.Close() }
