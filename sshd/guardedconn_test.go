package sshd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
	"teahouse/room"
)

// Users multiplex: a connection may have eight sessions. A ninth is refused and harms none of
// them, and one that ends makes room.
func TestSessionsOnOneConnection(t *testing.T) {
	h := startServer(t, nil)
	client := h.dial(t, "alice")
	var people []*testUser
	for range maxSessions {
		p := startSession(t, client, true)
		p.expectLine("Welcome")
		people = append(people, p)
	}
	for range 100 {
		if _, err := client.NewSession(); err == nil {
			t.Fatalf("a connection could open more than %d sessions", maxSessions)
		}
	}
	people[0].send("still here\r")
	people[7].expectLine("still here")
	people[7].send("\x04")
	people[7].wait()
	testkit.Eventually(t, "room for another session", func() bool {
		session, err := client.NewSession()
		if err == nil {
			session.Close()
		}
		return err == nil
	})
}

// A window may change ten thousand times, even during a command that ignores it: if nobody
// received the changes, the eighteenth would freeze the connection.
func TestWindowChanges(t *testing.T) {
	h := startServer(t, nil)
	client := h.dial(t, "alice")
	p := startSession(t, client, true)
	p.expectLine("Welcome")
	other := startSession(t, client, false)
	other.expectLine("joined")
	for i := range 10_000 {
		width := []int{80, 1, 0, 40, 2_000_000_000}[i%5]
		if err := p.session.WindowChange(24, width); err != nil {
			t.Fatal(err)
		}
	}
	p.send("unfrozen\r") // one word: some changes may still be under way, to a narrow window
	other.expectLine("alice: unfrozen")
	p.expectLine("unfrozen")
}

// A session accepts a limited number of environment variables of limited size; further ones are
// refused without an effect.
func TestEnvironmentIsBounded(t *testing.T) {
	h := startServer(t, nil)
	session, err := h.dial(t, "alice").NewSession()
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	if err := session.Setenv("LANG", strings.Repeat("x", 100_000)); err == nil {
		t.Error("an environment variable of 100 KB was accepted")
	}
	for range 10_000 {
		if err := session.Setenv("LANG", "C"); err == nil {
			taken++
		}
	}
	if taken > maxEnv {
		t.Errorf("%d environment variables were accepted, want %d at most", taken, maxEnv)
	}
	if out, err := session.Output("help"); err != nil || !strings.Contains(string(out), "who") {
		t.Errorf("after that ssh host help prints %q (error %v)", out, err)
	}
}

// A channel that is opened and not used would keep a connection, and two megabytes, for nothing.
// It is closed, and does not delay a shutdown.
func TestUnusedChannels(t *testing.T) {
	t.Run("unused", func(t *testing.T) {
		h := startServer(t, func(s *Server) { s.HandshakeTimeout = 100 * time.Millisecond })
		client := h.dial(t, "alice")
		if _, err := client.NewSession(); err != nil {
			t.Fatal(err)
		}
		_ = client.Wait() // until the server closes the connection
	})
	t.Run("at shutdown", func(t *testing.T) {
		h := startServer(t, nil)
		if _, err := h.dial(t, "alice").NewSession(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Errorf("with an unused channel, Shutdown returned %v", err)
		}
	})
}

// Forwarding of any kind is refused.
func TestForwardingIsRefused(t *testing.T) {
	h := startServer(t, nil)
	client := h.dial(t, "alice")
	var refused *gossh.OpenChannelError
	if _, err := client.Dial("tcp", h.addr); !errors.As(err, &refused) || refused.Reason != gossh.Prohibited ||
		refused.Message != "nothing is forwarded here; this is a chat" {
		t.Errorf("ssh -L or -W gets %v, want the sentence that nothing is forwarded", err)
	}
	if l, err := client.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
		t.Error("ssh -R could forward a port")
	}
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{"auth-agent-req@openssh.com", "x11-req", "signal", "break", "nonsense"} {
		if ok, err := session.SendRequest(request, true, nil); ok || err != nil {
			t.Errorf("the request %s is answered with %v (error %v), want a refusal", request, ok, err)
		}
	}
}

