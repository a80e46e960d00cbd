package e2e

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"teahouse/internal/testkit"
)

// A client is a program that runs beside the test, with pipes around it.
type client struct {
	t        *testing.T
	process  *os.Process
	stdin    io.WriteCloser
	out, err *testkit.Recorder
	ended    chan struct{}
	code     int       // once it has ended
	parsed   parsedLog // of a teahouse
}

// launch starts a program, and prints its output if the test fails. It is killed at the end of the
// test if necessary.
func launch(t *testing.T, argv ...string) *client {
	t.Helper()
	c := spawnQuietly(t, argv...)
	onFailure(t, strings.Join(argv, " "), func() string { return c.out.String() + c.err.String() })
	return c
}

// spawnQuietly is launch for one of many programs, about which the test itself reports.
func spawnQuietly(t *testing.T, argv ...string) *client {
	t.Helper()
	requirePrograms(t, argv[0])
	c := &client{t: t, out: &testkit.Recorder{}, err: &testkit.Recorder{}, ended: make(chan struct{})}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = clientEnv()
	cmd.Stdout, cmd.Stderr = c.out, c.err
	cmd.WaitDelay = time.Second
	var err error
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.process = cmd.Process
	go func() {
		defer close(c.ended)
		_ = cmd.Wait()
		c.code = cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(c.kill)
	return c
}

// clientEnv is the environment of programs: in English, without an agent, and without anything that
// changes what they do. The race detector does not wait a second at exit. A server lives for a
// second or two and would spend a quarter of that collecting garbage: only the soak does so.
func clientEnv() []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
		"LANG=C.UTF-8", "TERM=xterm", "GORACE=atexit_sleep_ms=0",
	}
	if !testkit.Soaking() {
		env = append(env, "GOGC=400")
	}
	return env
}

func (c *client) kill() {
	_ = c.stdin.Close()
	_ = c.process.Kill()
	<-c.ended
}

// sendLines sends lines, each with a newline, in one write.
func (c *client) sendLines(lines ...string) {
	c.t.Helper()
	c.send(strings.Join(lines, "\n") + "\n")
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.stdin, text); err != nil {
		c.t.Fatalf("cannot type %.40q: %v", text, err)
	}
}

// expect waits until the program has printed all of the texts.
func (c *client) expect(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		eventually(c.t, "the client prints: "+text, func() bool { return strings.Contains(stripStyles(c.out.String()), text) })
	}
}

// expectStderr waits for a text on standard error.
func (c *client) expectStderr(text string) {
	c.t.Helper()
	eventually(c.t, "standard error has: "+text, func() bool { return strings.Contains(c.err.String(), text) })
}

// expectNot checks that the program has printed none of the texts; wait for something later first.
func (c *client) expectNot(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if strings.Contains(stripStyles(c.out.String()), text) {
			c.t.Errorf("the client printed %q, which it must not see", text)
		}
	}
}

func (c *client) hasExited() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// waitExit waits until the program has ended, with the given code.
func (c *client) waitExit(code int) {
	c.t.Helper()
	eventually(c.t, "the client exits", c.hasExited)
	if c.code != code {
		c.t.Errorf("the client exited with code %d, want %d", c.code, code)
	}
}

// A result is the result of a program that has ended.
type result struct {
	out, err string
	code     int
}

// runClient runs a program to its end, with stdin as its input, if any.
func runClient(t *testing.T, argv []string, stdin ...string) result {
	t.Helper()
	c := launch(t, argv...)
	for _, text := range stdin {
		if _, err := io.WriteString(c.stdin, text); err != nil && !errors.Is(err, os.ErrClosed) {
			break // the program need not read all of it
		}
	}
	_ = c.stdin.Close()
	eventually(t, "the client exits", c.hasExited)
	return result{c.out.String(), c.err.String(), c.code}
}

// check checks a result: the whole output, a part of standard error, and the exit code.
func (r result) check(t *testing.T, code int, out, err string) {
	t.Helper()
	if r.code != code || r.out != out || !strings.Contains(r.err, err) {
		t.Errorf("exit code %d, output %q, standard error %q; want %d, %q, and %q in standard error", r.code, r.out, r.err, code, out, err)
	}
}
