package sshd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
	"teahouse/room"
)

// Neither a paste at a terminal nor lines that a pipe still has to say delay the end of the
// server, or of a session whose client is gone.
func TestWaitingDoesNotDelayClose(t *testing.T) {
	for name, terminal := range map[string]bool{"terminal": true, "pipe": false} {
		for how, end := range map[string]func(*memoryServer, *memoryConn){
			"the server stops": func(l *memoryServer, _ *memoryConn) {
				l.Hub.Close()
				if err := l.Shutdown(context.Background()); err != nil {
					panic(err)
				}
			},
			"the client is gone": func(_ *memoryServer, w *memoryConn) { w.Close() },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := startMemoryServer(t, func(s *Server) {
						s.InputRate = func() int { return 128 }
						if !terminal {
							s.Hub = room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1.0 / 3600, Burst: 1}}})
						}
					})
					defer l.stop()
					client, wire := l.connect(t, "ada", true)
					p := startSession(t, client, terminal)
					p.expectLine("ada")
					go func() { _, _ = p.in.Write([]byte(strings.Repeat("line\n", 1000))) }()
					if !terminal { // a terminal's first read is longer than what it may send at once
						p.expectLine("ada: line")
					}
					synctest.Wait()
					began := time.Now()
					end(l, wire)
					if !l.disconnected("ada", "") || time.Since(began) > closeGrace {
						t.Errorf("ada is still online, or left only after %v", time.Since(began))
					}
				})
			})
		}
	}
}

// A pipe whose client is gone says what it may say at once, and nothing that would have to wait.
func TestPipeDisconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, func(s *Server) {
			s.Hub = room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1, Burst: 5}}})
		})
		defer l.stop()
		listener, _ := l.connect(t, "ear", true)
		ear := startSession(t, listener, false)
		ear.expectLine("ear joined")
		client, wire := l.connect(t, "log", true)
		pipe := startSession(t, client, false)
		pipe.expectLine("log joined")
		pipe.send(strings.Repeat("line\n", 20))
		synctest.Wait()
		time.Sleep(2 * time.Second)
		wire.Close()
		got := ear.expectLine("log left (hung up)")
		if n := strings.Count(got, "log: line"); n != 7 {
			t.Errorf("the others read %d lines of the pipe, want 7", n)
		}
	})
}

// A command that cannot be parsed costs as much as a line: an address without a token is told
// that, and not what is wrong.
func TestInvalidCommandIsCharged(t *testing.T) {
	for _, command := range []string{"search --nonsense x", "say 'half", "enter two words", "say --since 1h x", "nonsense"} {
		t.Run(command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := startMemoryServer(t, func(s *Server) {
					s.Hub = room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1.0 / 3600, AddressBurst: 2}}})
				})
				defer l.stop()
				client, _ := l.connect(t, "ada", true)
				for range 2 {
					if _, stderr, code := run(t, client, command); code != exitUsage {
						t.Errorf("an invalid command says %q and exits with %d, want %d", stderr, code, exitUsage)
					}
				}
				if _, stderr, code := run(t, client, command); code != exitTempFail {
					t.Errorf("the third invalid command says %q and exits with %d, want %d", stderr, code, exitTempFail)
				}
			})
		})
	}
}

// Sessions that are opened and closed without end are limited in rate.
func TestSessionRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startMemoryServer(t, nil)
		defer l.stop()
		client, _ := l.connect(t, "ada", true)
		began := time.Now()
		for range 3 * sessionsPerSecond {
			s, err := client.NewSession()
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			synctest.Wait()
		}
		if took := time.Since(began); took < 2*time.Second-10*time.Millisecond {
			t.Errorf("%d sessions were opened in %v, want about 2s", 3*sessionsPerSecond, took)
		}
	})
}

// A delayConn records how long its reads are to be delayed.
type delayConn struct {
	net.Conn
	longest atomic.Int64
}

func (c *delayConn) DelayReads(d time.Duration) { c.longest.Store(max(c.longest.Load(), int64(d))) }

