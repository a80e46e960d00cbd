package stories

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const (
	// siegeEnv is for how long to attack, as in TEAHOUSE_SIEGE=1h: then one attack after the
	// other, so that the figures are those of one. Otherwise each has siegeTime, beside
	// other stories, and what it takes of memory counts.
	siegeEnv  = "TEAHOUSE_SIEGE"
	siegeTime = 2 * time.Second

	attacker = "198.51.100.7" // the address from which one attacks
)

// household returns one of the addresses that a household has, by IPv6: each is of
// another /64, and all are of one /56.
func household(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i%256) }

// A siege is an attack on a house at its defaults, beside which somebody ordinary talks.
// Those who come do so through a balancer, which gives them an address.
type siege struct {
	*house
	t         *testing.T
	neighbour *neighbour
	end       time.Time
	attacks   sync.WaitGroup

	mu    sync.Mutex
	conns []io.Closer
}

// besiege starts a house and the clock.
func besiege(t *testing.T, flags ...string) *siege {
	t.Helper()
	return besieged(t, start(t, atDefaults(t, flags...)...))
}

// atDefaults returns the flags of a house at its defaults.
func atDefaults(t *testing.T, flags ...string) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("the attacks are played without -short")
	}
	from(t, balancer)
	if os.Getenv(siegeEnv) == "" {
		t.Parallel()
	}
	return append(flags, "--limits", "on", "--proxy-protocol", balancer+"/32")
}

// besieged starts the clock for a house.
func besieged(t *testing.T, h *house) *siege {
	t.Helper()
	lasts := siegeTime
	if set := os.Getenv(siegeEnv); set != "" {
		var err error
		if lasts, err = time.ParseDuration(set); err != nil {
			t.Fatal(err)
		}
	}
	s := &siege{house: h, t: t, neighbour: h.neighbourWho(t, stranger{name: "neighbour", addr: "192.0.2.1"})}
	s.neighbour.goesRound(3)
	s.end = time.Now().Add(lasts)
	t.Cleanup(s.close)
	return s
}

func (s *siege) isOver() bool { return time.Now().After(s.end) }

// comes brings an attacker in, or returns nil where it does not get in.
func (s *siege) comes(who stranger) *gossh.Client {
	if who.addr == "" {
		who.addr = attacker
	}
	client, err := s.connect(who)
	if err != nil {
		return nil
	}
	s.hold(client)
	return client
}

// hold has a connection closed in the end.
func (s *siege) hold(c io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c)
}

func (s *siege) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
}

// away brings somebody with a key in who leaves at once, and is known from then on.
func (s *siege) away(name string, key gossh.Signer) {
	s.t.Helper()
	p := s.seat(s.t, stranger{name: name, key: key, addr: "192.0.2.2"})
	p.types("/quit\r")
	s.until("disconnected", "user", name)
}

// goes has somebody attack again and again, until the siege is over or it fails.
func (s *siege) goes(attack func() error) {
	s.attacks.Go(func() {
		for !s.isOver() && attack() == nil {
		}
	})
}

// rests waits until the siege is over, and reports how it went.
func (s *siege) rests() {
	s.t.Helper()
	time.Sleep(time.Until(s.end)) // the attack
	s.close()                     // who is stuck
	s.attacks.Wait()
	s.neighbour.rests()
}

// terminal opens a terminal on a connection and reads what comes there.
func (s *siege) terminal(client *gossh.Client, width int, env map[string]string) (io.WriteCloser, *gossh.Session, error) {
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
	_, err = io.WriteString(stdin, marks) // so that lines which come at once are no paste
	return stdin, session, err
}

// runs runs a command and throws away what it answers.
func runs(client *gossh.Client, command string, stdin io.Reader) error {
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	session.Stdin, session.Stdout, session.Stderr = stdin, io.Discard, io.Discard
	return session.Run(command)
}

// An endless is an input without end.
type endless struct {
	text string
	read int64
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		n += copy(p[n:], e.text[(e.read+int64(n))%int64(len(e.text)):])
	}
	e.read += int64(n)
	return n, nil
}

// isRefused reports whether a command was refused, and the connection is well.
func isRefused(err error) bool {
	var exit *gossh.ExitError
	return errors.As(err, &exit)
}
