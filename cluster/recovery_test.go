package cluster_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"teahouse/room"
)

// A node is cut off for longer than 10 s; meanwhile another one speaks, has it stored, and
// stops. The one that was cut off reads it all the same.
func TestStopsWhileCutOff(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	w := s.wire(1)
	a, b := startNode(t, s.url(0)), startNode(t, w.url())
	ada, bob := a.enter("ada", ""), b.enter("bob", "")
	ada.sees("+bob")
	bob.sees("+ada")
	w.setCut(true)
	ada.does("you missed this")
	bob.sees("-ada lost")
	eventually(t, "stored", func() bool { return a.journal.Status().Behind == 0 })
	a.stop()
	w.setCut(false)
	bob.sees("ada: you missed this")
}

// A program that is nobody in the room has a bot at another node do something.
func TestVisitorAsksBot(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	robot := b.visit("robot", keyOf("robot"))
	for _, words := range [][]string{{"key", "bot"}, {"bot", "commands", `[{"name":"deploy","params":"WHERE","help":"deploys"}]`}, {"follow"}} {
		if _, err := robot.Do(words); err != nil {
			t.Fatal(words, err)
		}
	}
	cron := a.visit("cron", keyOf("cron"))
	eventually(t, "it is handed over", func() bool {
		e, err := cron.Do([]string{"deploy", "staging"})
		return err == nil && e.Phrase == room.HandedToBot
	})
	buf := make([]*room.Event, 0, 64)
	eventually(t, "the robot is handed it", func() bool {
		return slices.ContainsFunc(robot.Take(buf), func(e *room.Event) bool { return e.Kind == room.Commanded })
	})
}

// What others said meanwhile pushes nothing that a node which was cut off said itself off
// the ring, before its journal has stored it; and its people miss no lines.
func TestHealFloods(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	w := s.wire(1)
	a, b := startNode(t, s.url(0)), startNode(t, w.url())
	ada, bob := a.enter("ada", keyOf("ada")), b.enter("bob", keyOf("bob"))
	ada.sees("+bob")
	ada.does("/join kitchen")
	eventually(t, "bob hears of the kitchen", func() bool {
		bob.does("/rooms")
		return strings.Contains(strings.Join(bob.lines(), "\n"), "kitchen")
	})
	bob.does("/join kitchen")
	eventually(t, "ada sees him come", func() bool {
		return len(slices.DeleteFunc(ada.lines(), func(line string) bool { return line != "+bob" })) == 2
	})
	w.setCut(true)
	bob.sees("-ada lost")
	for i := range 900 {
		bob.does(fmt.Sprint("mine ", i))
	}
	for i := range 1000 {
		ada.does(fmt.Sprint("yours ", i))
		if i%100 == 0 { // so that she is not too slow for herself
			ada.sees(fmt.Sprint("ada: yours ", i))
		}
	}
	w.setCut(false)
	eventually(t, "all is heard", func() bool {
		return slices.Contains(bob.lines(), "ada: yours 999") && slices.Contains(ada.lines(), "bob: mine 899")
	})
	eventually(t, "all is stored", func() bool { return b.journal.Status().Behind == 0 })
	if n := b.journal.Status().Lost; n > 0 {
		t.Errorf("the journal of b has lost %d events", n)
	}
	for _, p := range []*person{ada, bob} {
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

// A node dies, and another one starts: who was at the dead one has not read what was said
// since.
func TestUnreadMark(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	w := s.wire(0)
	a, c := startNode(t, w.url()), startNode(t, s.url(2))
	ada, cleo := a.enter("ada", keyOf("ada")), c.enter("cleo", "")
	ada.sees("+cleo")
	cleo.sees("+ada")
	for _, line := range []string{"I am here", "really"} { // by the second it is stored who is here
		ada.does(line)
		eventually(t, "it is stored", func() bool { return a.journal.Status().Behind == 0 })
		cleo.sees("ada: " + line)
	}
	w.setCut(true)
	cleo.sees("-ada lost")
	for i := range 5 {
		cleo.does(fmt.Sprint("unread ", i))
	}
	eventually(t, "all is stored", func() bool { return c.journal.Status().Behind == 0 })
	unread := func(n *node) int {
		p := n.enter("ada", keyOf("ada"))
		arrival, err := p.Arrive(50)
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

// The network swallows what a node sends, and closes nothing.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	s := startServers(t)
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
	ada.sees("+bob")
	bob.sees("+ada")
	t.Cleanup(func() { hole.Store(false) })
	hole.Store(true)
	long := strings.Repeat("x", 3500)
	go func() {
		for i := 0; i < 3000 && hole.Load(); i++ {
			_ = bob.Say(long)
			time.Sleep(2 * time.Millisecond)
		}
	}()
	bob.sees(string(room.CutOff))
}

// What is said in a room right after it was founded is heard at another node.
func TestFirstLineOfARoom(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada, bob := a.enter("ada", keyOf("ada")), b.enter("bob", keyOf("bob"))
	ada.sees("+bob")
	bob.sees("+ada")
	ada.does("/join kitchen")
	ada.does("first line")
	for _, n := range []*node{a, b} {
		eventually(t, "it is in the history", func() bool {
			v, _, err := n.Visit(room.Visitor{Name: "x", Key: keyOf("x"), Door: "ssh", Room: "kitchen"})
			if err != nil { // the room is not known yet
				return false
			}
			defer v.Leave(room.Quit)
			e, err := v.Do([]string{"history"})
			return err == nil && len(e.Past) == 1
		})
	}
}