// A client that repeats cheap requests is read slowly, and uses up its address's budget for
// typing and reading.
func TestRequestsAreCharged(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*gossh.Client, *gossh.Session) error{
		"of a connection": func(c *gossh.Client, _ *gossh.Session) error {
			_, _, err := c.SendRequest("nothing", true, nil)
			return err
		},
		"of a session": func(_ *gossh.Client, s *gossh.Session) error {
			_, err := s.SendRequest("nothing", true, nil)
			return err
		},
		"for a channel": func(c *gossh.Client, _ *gossh.Session) error {
			if _, _, err := c.OpenChannel("direct-tcpip", nil); !isRejected(err) {
				return err
			}
			return nil
		},
		"for one session more": func(c *gossh.Client, _ *gossh.Session) error {
			if _, err := c.NewSession(); !isRejected(err) {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := startMemoryServer(t, func(s *Server) {
					s.Hub = room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1}}})
				})
				defer l.stop()
				held := &delayConn{}
				l.wrap = func(c net.Conn) net.Conn { held.Conn = c; return held }
				client, _ := l.connect(t, "ada", true)
				var session *gossh.Session
				for range maxSessions {
					session, _ = client.NewSession()
				}
				if held.longest.Load() != 0 {
					t.Errorf("a client that opens eight sessions is slowed down by %v", time.Duration(held.longest.Load()))
				}
				const many = 10_000 // a quarter of a second is saved
				for range many {
					if err := ask(client, session); err != nil {
						t.Fatal(err)
					}
				}
				if d, least := time.Duration(held.longest.Load()), (many*workPerRequest-300*time.Millisecond)*5; d < least {
					t.Errorf("after 10,000 requests the client is slowed down by %v, want at least %v", d, least)
				}
			})
		})
	}
}

func isRejected(err error) bool {
	var rejected *gossh.OpenChannelError
	return errors.As(err, &rejected)
}

// All connections of an address together have a limited number of sessions at a time, and one
// connection may have eight in any case.
func TestSessionsPerAddress(t *testing.T) {
	for limit, want := range map[int]int{0: 3 * maxSessions, 12: 12, 1: maxSessions} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			h := startServer(t, func(s *Server) { s.SessionsPerAddress = func() int { return limit } })
			var opened []*gossh.Session
			for range 3 {
				client := h.dial(t, "ada")
				for range maxSessions {
					if s, err := client.NewSession(); err == nil {
						opened = append(opened, s)
					}
				}
			}
			if len(opened) != want {
				t.Fatalf("one address could open %d sessions, want %d", len(opened), want)
			}
			opened[0].Close()
			testkit.Eventually(t, "there is another session", func() bool {
				_, err := h.dial(t, "ada").NewSession()
				return err == nil
			})
		})
	}
}

// A pipe whose lines have to wait is told so, once; one that is in time is told nothing.
func TestThrottledPipeIsTold(t *testing.T) {
	told := testkit.English(pipeThrottled) + "\n"
	for lines, want := range map[int]string{8: "", 15: told} {
		t.Run(fmt.Sprint(lines), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := startMemoryServer(t, func(s *Server) {
					s.Hub = room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 1, Burst: 5}}})
				})
				defer l.stop()
				client, _ := l.connect(t, "ada", true)
				p := startSession(t, client, false)
				p.send(strings.Repeat("line\n", lines))
				p.in.Close()
				if code := p.wait(); code != exitOK || p.stderr.String() != want {
					t.Errorf("the pipe exits with %d and says %q, want %d and %q", code, p.stderr.String(), exitOK, want)
				}
			})
		})
	}
}

// A user who sends a long message through standard input is told that it will be cut, long before
// all of it has arrived.
func TestLongStdinIsTold(t *testing.T) {
	h := startServer(t, nil)
	session, err := h.dial(t, "ada").NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out := &testkit.Recorder{}
	session.Stderr = out
	stdin, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("say"); err != nil {
		t.Fatal(err)
	}
	write := func(n int) {
		if _, err := io.WriteString(stdin, strings.Repeat(strings.Repeat("x", 1023)+"\n", n)); err != nil {
			t.Fatal(err)
		}
	}
	told := testkit.English(inputWillBeTruncated) + "\n"
	write(1025)
	testkit.Eventually(t, "the user reads that the message will be cut", func() bool { return out.String() == told })
	write(1025)
	stdin.Close()
	if err := session.Wait(); err != nil || !strings.HasPrefix(out.String(), told+testkit.EnglishPart(inputTruncated, 0)) {
		t.Errorf("say ends with %v and says %q, want the warning and then how much was left out", err, out.String())
	}
}
