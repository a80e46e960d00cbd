package tcpd

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// Every client reads last why the connection ends, in its dialect. Then nothing of the server is
// left running.
func TestShutdown(t *testing.T) {
	for _, d := range Dialects() {
		t.Run(d.Name, func(t *testing.T) {
			goroutines := runtime.NumGoroutine()
			server, j := newServer(t, room.New(room.Config{}), d.Name)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- server.Serve(l) }()

			var guests []*testClient
			for _, name := range []string{"A", "B", "C"} {
				g := dial(t, name, l.Addr().String(), d)
				guests = append(guests, g)
				waitFor(t, name+" is online", func() bool { return server.Hub.CountSessions() == len(guests) })
			}

			stopped := make(chan error, 1)
			go func() { stopped <- server.Shutdown(context.Background()) }()
			want := map[string]string{"gopl": stoppingEnglish, "relay": ""}[d.Name]
			if d.Language.String() == "zh" {
				want = stoppingText
			}
			for _, g := range guests {
				_ = g.conn.SetReadDeadline(time.Now().Add(testTimeout))
				heard, err := io.ReadAll(g.in)
				lines := strings.Split(strings.TrimSuffix(string(heard), "\n"), "\n")
				if last := lines[len(lines)-1]; err != nil || last != want {
					t.Errorf("the last line that %s reads is %q, %v; want %q", g.name, last, err, want)
				}
				if n := strings.Count(string(heard), want); want != "" && n != 1 {
					t.Errorf("%s reads %d times that the server is stopping", g.name, n)
				}
				g.conn.Close()
			}
			if err := <-stopped; err != nil {
				t.Errorf("Shutdown returned %v", err)
			}
			if err := <-served; err != ErrServerClosed {
				t.Errorf("Serve returned %v, want %v", err, ErrServerClosed)
			}
			waitFor(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
			if n := len(j.LinesWith("disconnected", "reason=stopping")); n != len(guests) {
				t.Errorf("the log names stopping as the reason of %d sessions, want %d", n, len(guests))
			}
			if n := server.Hub.CountSessions(); n != 0 {
				t.Errorf("%d users are left in the hub", n)
			}

			if err := server.Shutdown(context.Background()); err != nil {
				t.Errorf("the second Shutdown returned %v", err)
			}
			again, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Serve(again); err != ErrServerClosed {
				t.Errorf("Serve after Shutdown returned %v, want %v", err, ErrServerClosed)
			}
			if _, err := again.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Serve after Shutdown left its listener open: %v", err)
			}
		})
	}
}

// Shutdown before Serve has nothing to wait for, and Serve then returns at once.
func TestShutdownBeforeServe(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.New(room.Config{}), "classic")
	if err := server.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown returned %v", err)
	}
	if err := server.Serve(newPipeListener()); err != ErrServerClosed {
		t.Errorf("Serve returned %v, want %v", err, ErrServerClosed)
	}
}

// The context bounds Shutdown: a client that does not read is closed when it ends.
func TestShutdownIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, j := newServer(t, room.New(room.Config{}), "classic")
		server.WriteTimeout = time.Hour
		l := newPipeListener()
		serveOn(t, server, l)
		a := l.dial(t, "A", server.Dialect, nil) // never reads
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		if err := server.Shutdown(ctx); err != context.DeadlineExceeded {
			t.Errorf("Shutdown returned %v, want %v", err, context.DeadlineExceeded)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("Shutdown took %v, want 3s", took)
		}
		if len(j.LinesWith("disconnected", a.address, "reason=stopping")) != 1 {
			t.Error("the log does not say that A was disconnected")
		}
		if _, err := a.in.ReadByte(); err != io.EOF {
			t.Errorf("A's connection is not closed: %v", err)
		}
	})
}