// A client that asks for something unsupported gets a sentence in its language and an exit code:
// clients do not show why a request was refused.
func TestUnsupportedRequests(t *testing.T) {
	h := startServer(t, nil)
	client := h.dial(t, "alice")
	for _, tc := range []struct {
		request, argument, lang, want string
	}{
		{"subsystem", "sftp", "C", testkit.English(noSubsystem) + "\n"},
		{"subsystem", "sftp", "zh_CN.UTF-8", testkit.Chinese(noSubsystem) + "\n"},
		{"exec", "say " + strings.Repeat("x", 100_000), "C", testkit.English(commandTooLong, 8192) + "\n"},
	} {
		channel, requests, err := client.OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = channel.SendRequest("env", false, gossh.Marshal(struct{ Name, Value string }{"LANG", tc.lang}))
		if ok, err := channel.SendRequest(tc.request, true, gossh.Marshal(struct{ Argument string }{tc.argument})); !ok || err != nil {
			t.Errorf("the request %s %.10s is answered with %v (error %v); want it accepted, so that the client shows why nothing comes of it", tc.request, tc.argument, ok, err)
		}
		code := make(chan uint32, 1)
		go func() {
			defer close(code)
			for r := range requests {
				if r.Type == "exit-status" {
					code <- binary.BigEndian.Uint32(r.Payload)
				}
			}
		}()
		told, _ := io.ReadAll(channel.Stderr())
		out, _ := io.ReadAll(channel)
		if got := <-code; string(told) != tc.want || len(out) > 0 || got != exitUsage {
			t.Errorf("%s %.10s says %q, prints %q and exits with %d; want %q, nothing and %d", tc.request, tc.argument, told, out, got, tc.want, exitUsage)
		}
	}
}

// A handshake that takes too long is ended, even if it trickles.
func TestHandshakeTimeout(t *testing.T) {
	t.Parallel()
	h := startServer(t, func(s *Server) { s.HandshakeTimeout = 100 * time.Millisecond })
	for name, trickle := range map[string]bool{"silent": false, "trickling": true} {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if trickle {
			go func() {
				tick := time.NewTicker(5 * time.Millisecond)
				defer tick.Stop()
				for range tick.C {
					if _, err := conn.Write([]byte("S")); err != nil {
						return
					}
				}
			}()
		}
		_ = conn.SetReadDeadline(time.Now().Add(waitTimeout))
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("a %s client is still connected after the timeout for handshakes", name)
		}
	}
}

// Typing a passphrase may take longer than a handshake, but not for ever.
func TestLoginTimeout(t *testing.T) {
	login := func(t *testing.T, h *testServer, meanwhile func(net.Conn)) error {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _, _, err = gossh.NewClientConn(conn, h.addr, &gossh.ClientConfig{
			User:            "alice",
			HostKeyCallback: gossh.InsecureIgnoreHostKey(),
			Auth: []gossh.AuthMethod{gossh.PublicKeysCallback(func() ([]gossh.Signer, error) {
				meanwhile(conn)
				return []gossh.Signer{testkit.NewSigner(t)}, nil
			})},
		})
		return err
	}
	t.Run("long", func(t *testing.T) {
		h := startServer(t, func(s *Server) { s.HandshakeTimeout = 100 * time.Millisecond })
		err := login(t, h, func(net.Conn) { // waits for the end of one that began later
			silent, err := net.Dial("tcp", h.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer silent.Close()
			_, _ = io.Copy(io.Discard, silent)
		})
		if err != nil {
			t.Errorf("who types a passphrase for longer than a handshake may take is disconnected: %v", err)
		}
	})
	t.Run("for ever", func(t *testing.T) {
		h := startServer(t, func(s *Server) { s.LoginTimeout = 100 * time.Millisecond })
		err := login(t, h, func(conn net.Conn) {
			testkit.Eventually(t, "the connection is closed", func() bool {
				_, err := conn.Write([]byte{0}) // half a packet
				return err != nil
			})
		})
		if err == nil {
			t.Error("a login that takes longer than its timeout succeeds")
		}
	})
}

func isTimeout(err error) bool {
	ne, ok := err.(net.Error)
	return ok && ne.Timeout()
}

// A client that no longer answers is disconnected after two keepalives, and others see it leave;
// one that answers stays.
func TestKeepalive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, nil)
		defer l.stop()
		client, _ := l.connect(t, "alive", true)
		alive := startSession(t, client, true)
		alive.expectLine("Welcome")
		laptop, wire := l.connect(t, "laptop", true)
		startSession(t, laptop, true).expectLine("Welcome")
		wire.out.update(func() { wire.out.dead = true })
		time.Sleep(2 * DefaultKeepalive)
		alive.expectLine("laptop left (hung up)")
		alive.send("I am here\r")
		alive.expectLine("I am here")
	})
}

// A client that has not passed on a command's output yet, because a pager waits for its user, is
// not disconnected: it would lose the rest.
func TestSlowlyReadAnswer(t *testing.T) {
	t.Parallel()
	h := startServer(t, func(s *Server) { s.WriteTimeout, s.HandshakeTimeout = 50*time.Millisecond, time.Second })
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	slow := &silentConn{Conn: conn}
	client := h.dialOver(t, slow, "pager")
	gone := make(chan struct{})
	go func() {
		_ = client.Wait()
		close(gone)
	}()
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go gossh.DiscardRequests(requests)
	if _, err := channel.SendRequest("exec", false, gossh.Marshal(struct{ Command string }{"help"})); err != nil {
		t.Fatal(err)
	}
	slow.mute.Store(true) // the channel's end is not answered
	if out, err := io.ReadAll(channel); err != nil || len(out) == 0 {
		t.Fatalf("ssh host help prints %q (error %v)", out, err)
	}
	late := h.dial(t, "late")
	if _, _, err := late.OpenChannel("session", nil); err != nil {
		t.Fatal(err)
	}
	_ = late.Wait() // its channel was of no use for much longer than a write may take
	select {
	case <-gone:
		t.Error("a client that passes on the output slowly was disconnected")
	default:
	}
}

