package sshd

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/eventlog"
	"teahouse/internal/i18n"
	"teahouse/internal/render"
	"teahouse/internal/style"
	"teahouse/room"
)

// A reader that reads a line together with others, or soon after, waits for nothing: the line is
// rendered once for all. One that lags behind, as many can on purpose, pays for what is rendered
// for it alone.
func TestSlowReadersPay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		address := netip.MustParsePrefix("192.0.2.1/32")
		options := render.Options{Language: language.English, Syntax: command.SlashSyntax, End: "\r\n", Clock: "24", Style: style.Style{Depth: style.Ansi256, Width: 80}}
		h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1000, AddressBurst: 1000}}})
		enter := func(name string) *room.Session {
			u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: name, Remote: address.Addr(), Terminal: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { u.Leave(room.Quit) })
			return u
		}
		speaker := enter("speaker")
		vs := render.NewCache(i18n.New().Printer)
		var chats []*terminalSession
		for i := range 3 {
			u := enter(fmt.Sprint("reader", i))
			c := &terminalSession{session: &session{entered: u}, runner: command.NewRunner(u), self: u.UserInfo()}
			c.format.Store(vs.Acquire(options, address))
			chats = append(chats, c)
		}
		// waited shows a chat what it has not read, and returns how long that takes once
		// nothing is saved.
		waited := func(c *terminalSession) time.Duration {
			if err := c.runner.Wait(); err != nil {
				t.Fatal(err)
			}
			_ = c.runner.Meter.Spend(0)
			_ = c.runner.Meter.Spend(time.Second / 4)
			for events := c.runner.Take(make([]room.Item, 0, 256)); len(events) > 0; events = c.runner.Take(events[:0]) {
				c.appendItems(nil, events)
			}
			c.runner.RequestRefresh()
			start := time.Now()
			if err := c.runner.Wait(); err != nil {
				t.Fatal(err)
			}
			return time.Since(start)
		}
		for range 20 {
			if err := speaker.Say(strings.Repeat("x", 4000)); err != nil {
				t.Fatal(err)
			}
		}
		first, second := waited(chats[0]), waited(chats[1])
		time.Sleep(time.Minute)
		if last := waited(chats[2]); second != 0 || first == 0 || last != first {
			t.Errorf("the first reader waited %v, the second %v, and one that lags behind %v; want the same for the first and the last, and nothing for the second", first, second, last)
		}
	})
}

// Somebody whose address owes for what was rendered for it pays at once, and not when the next line
// comes.
func TestRenderingIsPaidAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startMemoryServer(t, func(s *Server) {
			s.Hub = room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1000, AddressBurst: 1000}}})
		})
		defer s.stop()
		client, _ := s.connect(t, "alice", true)
		alice := startSession(t, client, true)
		bob, err := s.Hub.Enter(t.Context(), room.ClientInfo{RequestedName: "bob", Remote: netip.MustParseAddr("198.51.100.1"), Terminal: true, Waker: eventlog.WakeFunc(func() {})})
		if err != nil {
			t.Fatal(err)
		}
		defer bob.Leave(room.Quit)
		time.Sleep(2 * time.Second)
		if owed := s.Hub.Charge(netip.MustParseAddr("192.0.2.1"), 1250*time.Millisecond); owed <= 0 {
			t.Fatal("alice's address owes nothing")
		}
		for _, line := range []string{"first", "second"} {
			start := time.Now()
			if err := bob.Say(line); err != nil {
				t.Fatal(err)
			}
			alice.expectOutput(line)
			if took := time.Since(start); took > time.Second/2 {
				t.Errorf("alice reads the %s line after %v", line, took)
			}
			time.Sleep(time.Minute)
		}
		client.Close()
		synctest.Wait()
	})
}

// The watchdog disconnects a session whose write takes too long, also when nobody was there for long
// before it; without sessions it does not wake up.
func TestWatchdogSleepsWithoutSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteWatchdog()
		w.start(watchdogTicks * time.Second)
		defer w.stop()
		for range 3 {
			before := w.tick.Load()
			time.Sleep(time.Hour)
			if ticks := w.tick.Load() - before; ticks > 2 {
				t.Errorf("in an hour without sessions the watchdog woke up %d times", ticks)
			}
			c, closed := &session{}, make(chan struct{})
			c.conn = &guardedConn{Conn: closingConn{closed: closed}}
			w.add(c)
			c.writeStarted.Store(w.tick.Load())
			start := time.Now()
			<-closed
			if took := time.Since(start); took < watchdogTicks*time.Second || took > (watchdogTicks+2)*time.Second {
				t.Errorf("a session whose write is stuck is disconnected after %v", took)
			}
			w.remove(c)
		}
	})
}

// A closingConn says when it is closed.
type closingConn struct {
	net.Conn
	closed chan struct{}
}

func (c closingConn) Close() error {
	close(c.closed)
	return nil
}
