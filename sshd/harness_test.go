package sshd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/log"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
	"teahouse/internal/testkit/grammar"
	"teahouse/room"
)

// waitTimeout limits every wait in these tests; only a failing test waits that long.
const waitTimeout = 20 * time.Second

// A testServer is a server under test.
type testServer struct {
	*Server
	addr string
	log  *testkit.Recorder
}

// startServer starts a server on a port of its own and stops it at the end.
func startServer(t testing.TB, change func(*Server)) *testServer {
	t.Helper()
	logged := &testkit.Recorder{}
	s := &Server{Hub: room.New(room.Config{}), HostKey: testkit.NewSigner(t), Log: log.NewWithOptions(logged, log.Options{Level: log.DebugLevel})}
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), waitTimeout)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown at the end of the test returned %v", err)
		}
		if err := <-served; err != ErrServerClosed {
			t.Errorf("Serve returned %v, want %v", err, ErrServerClosed)
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", logged)
		}
	})
	return &testServer{Server: s, addr: l.Addr().String(), log: logged}
}

// sgrSequence matches the sequences that style text.
var sgrSequence = regexp.MustCompile("\x1b\\[[0-9;]*m")

// dial connects without a key.
func (s *testServer) dial(t testing.TB, user string) *gossh.Client {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	return s.dialOver(t, conn, user)
}

// dialWithKey connects with a new key.
func (s *testServer) dialWithKey(t testing.TB, user string) *gossh.Client {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	return s.connectOver(t, conn, user, gossh.PublicKeys(testkit.NewSigner(t)))
}

func (s *testServer) dialOver(t testing.TB, conn net.Conn, user string) *gossh.Client {
	t.Helper()
	return s.connectOver(t, conn, user, gossh.KeyboardInteractive(noQuestions))
}

func (s *testServer) connectOver(t testing.TB, conn net.Conn, user string, auth gossh.AuthMethod) *gossh.Client {
	t.Helper()
	c, channels, requests, err := gossh.NewClientConn(conn, s.addr, &gossh.ClientConfig{
		User:            user,
		HostKeyCallback: gossh.FixedHostKey(s.HostKey.PublicKey()),
		Auth:            []gossh.AuthMethod{auth},
		Timeout:         waitTimeout,
	})
	if err != nil {
		t.Fatalf("%s cannot connect: %v", user, err)
	}
	client := gossh.NewClient(c, channels, requests)
	t.Cleanup(func() { client.Close() })
	return client
}

func noQuestions(string, string, []string, []bool) ([]string, error) { return nil, nil }

// A testUser is a user with a session.
type testUser struct {
	t       testing.TB
	session *gossh.Session
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  *testkit.Recorder
}

// emptyPaste shows that the terminal marks pastes, so that lines are not taken for one however
// fast a test types them.
const emptyPaste = "\x1b[200~\x1b[201~"

// startSession starts a chat if terminal is set, and a pipe otherwise. Env holds names and
// values, in turn.
func startSession(t testing.TB, client *gossh.Client, terminal bool, env ...string) *testUser {
	t.Helper()
	p := startUnmarkedSession(t, client, terminal, env...)
	if terminal {
		p.send(emptyPaste)
	}
	return p
}

// startUnmarkedSession is startSession for a terminal that is not known to mark pastes.
func startUnmarkedSession(t testing.TB, client *gossh.Client, terminal bool, env ...string) *testUser {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(env); i += 2 {
		if err := session.Setenv(env[i], env[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	p := &testUser{t: t, session: session, stderr: &testkit.Recorder{}}
	if terminal {
		if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
	}
	session.Stderr = p.stderr
	p.in, _ = session.StdinPipe()
	out, _ := session.StdoutPipe()
	p.out = bufio.NewReader(checkOutput(t, out, terminal))
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	return p
}

// checkOutput returns the output of a session. Everything that is read must be allowed.
func checkOutput(t testing.TB, out io.Reader, terminal bool) io.Reader {
	if _, ok := t.(*testing.B); ok {
		return out // it would count
	}
	c := &outputChecker{check: grammar.CheckText}
	if terminal {
		c.check = grammar.CheckTerminal
	}
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.err != nil {
			t.Errorf("a session (terminal: %v) was sent what no program should write there: %v", terminal, c.err)
		}
	})
	return io.TeeReader(out, c)
}

// An outputChecker checks what is written to it.
type outputChecker struct {
	check func(string) error

	mu   sync.Mutex
	rest string // a sequence that may go on
	err  error  // the first
}

func (c *outputChecker) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.rest + string(p)
	whole := grammar.TrimIncomplete(sent)
	if c.rest = sent[len(whole):]; c.err == nil {
		c.err = c.check(whole)
	}
	return len(p), nil
}

func (u *testUser) send(text string) {
	u.t.Helper()
	if _, err := io.WriteString(u.in, text); err != nil {
		u.t.Errorf("the user cannot type %q: %v", text, err)
	}
}

// expectLine reads lines until one contains text, and returns all of them.
func (u *testUser) expectLine(text string) string {
	u.t.Helper()
	var all strings.Builder
	timer := time.AfterFunc(waitTimeout, func() { u.session.Close() })
	defer timer.Stop()
	for {
		line, err := u.out.ReadString('\n')
		all.WriteString(line)
		if strings.Contains(sgrSequence.ReplaceAllString(line, ""), text) {
			return all.String()
		}
		if err != nil {
			u.t.Fatalf("the user never read a line with %q (%v), but:\n%s", text, err, all.String())
		}
	}
}

// expectOutput reads until text was written, which need not end a line.
func (u *testUser) expectOutput(text string) {
	u.t.Helper()
	var all []byte
	timer := time.AfterFunc(waitTimeout, func() { u.session.Close() })
	defer timer.Stop()
	for !bytes.Contains(all, []byte(text)) {
		b, err := u.out.ReadByte()
		if err != nil {
			u.t.Fatalf("the user never saw %q (%v), but:\n%s", text, err, all)
		}
		all = append(all, b)
	}
}

// wait returns the exit code.
func (u *testUser) wait() int {
	u.t.Helper()
	timer := time.AfterFunc(waitTimeout, func() { u.session.Close() })
	defer timer.Stop()
	_, _ = io.Copy(io.Discard, u.out)
	return exitCode(u.t, u.session.Wait())
}

func exitCode(t testing.TB, err error) int {
	t.Helper()
	switch err := err.(type) {
	case nil:
		return 0
	case *gossh.ExitError:
		return err.ExitStatus()
	default:
		t.Errorf("the session ended without an exit code: %v", err)
		return -1
	}
}

// run runs a command.
func run(t *testing.T, client *gossh.Client, command string) (stdout, stderr string, code int) {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	var out, errs bytes.Buffer
	session.Stdout, session.Stderr = &out, &errs
	err = session.Run(command)
	return out.String(), errs.String(), exitCode(t, err)
}

// A silentConn is a client's connection that can fall silent without being closed, like that of a
// laptop that was closed.
type silentConn struct {
	net.Conn
	mute atomic.Bool
}

func (c *silentConn) Write(p []byte) (int, error) {
	if c.mute.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}
