package sshd

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Two clients with one key that come back by themselves do not throw each other out for
// ever: the third to take over is asked, and waits. It comes in when the other has left,
// and has what is typed from then on; or at once, when somebody presses Enter.
func TestTwoThatComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, nil)
		defer l.stop()
		key := gossh.PublicKeys(newSigner(t))
		ada := func() *person {
			client, _ := l.comesAs(t, "ada", key, true)
			return join(t, client, true)
		}
		logins := func() int {
			synctest.Wait()
			return strings.Count(l.log.String(), "INFO connected")
		}
		desk := ada()
		desk.reads("Welcome")
		for range 2 {
			laptop := ada()
			desk.reads("You came in from another terminal.")
			desk.wait()
			desk = laptop
		}
		desk.reads("Welcome")
		waits := ada()
		time.Sleep(time.Hour)
		if n := logins(); n != 3 {
			t.Fatalf("%d came in, want 3", n)
		}
		desk.types("I am here\r")
		desk.reads("I am here")

		waits.types("no ") // is no answer
		synctest.Wait()
		waits.types("\r")
		waits.reads("Welcome")
		desk.reads("You came in from another terminal.")
		desk.wait()
		desk = ada()
		synctest.Wait()
		if n := logins(); n != 4 {
			t.Fatalf("%d came in, want 4: who comes back by itself is asked at once", n)
		}
		waits.types("/quit\r")
		waits.wait()
		desk.reads("Welcome")
		desk.types("my turn\r")
		desk.reads("my turn")

		time.Sleep(time.Minute)
		for range 2 { // and ^C is a way out of the question
			before := desk
			desk = ada()
			before.wait()
		}
		desk.reads("Welcome")
		asked := ada()
		synctest.Wait()
		asked.types("\x03")
		if code := asked.wait(); code != exitRefused {
			t.Errorf("the exit code is %d", code)
		}
		desk.types("still here\r")
		desk.reads("still here")
	})
}

// What stood in the row is one Up away at the terminal that takes over.
func TestTakeoverOfAnUnsentRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, func(s *Server) { s.House.Archive = &shelf{} })
		defer l.stop()
		key := gossh.PublicKeys(newSigner(t))
		client, _ := l.comesAs(t, "ada", key, true)
		desk := join(t, client, true)
		desk.reads("Welcome")
		desk.types("half a thought")
		synctest.Wait()
		client, _ = l.comesAs(t, "ada", key, true)
		laptop := join(t, client, true)
		desk.wait()
		laptop.reads("Welcome")
		laptop.types("\x1b[A")
		synctest.Wait()
		laptop.types("\r")
		laptop.reads(": half a thought")
	})
}

// The server stops though somebody is asked, and tells that one so.
func TestStopWhileAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, nil)
		defer l.stop()
		key := gossh.PublicKeys(newSigner(t))
		var last *person
		for range 4 {
			client, _ := l.comesAs(t, "ada", key, true)
			last = join(t, client, true)
			synctest.Wait()
		}
		l.House.Close()
		began := time.Now()
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d > goodbyeTime {
			t.Errorf("it took %v", d)
		}
		last.wait()
		if got := last.stderr.String(); !strings.Contains(got, "The server is stopping.") {
			t.Errorf("it is told %q", got)
		}
	})
}
