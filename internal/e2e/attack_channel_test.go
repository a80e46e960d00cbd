package e2e

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"

	"teahouse/internal/testkit"
)

// Protects the server from a connection that opens a thousand channels: it gets eight, and the
// refused ones do not harm these.
func TestManyChannels(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on")
	n := h.startBystander(t)
	b := h.mustConnect(t, sshOptions{name: "greedy"})
	var opened atomic.Int64
	var opening errgroup.Group
	opening.SetLimit(50)
	for range 1000 {
		opening.Go(func() error {
			if _, requests, err := b.client.OpenChannel("session", nil); err == nil {
				opened.Add(1)
				go gossh.DiscardRequests(requests)
			}
			return nil
		})
	}
	_ = opening.Wait()
	if opened.Load() != 8 {
		t.Errorf("one connection opened %d channels, want 8", opened.Load())
	}
	runClient(t, withCommand(h.ssh("carol"), "who")).check(t, 0, "neighbour\n", "")
	n.finish()
}

// Protects the server from endless requests on one channel: variables, window sizes, terminals of
// any size. Excessive ones are refused, and the session works.
func TestManyChannelRequests(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on")
	n := h.startBystander(t)

	env := h.mustConnect(t, sshOptions{name: "env"}).session()
	taken := 0
	for i := range 3000 { // together less than the burst
		name := struct{ Name, Value string }{fmt.Sprint("LC_", i), strings.Repeat("x", i%200)}
		// Waiting for every hundredth waits for all before it, too.
		ok, err := env.SendRequest("env", i < 100 || i%100 == 0, gossh.Marshal(name))
		if err != nil {
			t.Fatalf("variable %d: %v", i, err)
		}
		if ok {
			taken++
		}
	}
	if taken != 32 {
		t.Errorf("the server accepted %d environment variables, want 32", taken)
	}
	if out, err := env.Output("who"); err != nil || string(out) != "neighbour\n" {
		t.Errorf("after 3000 variables, who answers %q, %v", out, err)
	}

	window := h.openTerminal(t, sshOptions{name: "window"})
	session := window.session() // besides the terminal, and before it has started
	for i := range 10_000 {
		if err := session.WindowChange(i, i*i); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := session.Output("who"); err != nil || !strings.Contains(string(out), "window\n") {
		t.Errorf("after 10,000 window changes, who answers %q, %v", out, err)
	}

	big := h.mustConnect(t, sshOptions{name: "big"})
	s := big.session()
	if err := s.RequestPty(strings.Repeat("x", 30_000), 24, 80, gossh.TerminalModes{}); err == nil {
		t.Error("a client got a terminal whose name has 30,000 bytes")
	}
	if out, err := s.Output("say " + strings.Repeat("x", 30_000)); err == nil {
		t.Errorf("the room read a message of 30,000 bytes; the command printed %q", out)
	}
	for range 20 {
		if _, _, err := big.client.SendRequest("nonsense@example.com", true, make([]byte, 30_000)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := big.exec("who"); err != nil || !strings.Contains(out, "neighbour\n") {
		t.Errorf("afterwards, who answers %q, %v", out, err)
	}
	n.finish()
}

// Protects the server's memory and log from a connection that keeps opening a session, sending a
// name and a command of maximum length, and closing it without waiting.
func TestRapidSessions(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on")
	n := h.startBystander(t)
	long := strings.Repeat("x", 900)
	b := h.mustConnect(t, sshOptions{name: long, dialer: dialerFrom(t, "127.0.0.3")})
	var opened, refused atomic.Int64
	var crowd errgroup.Group
	lasts := testkit.Amount(3*time.Second, time.Second)
	end := time.Now().Add(lasts)
	for i := range 4 {
		command := []string{"who", "enter " + long, long, "say hi"}[i]
		crowd.Go(func() error {
			for time.Now().Before(end) {
				s, err := b.client.NewSession()
				if err != nil {
					refused.Add(1)
					continue
				}
				opened.Add(1)
				_ = s.Start(command)
				s.Close()
			}
			return nil
		})
	}
	_ = crowd.Wait()
	n.finish()
	t.Logf("%d sessions were opened in %v, %d refused; the log has %d bytes", opened.Load(), lasts, refused.Load(), len(h.err.String()))
	if opened.Load() > 300 || len(h.err.String()) > 200_000 {
		t.Errorf("one address opened %d sessions in %v, and filled %d bytes of log", opened.Load(), lasts, len(h.err.String()))
	}
}

// Protects everybody's screen from a user who keeps joining and leaving over one connection, of the
// many that an address may open per minute.
func TestRapidJoinLeave(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on")
	observer := launch(t, h.ssh("observer", "-T")...)
	observer.expect("* observer joined\n")
	b := h.mustConnect(t, sshOptions{name: "door"})
	var stays atomic.Int64
	var coming errgroup.Group
	lasts := testkit.Amount(3*time.Second, time.Second)
	end := time.Now().Add(lasts)
	for range 4 {
		coming.Go(func() error {
			for time.Now().Before(end) {
				s, err := b.client.NewSession()
				if err != nil {
					continue // refused
				}
				if s.Shell() == nil && s.Wait() == nil {
					stays.Add(1)
				}
				s.Close()
			}
			return nil
		})
	}
	_ = coming.Wait()
	runClient(t, withCommand(h.ssh("carol"), "say said last")).check(t, 0, "", "")
	observer.expect("carol: said last\n")
	seen := strings.Count(observer.out.String(), "\n")
	t.Logf("%d sessions in 3 s; others read %d lines about them", stays.Load(), seen)
	// In the long run others read at most two lines a second of a person, and ten of an address; in
	// a burst, a hundred.
	if seen > 200 {
		t.Errorf("others read %d joins and leaves in 3 s, want at most 200", seen)
	}
}