// One of many readers stops reading. The others miss nothing and are not delayed, and the stuck
// one is disconnected at its deadline as slow.
func TestStuckReader(t *testing.T) {
	h := startServer(t, func(s *Server) { s.WriteTimeout = time.Hour }) // so that a busy machine cuts off nobody else
	const lots, lot, size = 24, 25, 3900                                // more than the 2 MiB of a client's window
	others := testkit.Amount(49, 9)

	stuck := startSession(t, h.dial(t, "stuck"), true)
	stuck.expectLine("Welcome")
	var readers sync.WaitGroup
	arrived := make(chan bool, others*(lots+1))
	for range others {
		p := startSession(t, h.dial(t, "reader"), false)
		p.expectLine("joined")
		readers.Go(func() {
			finished := false
			defer func() {
				if !finished {
					arrived <- false // after a failure, the others are not waited for
				}
			}()
			for i := range lots {
				all := p.expectLine(fmt.Sprintf("end of lot %d\n", i))
				arrived <- strings.Count(all, strings.Repeat("x", size)) == lot
			}
			finished = true
		})
	}
	speaker, _, err := h.Hub.Exec(t.Context(), room.ClientInfo{RequestedName: "speaker"})
	if err != nil {
		t.Fatal(err)
	}
	defer speaker.Leave(room.Quit)
	before := testkit.HeapInUse()
	for i := range lots {
		for range lot {
			_ = speaker.Say(strings.Repeat("x", size))
		}
		_ = speaker.Say(fmt.Sprintf("end of lot %d", i))
		for range others { // a barrier: all of them have all of it
			if !<-arrived {
				t.Fatal("a reader missed a line because another one does not read")
			}
		}
	}
	readers.Wait()
	if after := testkit.HeapInUse(); after > before+48<<20 {
		t.Errorf("with one reader stuck the heap grew from %d to %d MB", before>>20, after>>20)
	}
	testkit.Eventually(t, "only the write to the stuck reader is under way", func() bool { return h.sessionsWriting() == 1 })
	online := h.Hub.CountSessions()
	h.watchdog.check(h.watchdog.tick.Add(watchdogTicks)) // its deadline
	if h.Hub.CountSessions() != online {
		t.Error("the stuck reader was disconnected before its deadline")
	}
	h.watchdog.check(h.watchdog.tick.Add(1))
	testkit.Eventually(t, "the stuck reader is disconnected", func() bool { return strings.Contains(h.log.String(), "reason=slow") })
	if n := strings.Count(h.log.String(), "reason="); n != 1 {
		t.Errorf("%d readers were disconnected, want only the stuck one", n)
	}
}

// sessionsWriting returns the number of sessions with a write under way.
func (s *testServer) sessionsWriting() (sessions int) {
	s.watchdog.mu.Lock()
	defer s.watchdog.mu.Unlock()
	for c := range s.watchdog.sessions {
		if c.writeStarted.Load() != 0 {
			sessions++
		}
	}
	return sessions
}

// A panic in one session ends that session, not the server.
func TestPanicEndsOneSession(t *testing.T) {
	h := startServer(t, func(s *Server) {
		s.init.Do(s.setup)
		s.ssh.Handler = func(sess ssh.Session) { s.handle(failingCommand{sess}) }
	})
	for range 2 {
		session, err := h.dial(t, "alice").NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Run("who"); err == nil {
			t.Error("a session that panicked exits with 0")
		}
	}
	if n := strings.Count(h.log.String(), "this is a bug in teahouse"); n != 2 {
		t.Errorf("the log has %d panics, want 2", n)
	}
}

// A failingCommand is a session whose command panics.
type failingCommand struct{ ssh.Session }

func (failingCommand) RawCommand() string { panic("a fault") }

// After a panic in the reader, the writer still tells the user.
func TestReaderPanic(t *testing.T) {
	h := startServer(t, func(s *Server) {
		s.init.Do(s.setup)
		s.ssh.Handler = func(sess ssh.Session) { s.handle(failingReader{sess}) }
	})
	for _, terminal := range []bool{true, false} {
		p := startUnmarkedSession(t, h.dial(t, "alice"), terminal)
		p.wait()
		if n := h.Hub.CountSessions(); n != 0 {
			t.Errorf("after its reader panicked, a session (terminal: %v) is still online", terminal)
		}
	}
	testkit.Eventually(t, "both are in the log", func() bool { return strings.Count(h.log.String(), "reason=failed") == 2 })
}