// With an expired context, connections are closed at once.
func TestShutdownWithAnExpiredContext(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.New(room.Config{}), "classic")
	a := join(t, "A", serve(t, server), server.Dialect)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := server.Shutdown(ctx); err != context.Canceled {
		t.Errorf("Shutdown returned %v, want %v", err, context.Canceled)
	}
	_ = a.conn.SetReadDeadline(time.Now().Add(testTimeout))
	if _, err := io.Copy(io.Discard, a.in); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("A's connection is still open: %v", err)
	}
	if n := server.Hub.CountSessions(); n != 0 {
		t.Errorf("%d users are left in the hub", n)
	}
}

// The hub closes before its listeners do: a client that connects in between is told why it cannot
// enter.
func TestConnectAfterHubClose(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[string][]string{"classic": {stoppingText}, "gopl": {stoppingEnglish}, "relay": nil} {
		hub := room.New(room.Config{})
		server, _ := newServer(t, hub, dialect)
		addr := serve(t, server)
		hub.Close()
		a := dial(t, "A", addr, server.Dialect)
		a.expect(want...)
		a.expectEOF()
	}
}

// If there is another server to connect to, the farewell says so, in the clients' language.
func TestReconnectAddressOnShutdown(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[string][]string{
		"classic": {testkit.Chinese(reply.GoodbyeRedirect, "tea.example", "ssh tea.example")},
		"gopl":    {testkit.English(reply.GoodbyeRedirect, "tea.example", "ssh tea.example")},
		"relay":   nil,
	} {
		hub := room.New(room.Config{Redirect: room.Redirect{Address: "tea.example", Host: "tea.example", Command: "ssh tea.example"}})
		server, _ := newServer(t, hub, dialect)
		addr := serve(t, server)
		hub.Close()
		a := dial(t, "A", addr, server.Dialect)
		a.expect(want...)
		a.expectEOF()
	}
}

// One server may have several listeners. They share the room and close together.
func TestTwoListeners(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.New(room.Config{}), "classic")
	front, back := serve(t, server), serve(t, server)
	a := join(t, "A", front, server.Dialect)
	b := join(t, "B", back, server.Dialect)
	a.expect(b.chatLine("已上线"))
	b.send("hello next door\n")
	a.expect(b.chatLine("hello next door"))
}

// Without file descriptors, a server retries at growing intervals, and starts over after a
// success.
func TestAcceptIsRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, j := newServer(t, room.New(room.Config{}), "classic")
		l := newPipeListener()
		serveOn(t, server, l)
		full := &net.OpError{Op: "accept", Err: syscall.EMFILE}

		waits := []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000} // ms
		var sum time.Duration
		for _, w := range waits {
			l.Accepted <- full
			sum += w * time.Millisecond
		}
		began := time.Now()
		a := l.dial(t, "A", server.Dialect, nil)
		a.expect(a.chatLine("已上线"))
		if took := time.Since(began); took != sum {
			t.Errorf("A was accepted after %v, want %v", took, sum)
		}
		if n := len(j.LinesWith("cannot accept a connection", "door=classic", "too many open files")); n != len(waits) {
			t.Errorf("the log has %d lines about it, want %d", n, len(waits))
		}

		l.Accepted <- full
		began = time.Now()
		b := l.dial(t, "B", server.Dialect, nil)
		b.expect(b.chatLine("已上线"))
		if took := time.Since(began); took != 5*time.Millisecond {
			t.Errorf("B was accepted after %v, want 5ms", took)
		}
		a.expect(b.chatLine("已上线"))
	})
}

// Shutdown does not wait for the next attempt.
func TestShutdownWhileAcceptFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _ := newServer(t, room.New(room.Config{}), "classic")
		l := newPipeListener()
		for range cap(l.Accepted) {
			l.Accepted <- errors.New("out of luck")
		}
		served := make(chan error, 1)
		go func() { served <- server.Serve(l) }()
		<-time.After(10*time.Second + time.Millisecond) // in the middle of a pause
		began := time.Now()
		if err := server.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown returned %v", err)
		}
		if err := <-served; err != ErrServerClosed {
			t.Errorf("Serve returned %v, want %v", err, ErrServerClosed)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("Shutdown took %v", took)
		}
	})
}
