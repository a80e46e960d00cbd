package cluster_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// A node is cut off for more than 10 s. Meanwhile another one has messages, stores them, and
// stops. The first node still reads them.
func TestStopsWhileCutOff(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	w := s.newProxy(1)
	a, b := startNode(t, s.url(0)), startNode(t, w.url())
	ada, bob := a.enter("ada", ""), b.enter("bob", "")
	ada.expect("+bob")
	b.expectOnline("ada")
	w.setCut(true)
	ada.send("you missed this")
	bob.expectLoss("-ada lost", a, b)
	testkit.Eventually(t, "stored", func() bool { return a.journal.Status().Pending == 0 })
	a.stop()
	w.setCut(false)
	bob.expect("ada: you missed this")
}

// A one-shot command, whose user is not in the room, runs the command of a bot at another node.
func TestBotCommandFromExec(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	robot := b.exec("robot", testFingerprint("robot"))
	for _, words := range [][]string{{"key", "bot"}, {"bot", "commands", `[{"name":"deploy","params":"WHERE","help":"deploys"}]`}, {"follow"}} {
		if _, err := robot.RunCommand(words); err != nil {
			t.Fatal(words, err)
		}
	}
	cron := a.exec("cron", testFingerprint("cron"))
	testkit.Eventually(t, "it is handed over", func() bool {
		e, err := cron.RunCommand([]string{"deploy", "staging"})
		return err == nil && e.(*room.Notice).Code == reply.HandedToBot
	})
	buf := make([]room.Item, 0, 64)
	testkit.Eventually(t, "the robot is handed it", func() bool {
		return slices.ContainsFunc(robot.Take(buf), func(item room.Item) bool {
			_, ok := item.(*room.BotCommand)
			return ok
		})
	})
}

// When a node that was cut off receives what others said meanwhile, that pushes nothing of its
// own out of the ring before the journal has stored it, and its users miss no lines.
func TestHealKeepsUnstoredLines(t *testing.T) {
	testkit.Soak(t, "it fills the ring; TestPartition heals, too")
	t.Parallel()
	s := startNATSServers(t)
	w := s.newProxy(1)
	a, b := startNode(t, s.url(0)), startNode(t, w.url())
	ada, bob := a.enter("ada", testFingerprint("ada")), b.enter("bob", testFingerprint("bob"))
	ada.expect("+bob")
	ada.send("/join kitchen")
	testkit.Eventually(t, "bob hears of the kitchen", func() bool {
		bob.send("/rooms")
		return strings.Contains(strings.Join(bob.lines(), "\n"), "kitchen")
	})
	bob.send("/join kitchen")
	testkit.Eventually(t, "ada sees him come", func() bool {
		return len(slices.DeleteFunc(ada.lines(), func(line string) bool { return line != "+bob" })) == 2
	})
	w.setCut(true)
	bob.expectLoss("-ada lost", a, b)
	for i := range 900 {
		bob.send(fmt.Sprint("mine ", i))
	}
	for i := range 1000 {
		ada.send(fmt.Sprint("yours ", i))
		if i%100 == 0 { // so that she is not refused for being too fast
			ada.expect(fmt.Sprint("ada: yours ", i))
		}
	}
	w.setCut(false)
	testkit.Eventually(t, "all is heard", func() bool {
		return slices.Contains(bob.lines(), "ada: yours 999") && slices.Contains(ada.lines(), "bob: mine 899")
	})
	testkit.Eventually(t, "all is stored", func() bool { return b.journal.Status().Pending == 0 })
	if n := b.journal.Status().Lost; n > 0 {
		t.Errorf("the journal of b has lost %d events", n)
	}
	for _, p := range []*testUser{ada, bob} {
		n := 0
		for _, l := range p.lines() {
			if strings.Contains(l, ": mine ") || strings.Contains(l, ": yours ") {
				n++
			}
		}
		if n != 1900 {
			t.Errorf("%s has read %d lines of 1900", p.name, n)
		}
	}
}

// A node dies and another one starts. A user of the dead node finds what was said since then
// unread.
func TestUnreadMark(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	w := s.newProxy(0)
	a, c := startNode(t, w.url()), startNode(t, s.url(2))
	ada, cleo := a.enter("ada", testFingerprint("ada")), c.enter("cleo", "")
	ada.expect("+cleo")
	c.expectOnline("ada")
	for _, line := range []string{"I am here", "really"} { // by the second line, it is stored who is online
		ada.send(line)
		testkit.Eventually(t, "it is stored", func() bool { return a.journal.Status().Pending == 0 })
		cleo.expect("ada: " + line)
	}
	w.setCut(true)
	cleo.expectLoss("-ada lost", a, c)
	for i := range 5 {
		cleo.send(fmt.Sprint("unread ", i))
	}
	testkit.Eventually(t, "all is stored", func() bool { return c.journal.Status().Pending == 0 })
	unread := func(n *node) int {
		p := n.enter("ada", testFingerprint("ada"))
		arrival, err := welcome.For(p.Session, 50)
		if err != nil {
			t.Fatal(err)
		}
		p.Leave(room.Quit)
		return arrival.Unread
	}
	b := startNode(t, s.url(1))
	if n := unread(b); n < 5 {
		t.Errorf("%d are unread at a node that has started since", n)
	}
}

// The network drops everything that a node sends, without closing the connection.
func TestBlackHole(t *testing.T) {
	testkit.Soak(t, "it waits for ten megabytes to be swallowed; TestPartition has connections end")
	t.Parallel()
	s := startNATSServers(t)
	var hole atomic.Bool
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := strings.TrimPrefix(s.url(1), "nats://")
	carry := func(dst, src net.Conn) {
		buf := make([]byte, 4096)
		for {
			for hole.Load() {
				time.Sleep(10 * time.Millisecond)
			}
			n, err := src.Read(buf)
			if n > 0 {
				if _, err := dst.Write(buf[:n]); err != nil {
					return
				}
			}
			if err != nil {
				_ = dst.Close()
				return
			}
		}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetReadBuffer(16 << 10)
			go carry(server, conn)
			go carry(conn, server)
		}
	}()
	a, b := startNode(t, s.url(0)), startNode(t, "nats://"+l.Addr().String())
	ada, bob := a.enter("ada", ""), b.enter("bob", "")
	ada.expect("+bob")
	b.expectOnline("ada")
	t.Cleanup(func() { hole.Store(false) })
	hole.Store(true)
	long := strings.Repeat("x", 3500)
	go func() {
		for i := 0; i < 3000 && hole.Load(); i++ {
			_ = bob.Say(long)
			time.Sleep(2 * time.Millisecond)
		}
	}()
	bob.expect(i18n.English(string(reply.PeersUnreachable)))
}

// A message in a room that was just created reaches another node.
func TestFirstLineOfNewRoom(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada := a.enter("ada", testFingerprint("ada"))
	b.enter("bob", testFingerprint("bob"))
	ada.expect("+bob")
	b.expectOnline("ada")
	ada.send("/join kitchen")
	ada.send("first line")
	for _, n := range []*node{a, b} {
		testkit.Eventually(t, "it is in the history", func() bool {
			v, _, err := n.Exec(t.Context(), room.ClientInfo{RequestedName: "x", Fingerprint: ids.Fingerprint(testFingerprint("x")), Door: "ssh", Room: "kitchen"})
			if err != nil { // the room is not known yet
				return false
			}
			defer v.Leave(room.Quit)
			e, err := command.NewRunner(v).RunCommand([]string{"history"})
			return err == nil && len(e.(*command.HistoryPage).Messages) == 1
		})
	}
}
