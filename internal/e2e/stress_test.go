package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
)

const (
	// stressEnv says how long to attack, as in TEAHOUSE_SIEGE=1h: then attacks run one after the
	// other, so that the figures are those of one. Otherwise each takes stressTime in the soak and
	// briefStress without it, beside other tests, and only memory is judged.
	stressEnv   = "TEAHOUSE_SIEGE"
	stressTime  = 2 * time.Second
	briefStress = 400 * time.Millisecond

	attackerAddr = "198.51.100.7" // the attackers' address
)

// householdAddr returns one of a household's IPv6 addresses: each is in another /64, and all are in
// one /56.
func householdAddr(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i%256) }

// A stressTest is an attack on a server with default flags while a bystander talks. Attackers
// connect through a balancer, which gives them an address.
type stressTest struct {
	*chatServer
	t         *testing.T
	bystander *bystander
	end       time.Time
	wg        sync.WaitGroup

	mu     sync.Mutex
	conns  []io.Closer
	closed bool
}

// startStress starts a server and the attack's clock.
func startStress(t *testing.T, flags ...string) *stressTest {
	t.Helper()
	return newStress(t, startServer(t, defaultFlags(t, flags...)...))
}

// defaultFlags returns the flags of a server with the default limits.
func defaultFlags(t *testing.T, flags ...string) []string {
	t.Helper()
	skipRace(t)
	dialerFrom(t, balancerAddr)
	if os.Getenv(stressEnv) == "" {
		t.Parallel()
	}
	return append(flags, "--limits", "on", "--proxy-protocol", balancerAddr+"/32")
}

// soakStress leaves an attack to the soak, and to runs with stressEnv.
func soakStress(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv(stressEnv) == "" {
		testkit.Soak(t, reason)
	}
}

// newStress starts the attack's clock for a server.
func newStress(t *testing.T, h *chatServer) *stressTest {
	t.Helper()
	lasts := testkit.Amount(stressTime, briefStress)
	if set := os.Getenv(stressEnv); set != "" {
		var err error
		if lasts, err = time.ParseDuration(set); err != nil {
			t.Fatal(err)
		}
	}
	s := &stressTest{chatServer: h, t: t, bystander: h.startBystanderAs(t, sshOptions{name: "neighbour", sourceAddr: "192.0.2.1"})}
	s.bystander.waitRoundTrips(3)
	s.end = time.Now().Add(lasts)
	t.Cleanup(s.close)
	return s
}

func (s *stressTest) isOver() bool { return time.Now().After(s.end) }

// connectAttacker connects an attacker, or returns nil if it does not get in.
func (s *stressTest) connectAttacker(who sshOptions) *gossh.Client {
	if who.sourceAddr == "" {
		who.sourceAddr = attackerAddr
	}
	client, err := s.connectSSH(who)
	if err != nil {
		return nil
	}
	s.hold(client)
	return client
}

// hold closes a connection at the end, or at once if the attack is over.
func (s *stressTest) hold(c io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = c.Close()
	}
	s.conns = append(s.conns, c)
}

func (s *stressTest) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.conns, s.closed = nil, true
}

// registerUser connects with a key and leaves at once, so that the key is known from then on.
func (s *stressTest) registerUser(name string, key gossh.Signer) {
	s.t.Helper()
	p := s.openTerminal(s.t, sshOptions{name: name, key: key, sourceAddr: "192.0.2.2"})
	p.send("/quit\r")
	s.waitLog("disconnected", "user", name)
}

// attackUntilEnd repeats an attack until its time is over or it fails.
func (s *stressTest) attackUntilEnd(attack func() error) {
	s.wg.Go(func() {
		for !s.isOver() && attack() == nil {
		}
	})
}

// finish waits until the attack is over, and reports how it went.
func (s *stressTest) finish() {
	s.t.Helper()
	time.Sleep(time.Until(s.end)) // the attack
	s.close()                     // a stuck client
	s.wg.Wait()
	s.bystander.finish()
}

// terminal opens a terminal on a connection and reads its output.
func (s *stressTest) terminal(client *gossh.Client, width int, env map[string]string) (io.WriteCloser, *gossh.Session, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, nil, err
	}
	for name, value := range env {
		if name != "TERM" {
			_ = session.Setenv(name, value)
		}
	}
	stdin, err := session.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	session.Stdout = io.Discard
	term := "xterm-256color"
	if env["TERM"] != "" {
		term = env["TERM"]
	}
	if err := session.RequestPty(term, 24, width, nil); err != nil {
		return nil, nil, err
	}
	if err := session.Shell(); err != nil {
		return nil, nil, err
	}
	_, err = io.WriteString(stdin, emptyPaste) // so that lines sent at once are not a paste
	return stdin, session, err
}

// execCommand runs a command and discards its output.
func execCommand(client *gossh.Client, command string, stdin io.Reader) error {
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	session.Stdin, session.Stdout, session.Stderr = stdin, io.Discard, io.Discard
	return session.Run(command)
}

// An endlessReader is endless input.
type endlessReader struct {
	text string
	read int64
}

func (e *endlessReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		n += copy(p[n:], e.text[(e.read+int64(n))%int64(len(e.text)):])
	}
	e.read += int64(n)
	return n, nil
}

// isRefused reports whether a command was refused while the connection works.
func isRefused(err error) bool {
	var exit *gossh.ExitError
	return errors.As(err, &exit)
}
