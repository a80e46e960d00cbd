package e2e

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// writeForever writes lines as fast as they are read, until the other end closes or the test ends.
func writeForever(t *testing.T, w io.Writer, line string) {
	var over atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; !over.Load(); i++ {
			if _, err := fmt.Fprintf(w, line, i); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		over.Store(true)
		if c, ok := w.(io.Closer); ok {
			c.Close()
		}
		<-done
	})
}

// writeCloser is something to write to, with a connection to close.
type writeCloser struct {
	io.Writer
	io.Closer
}

// fairShare returns how many lines of one person, and of one address, others may have read after
// some time.
func fairShare(since time.Time) (person, address int) {
	seconds := int(time.Since(since).Seconds()) + 1
	return 30 + 2*seconds, 100 + 10*seconds
}

// Protects readers from a user who sends lines as fast as possible: they read what the limits allow
// and no more. At a terminal the flooder is slowed down and then muted; at a plain door the
// flooder's program is slowed down.
func TestFlood(t *testing.T) {
	t.Parallel()
	for door, let := range map[string]func(*testing.T, *chatServer) *testkit.Recorder{
		"classic": func(t *testing.T, h *chatServer) *testkit.Recorder {
			conn, err := dialerFrom(t, "127.0.0.3").Dial("tcp", h.addrs["classic"])
			if err != nil {
				t.Fatal(err)
			}
			told := readAll(t, "the flooder", conn)
			writeForever(t, conn, "flood %d\n")
			return told
		},
		"terminal": func(t *testing.T, h *chatServer) *testkit.Recorder {
			flooder := h.openTerminal(t, sshOptions{name: "flooder", dialer: dialerFrom(t, "127.0.0.3")})
			writeForever(t, writeCloser{flooder.stdin, flooder.client}, "flood %d\r")
			return flooder.raw
		},
	} {
		t.Run(door, func(t *testing.T) {
			if door == "terminal" {
				testkit.Soak(t, "it takes ten seconds of a flood until one is muted; package room does not wait for that")
			}
			t.Parallel()
			h := startServer(t, "--limits", "on")
			ear := launch(t, h.ssh("ear", "-T")...)
			ear.expect("* ear joined")
			n := h.startBystander(t)
			began := time.Now()
			told := let(t, h)
			muted := func() bool {
				return strings.Contains(told.String(), testkit.English(reply.FloodMuted, 60)) ||
					strings.Contains(told.String(), testkit.Chinese(reply.FloodMuted, 60))
			}
			if door == "terminal" {
				eventually(t, "the flooder reads that it is muted", muted)
			} else {
				ear.expect(": flood 35\n")
			}
			runClient(t, withCommand(h.ssh("carol"), "say said last")).check(t, 0, "", "")
			ear.expect("carol: said last\n")
			read := strings.Count(ear.out.String(), ": flood ")
			if most, _ := fairShare(began); read > most || read < 30 {
				t.Errorf("others read %d lines of the flood, want 30 to %d", read, most)
			}
			if door != "terminal" && muted() {
				t.Error("a flooder who was only slowed down is muted")
			}
			t.Logf("others read %d lines in %v", read, time.Since(began).Round(100*time.Millisecond))
			n.finish()
		})
	}
}

// Protects readers from parallel loops of ssh HOST say: all commands of one address together may
// say what one address may.
func TestFloodOfCommands(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.expect("* ear joined")
	n := h.startBystander(t)
	began := time.Now()
	end := began.Add(testkit.Amount(5*time.Second, time.Second))
	var said, refused atomic.Int64
	done := make(chan struct{})
	const workers = 24
	for i := range workers {
		b := h.mustConnect(t, sshOptions{name: fmt.Sprint("flooder", i%4), dialer: dialerFrom(t, "127.0.0.3")})
		go func() {
			defer func() { done <- struct{}{} }()
			for time.Now().Before(end) {
				if _, err := b.exec("say flood"); err != nil {
					refused.Add(1)
				} else {
					said.Add(1)
				}
			}
		}()
	}
	for range workers {
		<-done
	}
	runClient(t, withCommand(h.ssh("carol"), "say said last")).check(t, 0, "", "")
	ear.expect("carol: said last\n")
	read := strings.Count(ear.out.String(), ": flood\n")
	if _, most := fairShare(began); read > most || read != int(said.Load()) {
		t.Errorf("others read %d lines of the %d that were said; their fair share is %d", read, said.Load(), most)
	}
	t.Logf("others read %d lines in %v; %d were refused", read, time.Since(began).Round(100*time.Millisecond), refused.Load())
	n.finish()
}

