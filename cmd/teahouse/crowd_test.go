package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"os"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/log"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/gate"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// Two hundred people come by both doors, take each other's names, talk, and go
// when they like: half of them by plain TCP, a quarter as pipes and a quarter
// at terminals. Some take their leave, others hang up in the middle of it.
// Everybody reads one and the same order, with each speaker's lines in theirs.
// Nobody misses a line between coming and going, except that those who hang up
// stop reading early. In the end nobody and nothing is left.
func TestCrowdAtBothDoors(t *testing.T) {
	people, acts := testkit.Amount(200, 60), 30
	before := runtime.NumGoroutine()
	h, stop := openHouse(t, "ssh://127.0.0.1:0", "classic://127.0.0.1:0?idle=0")

	c, err := enterTCP(h, "")
	if err != nil {
		t.Fatal(err)
	}
	witness := newReader(c)
	kinds := kindsOfClients()
	crowd := make([]*person, people)
	var living sync.WaitGroup
	for i := range crowd {
		crowd[i] = &person{kind: kinds[i%len(kinds)], id: i, in: make(chan struct{})}
	}
	for i, p := range crowd {
		if i%2 == 0 { // by TCP, which would be there long before the others
			p.follows = crowd[i+1]
		}
		living.Go(func() { p.live(t, h, 1+mathrand.IntN(acts)) })
	}
	living.Wait()
	fmt.Fprintf(witness.c, "#%d/0\n", people) // a barrier: the last line of all
	history := witness.until(t, said{people, 0})
	checkSpeakers(t, history)
	for _, p := range crowd {
		p.check(t, history)
	}
	witness.c.Close()
	<-witness.done

	eventually(t, "somebody is still online", func() bool { return h.Online() == 0 })
	stop()
	eventually(t, "goroutines are left", func() bool { return runtime.NumGoroutine() <= before })
}

