package tcpd

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/room"
)

// A paste of two hundred lines is said in full and in order: the lines wait on the sender's side
// until there is a token for each. The sender is neither muted nor idle meanwhile, and others can
// talk.
func TestPasteIsRateLimited(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"classic", "im"} {
		t.Run(dialect, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hub := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 2, Burst: 30}}})
				server, _ := newServer(t, hub, dialect)
				l := newPipeListener()
				serveOn(t, server, l)
				a := l.dial(t, "A", server.Dialect, nil)
				a.expect(a.chatLine("已上线"))
				began := time.Now()
				go func() {
					for i := range 200 {
						_, _ = fmt.Fprintf(a.conn, "line %d\n", i)
					}
				}()
				for i := range 200 {
					a.expect(a.chatLine(fmt.Sprintf("line %d", i)))
				}
				if d := time.Since(began); d != 85*time.Second {
					t.Errorf("200 lines took %v, want 85s", d)
				}
				a.expectSilence(server.Dialect.IdleTimeout - time.Second)
			})
		})
	}
}

// Endless input is read no faster than its lines may be said: the server holds one buffer of it.
func TestFloodIsHeldBackByTCP(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"classic", "gopl", "relay"} {
		t.Run(dialect, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hub := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Lines: 2, Burst: 30}}})
				server, _ := newServer(t, hub, dialect)
				l := newPipeListener()
				serveOn(t, server, l)
				a := l.dial(t, "A", server.Dialect, nil)
				go func() { _, _ = io.Copy(io.Discard, a.conn) }()
				var sent atomic.Int64
				line := strings.Repeat("x", 99) + "\n"
				go func() {
					for {
						n, err := io.WriteString(a.conn, line)
						if err != nil {
							return
						}
						sent.Add(int64(n))
					}
				}()
				const minutes = 10
				time.Sleep(minutes * time.Minute)
				synctest.Wait()
				said := 30 + 2*60*minutes
				if n := int(sent.Load()) / len(line); n < said || n > said+maxRead/len(line)+1 {
					t.Errorf("the server read %d lines in 10 minutes, and only %d could be said", n, said)
				}
				if n := hub.CountSessions(); n != 1 {
					t.Errorf("%d users are online", n)
				}
			})
		})
	}
}
