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

	"teahouse/internal/connlimit"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// Two hundred users connect by SSH and plain TCP, take each other's names, talk, and leave when
// they like: half of them by plain TCP, a quarter as pipes and a quarter at terminals. Some leave
// properly, others hang up. Everybody reads the same order, with each speaker's lines in theirs.
// Nobody misses a line between joining and leaving, except that those who hang up stop reading
// early. In the end nobody and nothing is left.
func TestManyUsersAtBothDoors(t *testing.T) {
	people, acts := testkit.Amount(200, 60), 30
	before := runtime.NumGoroutine()
	h, stop := openApp(t, "ssh://127.0.0.1:0", "classic://127.0.0.1:0?idle=0")

	c, err := connectTCP(h, "")
	if err != nil {
		t.Fatal(err)
	}
	witness := newLineReader(c)
	fmt.Fprintf(c, "#%d/0\n", people+1)
	witness.until(t, saidLine{people + 1, 0}) // a barrier: it has been accepted, and reads all that follows
	kinds := clientKinds()
	crowd := make([]*simulatedUser, people)
	var living sync.WaitGroup
	for i := range crowd {
		crowd[i] = &simulatedUser{clientKind: kinds[i%len(kinds)], id: i, connected: make(chan struct{})}
	}
	for i, p := range crowd {
		if i%2 == 0 { // by TCP, which would be there long before the others
			p.after = crowd[i+1]
		}
		living.Go(func() { p.run(t, h, 1+mathrand.IntN(acts)) })
	}
	living.Wait()
	fmt.Fprintf(c, "#%d/0\n", people) // a barrier: the last line of all
	history := witness.until(t, saidLine{people, 0})
	checkSpeakers(t, history)
	for _, p := range crowd {
		p.check(t, history)
	}
	witness.c.Close()
	<-witness.done

	testkit.Eventually(t, "nobody is online any more", func() bool { return h.CountSessions() == 0 })
	stop()
	testkit.Eventually(t, "no goroutines are left", func() bool { return runtime.NumGoroutine() <= before })
}