// A failingReader is a session whose first read panics.
type failingReader struct{ ssh.Session }

func (failingReader) Read([]byte) (int, error) { panic("a fault") }

// A panic in the goroutine that takes a channel's input, or in the one that discards standard error,
// ends the connection, and the server goes on.
func TestChannelPanic(t *testing.T) {
	for name, failing := range map[string]func(gossh.Channel) gossh.Channel{
		"input":          func(c gossh.Channel) gossh.Channel { return failingInput{c} },
		"standard error": func(c gossh.Channel) gossh.Channel { return failingStderr{c} },
	} {
		t.Run(name, func(t *testing.T) {
			h := startServer(t, func(s *Server) {
				s.init.Do(s.setup)
				s.ssh.ChannelHandlers = map[string]ssh.ChannelHandler{
					"session": func(srv *ssh.Server, conn *gossh.ServerConn, request gossh.NewChannel, ctx ssh.Context) {
						s.handleChannel(srv, conn, replacedChannel{request, failing}, ctx)
					},
				}
			})
			conn := h.dial(t, "alice")
			_, _ = conn.NewSession()                                       // the connection may end first
			_, _, _ = conn.SendRequest("", false, make([]byte, maxStderr)) // then standard error is discarded
			if err := conn.Wait(); err == nil {
				t.Error("the connection ended without an error")
			}
			testkit.Eventually(t, "the log has it", func() bool { return strings.Contains(h.log.String(), "this is a bug in teahouse") })
		})
	}
}

// A replacedChannel is a request for a channel whose channel is replaced.
type replacedChannel struct {
	gossh.NewChannel
	replace func(gossh.Channel) gossh.Channel
}

func (r replacedChannel) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	channel, requests, err := r.NewChannel.Accept()
	return r.replace(channel), requests, err
}

// A failingInput is a channel on which reading panics.
type failingInput struct{ gossh.Channel }

func (failingInput) Read([]byte) (int, error) { panic("a fault") }

// A failingStderr is a channel on which reading standard error panics.
type failingStderr struct{ gossh.Channel }

func (failingStderr) Stderr() io.ReadWriter { panic("a fault") }

// Shutdown reaches every session, closes what is half open, and leaves no goroutine behind.
func TestShutdown(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("", func(t *testing.T) {
		h := startServer(t, nil)
		chat := startSession(t, h.dial(t, "alice"), true)
		chat.expectLine("Welcome")
		pipe := startSession(t, h.dial(t, "bob"), false)
		pipe.expectLine("joined")
		idle := h.dial(t, "carol") // a connection without a session
		halfOpen, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer halfOpen.Close()
		_, _ = halfOpen.Read(make([]byte, 1)) // the server has it

		h.Hub.Close()
		ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
		defer cancel()
		for range 2 {
			if err := h.Shutdown(ctx); err != nil {
				t.Errorf("Shutdown returned %v", err)
			}
		}
		chat.expectLine("* " + testkit.English(reply.GoodbyeStopping))
		if code := chat.wait(); code != exitOK {
			t.Errorf("the chat exits with %d, want %d", code, exitOK)
		}
		if code := pipe.wait(); code != exitRefused {
			t.Errorf("the pipe exits with %d, want %d", code, exitRefused)
		}
		if got := pipe.stderr.String(); got != testkit.English(reply.GoodbyeStopping)+"\n" {
			t.Errorf("the pipe reads %q, want that the server is stopping", got)
		}
		_ = idle.Wait()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Serve(l); err != ErrServerClosed {
			t.Errorf("after Shutdown, Serve returned %v, want %v", err, ErrServerClosed)
		}
	})
	testkit.Eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

// When the context ends, clients that do not read are disconnected.
func TestShutdownDeadline(t *testing.T) {
	t.Parallel()
	h := startServer(t, func(s *Server) { s.WriteTimeout = time.Hour })
	p := startSession(t, h.dial(t, "stuck"), true)
	p.expectLine("Welcome")
	speaker, _, err := h.Hub.Exec(t.Context(), room.ClientInfo{RequestedName: "speaker"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2000 { // fills the window and the sockets
		if err := speaker.Say(strings.Repeat("x", text.MaxBytes)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := h.Shutdown(ctx); err != context.DeadlineExceeded {
		t.Errorf("with a client that does not read, Shutdown returned %v, want %v", err, context.DeadlineExceeded)
	}
	if n := h.Hub.CountSessions(); n != 1 { // the speaker
		t.Errorf("after the deadline %d sessions are online, want only the speaker's", n)
	}
}
