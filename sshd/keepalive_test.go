package sshd

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
)

// disconnected reports whether the log says that a user was disconnected for a reason.
func (s *memoryServer) disconnected(user, reason string) bool {
	synctest.Wait()
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "disconnected") && strings.Contains(line, "user="+user) && strings.Contains(line, "reason="+reason) {
			return true
		}
	}
	return false
}

// A client that answers no keepalives, as some do not, stays as long as it sends anything within
// two keepalive intervals; one that answers stays as long as it likes. One that does neither is
// disconnected then, and not before.
func TestAnyInputIsASignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, nil)
		defer l.stop()
		quiet, _ := l.connect(t, "quiet", true)
		startSession(t, quiet, true).expectLine("Welcome")
		ignores, _ := l.connect(t, "ignores", false)
		p := startSession(t, ignores, true)
		p.expectLine("Welcome")
		for range 100 {
			time.Sleep(2*DefaultKeepalive - time.Second)
			p.send("still here\r")
			p.expectLine("still here")
		}
		if l.disconnected("", "") {
			t.Fatal("somebody was disconnected who answers keepalives, or sends lines")
		}
		time.Sleep(2*DefaultKeepalive - time.Second)
		if l.disconnected("ignores", "") {
			t.Error("a client was disconnected that has been silent for less than two keepalive intervals")
		}
		time.Sleep(time.Second)
		if !l.disconnected("ignores", `"hung up"`) {
			t.Error("a client is still online that has been silent for two keepalive intervals")
		}
		if l.disconnected("quiet", "") {
			t.Error("a client was disconnected that answers keepalives")
		}
	})
}

// A client whose machine is off is disconnected two keepalive intervals after it was last heard.
func TestDeadClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, nil)
		defer l.stop()
		client, wire := l.connect(t, "laptop", true)
		startSession(t, client, true).expectLine("Welcome")
		time.Sleep(10*DefaultKeepalive + time.Second)
		synctest.Wait() // the last answer was a second ago
		wire.out.update(func() { wire.out.dead = true })
		time.Sleep(2*DefaultKeepalive - 2*time.Second)
		if l.disconnected("laptop", "") {
			t.Error("a client whose machine is off was disconnected within two keepalive intervals")
		}
		time.Sleep(time.Second)
		if !l.disconnected("laptop", `"hung up"`) {
			t.Error("a client whose machine is off is still online after two keepalive intervals")
		}
	})
}

// A connection stays open as long as it has a session, and for some time after the last one. Then
// it is closed, even if its client answers no keepalives but sends something now and then.
func TestConnectionWithoutSession(t *testing.T) {
	for _, answers := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			l := startMemoryServer(t, nil)
			defer l.stop()
			client, _ := l.connect(t, "master", answers)
			closed := make(chan struct{})
			go func() {
				defer close(closed)
				_ = client.Wait()
			}()
			isClosed := func() bool {
				synctest.Wait()
				select {
				case <-closed:
					return true
				default:
					return false
				}
			}
			sends := func(d time.Duration) {
				for range d / (DefaultKeepalive / 3) {
					time.Sleep(DefaultKeepalive / 3)
					_, _, _ = client.SendRequest("nothing", false, nil)
				}
			}
			p := startSession(t, client, true)
			p.expectLine("Welcome")
			sends(2 * maxSessionless)
			p.send("\x04")
			p.wait()
			sends(maxSessionless - DefaultKeepalive/3)
			if isClosed() {
				t.Error("the connection was closed too soon after its last session")
			}
			sends(DefaultKeepalive / 3)
			if !isClosed() {
				t.Error("the connection is still open long after its last session")
			}
		})
	}
}

// A client has everything that was sent before a keepalive that it has answered. What was sent
// later may be lost with the connection, so it is shown again when the user reconnects.
func TestKeepaliveAnswerConfirmsDelivery(t *testing.T) {
	for _, waited := range []time.Duration{0, 2 * DefaultKeepalive} {
		synctest.Test(t, func(t *testing.T) {
			l := startMemoryServer(t, nil)
			defer l.stop()
			bob, _ := l.connect(t, "bob", true)
			key := gossh.PublicKeys(testkit.NewSigner(t))
			client, _ := l.connectAs(t, "ada", key, true)
			old := startSession(t, client, true)
			old.expectLine("Welcome")
			if _, _, code := run(t, bob, "to ada psst"); code != exitOK {
				t.Fatalf("bob's private message: exit code %d", code)
			}
			old.expectLine("psst")
			time.Sleep(waited)
			synctest.Wait()
			client, _ = l.connectAs(t, "ada", key, true)
			p := startSession(t, client, true)
			p.send("that is all\r")
			got := p.expectLine("that is all")
			if again := strings.Contains(got, "psst"); again != (waited == 0) {
				t.Errorf("after a reconnect %v later, the message is shown again: %v", waited, again)
			}
		})
	}
}