// eventually waits until something is true, but not for ever.
func eventually(t *testing.T, otherwise string, done func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !done() {
		select {
		case <-deadline:
			buf := make([]byte, 1<<20)
			t.Fatalf("%s:\n%s", otherwise, buf[:runtime.Stack(buf, true)])
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// openHouse opens doors. The function that it returns stops the house as
// SIGTERM does.
func openHouse(t *testing.T, urls ...string) (h *house, stop func()) {
	t.Helper()
	var addresses []address
	for _, raw := range urls {
		a, err := parseAddress(raw)
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, a)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	h = &house{House: room.NewHouse(), gate: gate.New(gate.Limits{}), log: log.New(io.Discard), hostKey: signer}
	if err := h.open(addresses); err != nil {
		t.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	stopped := make(chan error)
	go func() { stopped <- h.run(signals) }()
	return h, func() {
		signals <- syscall.SIGTERM
		if err := <-stopped; err != nil {
			t.Errorf("the house stopped with %v", err)
		}
	}
}

// A client is somebody's end of a session.
type client interface {
	io.ReadWriteCloser
	CloseWrite() error
}

// A kind is a kind of client: how one comes, types and goes.
type kind struct {
	name  string
	enter func(h *house, name string) (client, error)
	eol   string // what ends a line that is typed
	leave []func(c client) error
	hang  []func(c client) error // what is under way is lost
}

// kindsOfClients lists the kinds as they take turns.
func kindsOfClients() []*kind {
	tcp := &kind{
		name: "tcp", enter: enterTCP, eol: "\n",
		leave: []func(client) error{client.CloseWrite},
		hang:  []func(client) error{client.Close, reset},
	}
	pipe := &kind{
		name: "pipe", enter: enterPipe, eol: "\n",
		leave: []func(client) error{client.CloseWrite},
		hang:  []func(client) error{client.Close},
	}
	chat := &kind{
		name: "chat", enter: enterChat, eol: "\r",
		leave: []func(client) error{client.CloseWrite, types("/quit\r"), types("\x04")},
		hang:  []func(client) error{client.Close},
	}
	return []*kind{tcp, pipe, tcp, chat}
}

// types returns a way of going that is typed.
func types(keys string) func(client) error {
	return func(c client) error {
		_, err := io.WriteString(c, keys)
		return err
	}
}

// reset breaks a TCP connection without a goodbye.
func reset(c client) error {
	_ = c.(*net.TCPConn).SetLinger(0)
	return c.Close()
}

func enterTCP(h *house, _ string) (client, error) {
	conn, err := net.Dial("tcp", h.listeners[1].Addr().String())
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// An sshClient is a connection with one session.
type sshClient struct {
	io.Reader
	io.WriteCloser
	conn *gossh.Client
}

func (c *sshClient) CloseWrite() error { return c.WriteCloser.Close() }
func (c *sshClient) Close() error      { return c.conn.Close() }

// enterPipe comes without a terminal.
func enterPipe(h *house, name string) (client, error) {
	return enterSSH(h, name, func(*gossh.Session) error { return nil })
}

// enterChat comes with a terminal, on which names look as they are. Its first input is
// an empty paste: such a terminal marks pastes, so lines without marks were typed.
func enterChat(h *house, name string) (client, error) {
	c, err := enterSSH(h, name, func(session *gossh.Session) error {
		if err := session.Setenv("NO_COLOR", "1"); err != nil {
			return err
		}
		return session.RequestPty("xterm", 24, 80, gossh.TerminalModes{})
	})
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c, "\x1b[200~\x1b[201~"); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func enterSSH(h *house, name string, prepare func(*gossh.Session) error) (client, error) {
	noQuestions := func(string, string, []string, []bool) ([]string, error) { return nil, nil }
	conn, err := gossh.Dial("tcp", h.listeners[0].Addr().String(), &gossh.ClientConfig{
		User:            name,
		HostKeyCallback: gossh.FixedHostKey(h.hostKey.PublicKey()),
		Auth:            []gossh.AuthMethod{gossh.KeyboardInteractive(noQuestions)},
	})
	if err != nil {
		return nil, err
	}
	c, err := openSession(conn, prepare)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func openSession(conn *gossh.Client, prepare func(*gossh.Session) error) (client, error) {
	session, err := conn.NewSession()
	if err != nil {
		return nil, err
	}
	in, _ := session.StdinPipe()
	out, _ := session.StdoutPipe()
	session.Stderr = io.Discard
	if err := prepare(session); err != nil {
		return nil, err
	}
	return &sshClient{Reader: out, WriteCloser: in, conn: conn}, session.Shell()
}

// A person is one of the crowd.
type person struct {
	*kind
	id     int
	acts   int     // how many lines were said
	hungUp bool    // rather than left
	ears   *reader // nil for those who could not come

	in      chan struct{} // closed when it has come, or could not
	follows *person       // whom it lets go before it, or nil
}

// live comes, does so many things, and goes.
func (p *person) live(t *testing.T, h *house, acts int) {
	if p.follows != nil {
		<-p.follows.in
	}
	c, err := p.enter(h, fmt.Sprint("user", p.id%40))
	close(p.in)
	if err != nil {
		t.Errorf("%s %d cannot come: %v", p.name, p.id, err)
		return
	}
	p.ears = newReader(c)
	if err := p.talk(c, acts); err != nil {
		t.Errorf("%s %d cannot talk: %v", p.name, p.id, err)
	}
	goings := p.leave
	if p.hungUp = mathrand.IntN(3) == 0; p.hungUp {
		goings = p.hang
	}
	if err := goings[mathrand.IntN(len(goings))](c); err != nil {
		t.Errorf("%s %d cannot go: %v", p.name, p.id, err)
		c.Close()
	}
	<-p.ears.done // the house has said all, or the connection is closed
	c.Close()
}

// talk says numbered lines, with other things in between. To a pipe those are
// more lines to say.
func (p *person) talk(c client, acts int) error {
	for p.acts < acts {
		line := fmt.Sprintf("#%d/%d%s", p.id, p.acts, p.eol)
		switch mathrand.IntN(6) {
		case 0:
			line += fmt.Sprintf("rename|user%d%s", mathrand.IntN(60), p.eol)
		case 1:
			line += "who" + p.eol
		case 2:
			line += fmt.Sprintf("to|user%d|hi%s", mathrand.IntN(60), p.eol)
		case 3:
			if p.acts > 0 {
				<-p.ears.lines // there are at least as many as it has said
			}
		}
		if _, err := io.WriteString(c, line); err != nil {
			return err
		}
		p.acts++
	}
	return nil
}

// check checks that what p heard is a piece of history without a gap, and that
// p heard all of its own lines, unless it hung up.
func (p *person) check(t *testing.T, history []said) {
	t.Helper()
	if p.ears == nil {
		return // that has been told
	}
	heard := p.ears.heard
	if len(heard) > 0 {
		start := slices.Index(history, heard[0])
		if start < 0 || start+len(heard) > len(history) || !slices.Equal(heard, history[start:start+len(heard)]) {
			t.Errorf("%s %d heard %d lines in another order than the witness did", p.name, p.id, len(heard))
		}
	}
	if p.hungUp {
		return
	}
	for n := range p.acts {
		if !slices.Contains(heard, said{p.id, n}) {
			t.Errorf("%s %d left properly but did not hear itself say line %d of %d", p.name, p.id, n, p.acts)
			return
		}
	}
}

// checkSpeakers checks that each speaker's lines are in order and without a gap.
func checkSpeakers(t *testing.T, history []said) {
	t.Helper()
	next := map[int]int{}
	for _, s := range history {
		if s.n != next[s.speaker] {
			t.Errorf("line %d of speaker %d came where line %d was due", s.n, s.speaker, next[s.speaker])
		}
		next[s.speaker] = s.n + 1
	}
}

// said is the nth line of a speaker.
type said struct{ speaker, n int }

// A line that somebody said is all of what a pipe or a TCP client gets between
// two newlines. On a terminal it may come after the input row, which is drawn
// from \r on and wiped by \r\x1b[K. While a line is being typed the row looks
// like "\r> #1/2\x1b7\x1b[K\x1b8": no name comes before the text, nor a newline
// after it.
var saidLine = regexp.MustCompile(`(?:^|\r\x1b\[K)[^\r\x1b>]+: ?#(\d+)/(\d+)\r?\n$`)

// A reader notes what it hears, in order.
type reader struct {
	c     client
	done  chan struct{}
	heard []said // once done is closed
	lines chan said
}

func newReader(c client) *reader {
	r := &reader{c: c, done: make(chan struct{}), lines: make(chan said, 10_000)}
	go func() {
		defer close(r.done)
		defer close(r.lines)
		in := bufio.NewReader(c)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return // half a line does not count
			}
			if m := saidLine.FindStringSubmatch(line); m != nil {
				var s said
				fmt.Sscan(m[1], &s.speaker)
				fmt.Sscan(m[2], &s.n)
				r.heard = append(r.heard, s)
				r.lines <- s
			}
		}
	}()
	return r
}

// until returns what r hears up to the given line.
func (r *reader) until(t *testing.T, last said) (heard []said) {
	t.Helper()
	timeout := time.After(60 * time.Second)
	for {
		select {
		case s, ok := <-r.lines:
			if !ok {
				t.Fatal("the witness was thrown out")
			}
			heard = append(heard, s)
			if s == last {
				return heard
			}
		case <-timeout:
			t.Fatal("the witness does not hear the end")
		}
	}
}
