package sshd

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// A commandResult is the result of a command.
type commandResult struct {
	stderr string
	code   int
}

// startCommand runs a command in the background.
func startCommand(t *testing.T, client *gossh.Client, command string) <-chan commandResult {
	ended := make(chan commandResult, 1)
	go func() {
		_, stderr, code := run(t, client, command)
		ended <- commandResult{stderr, code}
	}()
	synctest.Wait()
	return ended
}

// The exit code tells programs that something may work later: after too many attempts, and when
// the server stops, for a new command as well as for follow.
func TestTryAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, func(s *Server) {
			s.Hub = room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1.0 / 4, AddressBurst: 1}}})
		})
		defer l.stop()
		client, _ := l.connect(t, "ada", true)
		follows := startCommand(t, client, "follow")
		waits := startCommand(t, client, "follow") // for a token, before it enters
		refused := <-startCommand(t, client, "who")
		if refused.code != exitTempFail || refused.stderr != i18n.English(string(reply.TooManySessions))+"\n" {
			t.Errorf("an address that comes too often gets %+v", refused)
		}
		time.Sleep(time.Minute)
		waitsAgain := startCommand(t, client, "follow")
		late := startCommand(t, client, "follow")
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := l.Shutdown(ctx); err != nil { // the hub is still open
			t.Errorf("Shutdown returned %v", err)
		}
		for name, ended := range map[string]<-chan commandResult{"that follows": follows, "that had to wait at first": waits, "that began later": waitsAgain, "that still waits for a token": late} {
			if r := <-ended; r.code != exitTempFail || !strings.Contains(r.stderr, testkit.English(reply.GoodbyeStopping)) {
				t.Errorf("when the server stops, a follow %s ends with %+v", name, r)
			}
		}
	})
}

// A write that does not complete is cut off at its timeout, or up to an eighth later, and not
// before. Its session ends as slow, however soon its reader learns that the connection is closed.
func TestStuckWriteIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, func(s *Server) { s.Keepalive = time.Hour })
		defer l.stop()
		client, wire := l.connect(t, "stuck", true)
		startSession(t, client, false).expectLine("stuck joined")
		wire.in.update(func() {
			wire.in.full = true
			wire.in.closing = time.Second // its reader has the time to see the end
		})
		speaker, _, err := l.Hub.Exec(t.Context(), room.ClientInfo{RequestedName: "speaker", Remote: netip.MustParseAddr("192.0.2.9")})
		if err != nil {
			t.Fatal(err)
		}
		if err := speaker.Say("hello"); err != nil {
			t.Fatal(err)
		}
		speaker.Leave(room.Quit)
		time.Sleep(DefaultWriteTimeout - time.Millisecond)
		if l.disconnected("stuck", "") {
			t.Error("a client that does not read was disconnected before the timeout")
		}
		time.Sleep(DefaultWriteTimeout/watchdogTicks + 2*time.Second)
		if !l.disconnected("stuck", "slow") {
			t.Error("a client that does not read was not disconnected as slow after the timeout")
		}
	})
}

// A pipe whose input is not text says so, and says nothing of the rest.
func TestPipeBinaryInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, nil)
		defer l.stop()
		listener, _ := l.connect(t, "ear", true)
		ear := startSession(t, listener, false)
		ear.expectLine("ear joined")
		client, _ := l.connect(t, "log", true)
		pipe := startSession(t, client, false)
		pipe.send("text\n\x7fELF\x00\x01\nafter it\n")
		if code := pipe.wait(); code != exitRefused {
			t.Errorf("a pipe with binary input exits with %d, want %d", code, exitRefused)
		}
		if got := ear.expectLine("log left"); !strings.Contains(got, "log: text") || strings.Contains(got, "after it") {
			t.Errorf("the others read, and should read the text before the binary input only:\n%s", got)
		}
	})
}
