package sshd

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// Two clients with one key that reconnect by themselves do not replace each other for ever: the
// third takeover asks first, and waits. It enters when the other one has left, and receives what
// is typed from then on; or at once, when Enter is pressed.
func TestTwoReconnectingTerminals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, nil)
		defer l.stop()
		key := gossh.PublicKeys(testkit.NewSigner(t))
		ada := func() *testUser {
			client, _ := l.connectAs(t, "ada", key, true)
			return startSession(t, client, true)
		}
		logins := func() int {
			synctest.Wait()
			return strings.Count(l.log.String(), "INFO connected")
		}
		desk := ada()
		desk.expectLine("Welcome")
		for range 2 {
			laptop := ada()
			desk.expectLine(testkit.EnglishPart(reply.GoodbyeTakenOver, 0))
			desk.wait()
			desk = laptop
		}
		desk.expectLine("Welcome")
		waits := ada()
		time.Sleep(time.Hour)
		if n := logins(); n != 3 {
			t.Fatalf("%d terminals entered, want 3: the fourth has to ask first", n)
		}
		desk.send("I am here\r")
		desk.expectLine("I am here")

		waits.send("no ") // not an answer
		synctest.Wait()
		waits.send("\r")
		waits.expectLine("Welcome")
		desk.expectLine(testkit.EnglishPart(reply.GoodbyeTakenOver, 0))
		desk.wait()
		desk = ada()
		synctest.Wait()
		if n := logins(); n != 4 {
			t.Fatalf("%d terminals entered, want 4: one that reconnects by itself has to ask at once", n)
		}
		waits.send("/quit\r")
		waits.wait()
		desk.expectLine("Welcome")
		desk.send("my turn\r")
		desk.expectLine("my turn")

		time.Sleep(time.Minute)
		for range 2 { // ^C also leaves the question
			before := desk
			desk = ada()
			before.wait()
		}
		desk.expectLine("Welcome")
		asked := ada()
		synctest.Wait()
		asked.send("\x03")
		if code := asked.wait(); code != exitRefused {
			t.Errorf("a user who declines the takeover gets the exit code %d, want %d", code, exitRefused)
		}
		desk.send("still here\r")
		desk.expectLine("still here")
	})
}

// The unsent text of the row is one Up away at the terminal that takes over.
func TestTakeoverKeepsUnsentInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, func(s *Server) { s.Hub = room.New(room.Config{Messages: &fakeMessageStore{}}) })
		defer l.stop()
		key := gossh.PublicKeys(testkit.NewSigner(t))
		client, _ := l.connectAs(t, "ada", key, true)
		desk := startSession(t, client, true)
		desk.expectLine("Welcome")
		desk.send("half a thought")
		synctest.Wait()
		client, _ = l.connectAs(t, "ada", key, true)
		laptop := startSession(t, client, true)
		desk.wait()
		laptop.expectLine("Welcome")
		laptop.send("\x1b[A")
		synctest.Wait()
		laptop.send("\r")
		laptop.expectLine(": half a thought")
	})
}

// The server stops although a user is being asked, and tells that user.
func TestStopDuringTakeoverQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, nil)
		defer l.stop()
		key := gossh.PublicKeys(testkit.NewSigner(t))
		var last *testUser
		for range 4 {
			client, _ := l.connectAs(t, "ada", key, true)
			last = startSession(t, client, true)
			synctest.Wait()
		}
		l.Hub.Close()
		began := time.Now()
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d > closeGrace {
			t.Errorf("Shutdown took %v while a user was being asked, want %v at most", d, closeGrace)
		}
		last.wait()
		if got := last.stderr.String(); !strings.Contains(got, testkit.English(reply.GoodbyeStopping)) {
			t.Errorf("the user who is being asked reads %q, want that the server is stopping", got)
		}
	})
}