// openApp starts a server with these listeners. The returned function stops it as SIGTERM does.
func openApp(t *testing.T, urls ...string) (h *app, stop func()) {
	t.Helper()
	var addresses []listenURL
	for _, raw := range urls {
		a, err := parseListenURL(raw)
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
	h = &app{Hub: room.New(room.Config{}), connLimiter: connlimit.New(connlimit.Limits{}), log: log.New(io.Discard), hostKey: signer}
	if err := h.openDoors(addresses); err != nil {
		t.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	stopped := make(chan error)
	go func() { stopped <- h.serveDoors(signals) }()
	return h, func() {
		signals <- syscall.SIGTERM
		if err := <-stopped; err != nil {
			t.Errorf("the server stopped with %v", err)
		}
	}
}

// A client is the client's end of a session.
type client interface {
	io.ReadWriteCloser
	CloseWrite() error
}

// A clientKind is a kind of client: how it connects, types and leaves.
type clientKind struct {
	name    string
	connect func(h *app, name string) (client, error)
	eol     string // what ends a line that is typed
	leave   []func(c client) error
	abort   []func(c client) error // what is under way is lost
}

// clientKinds returns the kinds, which take turns.
func clientKinds() []*clientKind {
	tcp := &clientKind{
		name: "tcp", connect: connectTCP, eol: "\n",
		leave: []func(client) error{client.CloseWrite},
		abort: []func(client) error{client.Close, reset},
	}
	pipe := &clientKind{
		name: "pipe", connect: connectPipe, eol: "\n",
		leave: []func(client) error{client.CloseWrite},
		abort: []func(client) error{client.Close},
	}
	chat := &clientKind{
		name: "chat", connect: connectChat, eol: "\r",
		leave: []func(client) error{client.CloseWrite, typeKeys("/quit\r"), typeKeys("\x04")},
		abort: []func(client) error{client.Close},
	}
	return []*clientKind{tcp, pipe, tcp, chat}
}

// typeKeys returns a way of leaving by typing.
func typeKeys(keys string) func(client) error {
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

func connectTCP(h *app, _ string) (client, error) {
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

// connectPipe connects without a terminal.
func connectPipe(h *app, name string) (client, error) {
	return connectSSH(h, name, func(*gossh.Session) error { return nil })
}

// connectChat connects with a terminal. Its first input is an empty paste: such a terminal marks
// pastes, so lines without marks were typed.
func connectChat(h *app, name string) (client, error) {
	c, err := connectSSH(h, name, func(session *gossh.Session) error {
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

func connectSSH(h *app, name string, prepare func(*gossh.Session) error) (client, error) {
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

// A simulatedUser is one of the crowd.
type simulatedUser struct {
	*clientKind
	id     int
	said   int         // how many lines were said
	hungUp bool        // rather than left
	reader *lineReader // nil for those who could not come

	connected chan struct{}  // closed when it has connected, or failed to
	after     *simulatedUser // connects before it; may be nil
}

// run connects, does a number of things, and leaves.
func (u *simulatedUser) run(t *testing.T, h *app, acts int) {
	if u.after != nil {
		<-u.after.connected
	}
	c, err := u.connect(h, fmt.Sprint("user", u.id%40))
	close(u.connected)
	if err != nil {
		t.Errorf("%s %d cannot connect: %v", u.name, u.id, err)
		return
	}
	u.reader = newLineReader(c)
	if err := u.talk(c, acts); err != nil {
		t.Errorf("%s %d cannot talk: %v", u.name, u.id, err)
	}
	goings := u.leave
	if u.hungUp = mathrand.IntN(3) == 0; u.hungUp {
		goings = u.abort
	}
	if err := goings[mathrand.IntN(len(goings))](c); err != nil {
		t.Errorf("%s %d cannot leave: %v", u.name, u.id, err)
		c.Close()
	}
	<-u.reader.done // the server has sent everything, or the connection is closed
	c.Close()
}

// talk says numbered lines, and does other things in between. To a pipe those are further lines
// to say.
func (u *simulatedUser) talk(c client, acts int) error {
	for u.said < acts {
		line := fmt.Sprintf("#%d/%d%s", u.id, u.said, u.eol)
		switch mathrand.IntN(6) {
		case 0:
			line += fmt.Sprintf("rename|user%d%s", mathrand.IntN(60), u.eol)
		case 1:
			line += "who" + u.eol
		case 2:
			line += fmt.Sprintf("to|user%d|hi%s", mathrand.IntN(60), u.eol)
		case 3:
			if u.said > 0 {
				<-u.reader.lines // there are at least as many as it has said
			}
		}
		if _, err := io.WriteString(c, line); err != nil {
			return err
		}
		u.said++
	}
	return nil
}

// check checks that what u received is a piece of the history without a gap, and that it includes
// all of u's own lines, unless u hung up.
func (u *simulatedUser) check(t *testing.T, history []saidLine) {
	t.Helper()
	if u.reader == nil {
		return // that was reported
	}
	heard := u.reader.heard
	if len(heard) > 0 {
		start := slices.Index(history, heard[0])
		if start < 0 || start+len(heard) > len(history) || !slices.Equal(heard, history[start:start+len(heard)]) {
			t.Errorf("%s %d received %d lines in another order than the witness: %v", u.name, u.id, len(heard), heard)
		}
	}
	if u.hungUp {
		return
	}
	for n := range u.said {
		if !slices.Contains(heard, saidLine{u.id, n}) {
			t.Errorf("%s %d left properly but never received its own line %d of %d", u.name, u.id, n, u.said)
			return
		}
	}
}

// checkSpeakers checks that each speaker's lines are in order and without a gap.
func checkSpeakers(t *testing.T, history []saidLine) {
	t.Helper()
	next := map[int]int{}
	for _, s := range history {
		if s.n != next[s.speaker] {
			t.Errorf("line %d of speaker %d came where line %d was due", s.n, s.speaker, next[s.speaker])
		}
		next[s.speaker] = s.n + 1
	}
}

// A saidLine is the n-th line of a speaker.
type saidLine struct{ speaker, n int }

// A message is all that a pipe or a TCP client receives between two newlines. On a terminal it
// may follow the input row, which is drawn from \r on and erased by \r\x1b[K. While a line is
// being typed the row looks like "\r> #1/2\x1b7\x1b[K\x1b8": no name precedes the text, and no
// newline follows it.
var saidPattern = regexp.MustCompile(`(?:^|\r\x1b\[K)[^\r\x1b>]+: ?#(\d+)/(\d+)\r?\n$`)

// A lineReader records the lines that it receives, in order.
type lineReader struct {
	c     client
	done  chan struct{}
	heard []saidLine // once done is closed
	lines chan saidLine
}

func newLineReader(c client) *lineReader {
	r := &lineReader{c: c, done: make(chan struct{}), lines: make(chan saidLine, 10_000)}
	go func() {
		defer close(r.done)
		defer close(r.lines)
		in := bufio.NewReader(c)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return // half a line does not count
			}
			if m := saidPattern.FindStringSubmatch(line); m != nil {
				var s saidLine
				fmt.Sscan(m[1], &s.speaker)
				fmt.Sscan(m[2], &s.n)
				r.heard = append(r.heard, s)
				r.lines <- s
			}
		}
	}()
	return r
}

// until returns what r receives up to the given line.
func (r *lineReader) until(t *testing.T, last saidLine) (heard []saidLine) {
	t.Helper()
	timeout := time.After(60 * time.Second)
	for {
		select {
		case s, ok := <-r.lines:
			if !ok {
				t.Fatal("the witness was disconnected")
			}
			heard = append(heard, s)
			if s == last {
				return heard
			}
		case <-timeout:
			t.Fatal("the witness never received the last line")
		}
	}
}
