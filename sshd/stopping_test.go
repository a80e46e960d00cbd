package sshd

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/room"
)

// A result is what a command came to.
type result struct {
	stderr string
	code   int
}

// begins runs a command beside the test.
func begins(t *testing.T, client *gossh.Client, command string) <-chan result {
	ended := make(chan result, 1)
	go func() {
		_, stderr, code := run(t, client, command)
		ended <- result{stderr, code}
	}()
	synctest.Wait()
	return ended
}

// What cannot be done now may be done in a while: the exit code says so to programs,
// where one came too often, and where the server stops, to who follows as to who was
// about to.
func TestTryAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, func(s *Server) {
			s.House.Limits = room.Limits{SourceLines: 1.0 / 4, SourceBurst: 1}
		})
		defer l.stop()
		client, _ := l.comes(t, "ada", true)
		follows := begins(t, client, "follow")
		waits := begins(t, client, "follow") // for a token, before it comes in
		refused := <-begins(t, client, "who")
		if refused.code != exitLater || refused.stderr != string(room.TooMany)+"\n" {
			t.Errorf("who comes too often: %+v", refused)
		}
		time.Sleep(time.Minute)
		waitsAgain := begins(t, client, "follow")
		late := begins(t, client, "follow")
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := l.Shutdown(ctx); err != nil { // the house is open still
			t.Errorf("shutdown: %v", err)
		}
		for name, ended := range map[string]<-chan result{"follows": follows, "followed later": waits, "followed last": waitsAgain, "was about to": late} {
			if r := <-ended; r.code != exitLater || !strings.Contains(r.stderr, "The server is stopping.") {
				t.Errorf("who %s: %+v", name, r)
			}
		}
	})
}

// A write that does not get through is cut off once its time is over, or an eighth of
// it later, and not before; and what ends with it ends as slow, however soon the
// session's reader learns that the connection is closed.
func TestStuckWriteIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, func(s *Server) { s.Keepalive = time.Hour })
		defer l.stop()
		client, wire := l.comes(t, "stuck", true)
		join(t, client, false).reads("stuck joined")
		wire.in.set(func() {
			wire.in.full = true
			wire.in.closing = time.Second // its reader has the time to see the end
		})
		speaker, _, err := l.House.Visit(room.Visitor{Name: "speaker", Remote: netip.MustParseAddr("192.0.2.9")})
		if err != nil {
			t.Fatal(err)
		}
		if err := speaker.Say("hello"); err != nil {
			t.Fatal(err)
		}
		speaker.Leave(room.Quit)
		time.Sleep(DefaultWriteTimeout - time.Millisecond)
		if l.gone("stuck", "") {
			t.Error("it is cut off early")
		}
		time.Sleep(DefaultWriteTimeout/watchTicks + 2*time.Second)
		if !l.gone("stuck", "slow") {
			t.Error("it is not cut off as slow")
		}
	})
}

// A pipe into which something comes that is no text says so, and nothing of the rest.
func TestPipeOfNoText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, nil)
		defer l.stop()
		listener, _ := l.comes(t, "ear", true)
		ear := join(t, listener, false)
		ear.reads("ear joined")
		client, _ := l.comes(t, "log", true)
		pipe := join(t, client, false)
		pipe.types("text\n\x7fELF\x00\x01\nafter it\n")
		if code := pipe.wait(); code != exitRefused {
			t.Errorf("the exit code is %d", code)
		}
		if got := ear.reads("log left"); !strings.Contains(got, "log: text") || strings.Contains(got, "after it") {
			t.Errorf("ear reads %s", got)
		}
	})
}
