package sshd

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// gone reports whether the log says so of somebody, and why.
func (l *lane) gone(user, reason string) bool {
	synctest.Wait()
	for line := range strings.Lines(l.log.String()) {
		if strings.Contains(line, "disconnected") && strings.Contains(line, "user="+user) && strings.Contains(line, "reason="+reason) {
			return true
		}
	}
	return false
}

// A client that answers no question, as some do not, is here as long as it sends
// anything at all within two keepalives; and one that answers, as long as it likes. One
// that does neither is gone then, and not before.
func TestSignsOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, nil)
		defer l.stop()
		quiet, _ := l.comes(t, "quiet", true)
		join(t, quiet, true).reads("Welcome")
		ignores, _ := l.comes(t, "ignores", false)
		p := join(t, ignores, true)
		p.reads("Welcome")
		for range 100 {
			time.Sleep(2*DefaultKeepalive - time.Second)
			p.types("still here\r")
			p.reads("still here")
		}
		if l.gone("", "") {
			t.Fatal("somebody is gone")
		}
		time.Sleep(2*DefaultKeepalive - time.Second)
		if l.gone("ignores", "") {
			t.Error("one that was silent for less than two keepalives is gone")
		}
		time.Sleep(time.Second)
		if !l.gone("ignores", `"hung up"`) {
			t.Error("one that was silent for two keepalives is still here")
		}
		if l.gone("quiet", "") {
			t.Error("one that answered is gone")
		}
	})
}

// A client whose machine is off is gone two keepalives after it was last heard of.
func TestDeadClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, nil)
		defer l.stop()
		client, wire := l.comes(t, "laptop", true)
		join(t, client, true).reads("Welcome")
		time.Sleep(10*DefaultKeepalive + time.Second)
		synctest.Wait() // the last answer was a second ago
		wire.out.set(func() { wire.out.dead = true })
		time.Sleep(2*DefaultKeepalive - 2*time.Second)
		if l.gone("laptop", "") {
			t.Error("it is gone early")
		}
		time.Sleep(time.Second)
		if !l.gone("laptop", `"hung up"`) {
			t.Error("it is still here")
		}
	})
}

// A connection is of use as long as it has a session, and for some time after the last
// one has ended, however long ago that began. After that it is closed, also where its
// client answers no question but sends something now and then.
func TestConnectionOfNoUse(t *testing.T) {
	for _, answers := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			l := openLane(t, nil)
			defer l.stop()
			client, _ := l.comes(t, "master", answers)
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
			p := join(t, client, true)
			p.reads("Welcome")
			sends(2 * sessionlessLimit)
			p.types("\x04")
			p.wait()
			sends(sessionlessLimit - DefaultKeepalive/3)
			if isClosed() {
				t.Error("it was closed before its time")
			}
			sends(DefaultKeepalive / 3)
			if !isClosed() {
				t.Error("it is still open")
			}
		})
	}
}

// What was sent to a client before it answered a question, it has. What was sent after
// that may be lost with its connection, so it is shown again where its person comes in.
func TestAnswerTellsWhatWasRead(t *testing.T) {
	for _, waited := range []time.Duration{0, 2 * DefaultKeepalive} {
		synctest.Test(t, func(t *testing.T) {
			l := openLane(t, nil)
			defer l.stop()
			bob, _ := l.comes(t, "bob", true)
			key := gossh.PublicKeys(newSigner(t))
			client, _ := l.comesAs(t, "ada", key, true)
			old := join(t, client, true)
			old.reads("Welcome")
			if _, _, code := run(t, bob, "to ada psst"); code != exitDone {
				t.Fatal(code)
			}
			old.reads("psst")
			time.Sleep(waited)
			synctest.Wait()
			client, _ = l.comesAs(t, "ada", key, true)
			p := join(t, client, true)
			p.types("that is all\r")
			got := p.reads("that is all")
			if again := strings.Contains(got, "psst"); again != (waited == 0) {
				t.Errorf("after %v, shown again: %v", waited, again)
			}
		})
	}
}