// Protects users who are just quick: a paste of twenty lines is said in full at either door,
// without a warning. At a terminal it is one message, even if the terminal does not mark pastes,
// and it is not sent before Enter.
func TestPasteIsNotLimited(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on")
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.expect("* ear joined")
	bob := h.nc("bob")
	stdin, stdout := h.mustConnect(t, sshOptions{name: "alice"}).terminal()
	alice := &terminalClient{name: "alice", sshClient: &sshClient{t: t}, stdin: stdin, raw: readAll(t, "alice", stdout)}
	alice.expect(testkit.EnglishPart("sshd-welcome-line", 0))
	var a, b, want strings.Builder
	for i := range 20 {
		fmt.Fprintf(&a, "line %d\r", i)
		fmt.Fprintf(&b, "line %d\n", i)
		fmt.Fprintf(&want, "alice: line %d\n", i)
	}
	alice.send(a.String())
	alice.expect(testkit.English("sshd-pasted-label", 20))
	alice.send("\r")
	ear.expect(strings.ReplaceAll(strings.TrimSpace(want.String()), "\nalice: ", " ⏎ "))
	bob.send(b.String())
	ear.expect(strings.ReplaceAll(want.String(), "alice", "bob"))
	bob.sendLines("said last")
	bob.expect("said last")
	bob.expectNot(testkit.Chinese(reply.TooFast), testkit.Chinese(reply.AddressTooFast), testkit.Chinese(reply.FloodMuted, 60))
	for _, complaint := range []reply.Code{reply.TooFast, reply.AddressTooFast, reply.FloodMuted, reply.StillFloodMuted} {
		if strings.Contains(stripStyles(alice.raw.String()), testkit.EnglishPart(complaint, 0)) {
			t.Errorf("alice pasted within the limits, but reads a warning: %q", alice.raw)
		}
	}
}

// Protects tail -f LOG | ssh -T HOST: many lines at once are delayed, but none is lost or refused.
func TestPipeIsSlowedNotDropped(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on")
	var lines, want strings.Builder
	want.WriteString("* robot joined\n")
	for i := range 40 {
		fmt.Fprintf(&lines, "line %d\n", i)
		fmt.Fprintf(&want, "robot: line %d\n", i)
	}
	runClient(t, h.ssh("robot", "-T"), lines.String()).check(t, 0, want.String(), "")
}

// Protects operators who stop a server during a flood: delayed clients do not keep it open.
func TestStopDuringFlood(t *testing.T) {
	t.Parallel()
	for door, let := range map[string]func(*testing.T, *chatServer){
		"classic": func(t *testing.T, h *chatServer) {
			conn, err := net.Dial("tcp", h.addrs["classic"])
			if err != nil {
				t.Fatal(err)
			}
			readAll(t, "the flooder", conn)
			writeForever(t, conn, "flood %d\n")
		},
		"terminal": func(t *testing.T, h *chatServer) {
			flooder := h.openTerminal(t, sshOptions{name: "flooder"})
			writeForever(t, writeCloser{flooder.stdin, flooder.client}, "flood %d\r")
		},
		"pipe": func(t *testing.T, h *chatServer) {
			writeForever(t, launch(t, h.ssh("flooder", "-T")...).stdin, "flood %d\n")
		},
	} {
		t.Run(door, func(t *testing.T) {
			t.Parallel()
			h := startServer(t, "--limits", "on")
			ear := launch(t, h.ssh("ear", "-T")...)
			ear.expect("* ear joined")
			let(t, h)
			ear.expect(": flood 29\n") // from now on it is delayed
			began := time.Now()
			h.stopInTime(t)
			t.Logf("stopping took %v", time.Since(began).Round(time.Millisecond))
		})
	}
}
