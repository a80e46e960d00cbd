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

	"teahouse/room"
)

// Neither what was pasted at a terminal nor what a pipe has still to say delays the
// end: of the server, nor of a session whose client is gone.
func TestWhatWaitsDelaysNoEnd(t *testing.T) {
	for name, terminal := range map[string]bool{"terminal": true, "pipe": false} {
		for how, end := range map[string]func(*lane, *wire){
			"the server stops": func(l *lane, _ *wire) {
				l.House.Close()
				if err := l.Shutdown(context.Background()); err != nil {
					panic(err)
				}
			},
			"the client is gone": func(_ *lane, w *wire) { w.Close() },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := openLane(t, func(s *Server) {
						s.Typed = func() int { return 128 }
						if !terminal {
							s.House.Limits = room.Limits{Lines: 1.0 / 3600, Burst: 1}
						}
					})
					defer l.stop()
					client, wire := l.comes(t, "ada", true)
					p := join(t, client, terminal)
					p.reads("ada")
					go func() { _, _ = p.in.Write([]byte(strings.Repeat("line\n", 1000))) }()
					if !terminal { // a terminal's first read is longer than what it may send at once
						p.reads("ada: line")
					}
					synctest.Wait()
					began := time.Now()
					end(l, wire)
					if !l.gone("ada", "") || time.Since(began) > goodbyeTime {
						t.Errorf("it is still here, or took %v", time.Since(began))
					}
				})
			})
		}
	}
}

// A pipe whose client is gone has said what it might say at once, and says nothing of
// what would have had to wait.
func TestPipeThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, func(s *Server) { s.House.Limits = room.Limits{Lines: 1, Burst: 5} })
		defer l.stop()
		listener, _ := l.comes(t, "ear", true)
		ear := join(t, listener, false)
		ear.reads("ear joined")
		client, wire := l.comes(t, "log", true)
		pipe := join(t, client, false)
		pipe.reads("log joined")
		pipe.types(strings.Repeat("line\n", 20))
		synctest.Wait()
		time.Sleep(2 * time.Second)
		wire.Close()
		got := ear.reads("log left (hung up)")
		if n := strings.Count(got, "log: line"); n != 7 {
			t.Errorf("it said %d lines, want 7", n)
		}
	})
}

// A command that cannot be read costs a line, like one that can: where an address has none
// left it is told that, and not what is wrong.
func TestMisusedCommandCostsALine(t *testing.T) {
	for _, command := range []string{"search --nonsense x", "say 'half", "enter two words", "say --since 1h x", "nonsense"} {
		t.Run(command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := openLane(t, func(s *Server) { s.House.Limits = room.Limits{SourceLines: 1.0 / 3600, SourceBurst: 2} })
				defer l.stop()
				client, _ := l.comes(t, "ada", true)
				for range 2 {
					if _, stderr, code := run(t, client, command); code != exitUsage {
						t.Errorf("%q, code %d", stderr, code)
					}
				}
				if _, stderr, code := run(t, client, command); code != exitLater {
					t.Errorf("the third time: %q, code %d", stderr, code)
				}
			})
		})
	}
}

// Sessions that are opened and closed without end come at a pace.
func TestSessionsHaveAPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLane(t, nil)
		defer l.stop()
		client, _ := l.comes(t, "ada", true)
		began := time.Now()
		for range 3 * sessionsASecond {
			s, err := client.NewSession()
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			synctest.Wait()
		}
		if took := time.Since(began); took < 2*time.Second-10*time.Millisecond {
			t.Errorf("%d sessions were opened in %v", 3*sessionsASecond, took)
		}
	})
}

// A heldWire is a connection that notes for how long nothing is to be read of it.
type heldWire struct {
	net.Conn
	longest atomic.Int64
}

func (w *heldWire) Hold(d time.Duration) { w.longest.Store(max(w.longest.Load(), int64(d))) }

// Whoever asks again and again for what costs the client nothing is read slowly, and pays out
// of what its address has for typing and reading.
func TestRequestsArePaidFor(t *testing.T) {
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
				l := openLane(t, func(s *Server) { s.House.Limits = room.Limits{SourceLines: 1} })
				defer l.stop()
				held := &heldWire{}
				l.wrap = func(c net.Conn) net.Conn { held.Conn = c; return held }
				client, _ := l.comes(t, "ada", true)
				var session *gossh.Session
				for range maxSessions {
					session, _ = client.NewSession()
				}
				if held.longest.Load() != 0 {
					t.Errorf("who opens eight sessions is held for %v", time.Duration(held.longest.Load()))
				}
				const many = 10_000 // a quarter of a second is saved
				for range many {
					if err := ask(client, session); err != nil {
						t.Fatal(err)
					}
				}
				if d, least := time.Duration(held.longest.Load()), (many*workPerRequest-300*time.Millisecond)*5; d < least {
					t.Errorf("it is held for %v, want %v", d, least)
				}
			})
		})
	}
}

func isRejected(err error) bool {
	var rejected *gossh.OpenChannelError
	return errors.As(err, &rejected)
}

// All connections of an address together have so many sessions at a time, and one alone has
// eight in any case.
func TestSessionsOfOneAddress(t *testing.T) {
	for limit, want := range map[int]int{0: 3 * maxSessions, 12: 12, 1: maxSessions} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			h := open(t, func(s *Server) { s.Sessions = func() int { return limit } })
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
				t.Fatalf("there are %d sessions, want %d", len(opened), want)
			}
			opened[0].Close()
			eventually(t, "there is another session", func() bool {
				_, err := h.dial(t, "ada").NewSession()
				return err == nil
			})
		})
	}
}

// A pipe whose lines have to wait says so, once, and one that is in time says nothing.
func TestPipeThatWaitsSaysSo(t *testing.T) {
	const told = "You are sending lines faster than they may be said here. They wait; none is lost.\n"
	for lines, want := range map[int]string{8: "", 15: told} {
		t.Run(fmt.Sprint(lines), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := openLane(t, func(s *Server) { s.House.Limits = room.Limits{Lines: 1, Burst: 5} })
				defer l.stop()
				client, _ := l.comes(t, "ada", true)
				p := join(t, client, false)
				p.types(strings.Repeat("line\n", lines))
				p.in.Close()
				if code := p.wait(); code != exitDone || p.stderr.String() != want {
					t.Errorf("exit code %d, and it reads %q", code, p.stderr.String())
				}
			})
		})
	}
}

// Who has much said as one message reads, long before all of it has come, that it will be cut.
func TestLongInputSaysSo(t *testing.T) {
	h := open(t, nil)
	session, err := h.dial(t, "ada").NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out := &lockedBuffer{}
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
	const told = "Only the beginning of this will be said, once all of it is here. To say nothing, press ^C.\n"
	write(1025)
	eventually(t, "it is told", func() bool { return out.String() == told })
	write(1025)
	stdin.Close()
	if err := session.Wait(); err != nil || !strings.HasPrefix(out.String(), told+"Only the beginning was said: ") {
		t.Errorf("%v, and it reads %q", err, out.String())
	}
}
