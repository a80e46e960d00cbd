package sshd

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// A follow ends when nobody reads its output any more, as in follow | head: OpenSSH reports
// that, and waits.
func TestFollowUnread(t *testing.T) {
	h := startServer(t, nil)
	client := h.dial(t, "ear")
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.Start("follow"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the client follows the room", func() bool { return strings.Contains(h.log.String(), "command=follow") })
	for range 2 { // the second one means nothing, and may come too late
		if _, err := session.SendRequest("eow@openssh.com", false, nil); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	testkit.Eventually(t, "follow has ended", func() bool {
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	})
	if code := exitCode(t, err); code != exitOK {
		t.Errorf("follow, whose output nobody reads, exits with %d, want %d", code, exitOK)
	}
	if out, errs, code := run(t, client, "who"); out != "" || errs != "" || code != exitOK {
		t.Errorf("after that ssh host who prints %q, says %q and exits with %d, want nothing and %d", out, errs, code, exitOK)
	}
}

// follow --since last continues after what the client has confirmed, not after what was written
// to it.
func TestFollowPositionWaitsForAnswer(t *testing.T) {
	h := startServer(t, func(s *Server) { s.Hub = room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}}) })
	key := testkit.NewSigner(t)
	var told *bufio.Reader // the latest client's notices
	follow := func(answers bool) (lines *bufio.Reader, asked chan bool, hangUp func()) {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		client := h.connectOver(t, conn, "ear", gossh.PublicKeys(key))
		channel, requests, err := client.OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		asked = make(chan bool, 1)
		go func() {
			for r := range requests {
				if answers {
					_ = r.Reply(false, nil)
				}
				select {
				case asked <- true:
				default:
				}
			}
		}()
		if ok, err := channel.SendRequest("exec", true, gossh.Marshal(struct{ Command string }{"follow --since last"})); err != nil || !ok {
			t.Fatal(ok, err)
		}
		told = bufio.NewReader(channel.Stderr())
		ended := strings.Count(h.log.String(), "follow ended")
		return bufio.NewReader(channel), asked, func() {
			client.Close()
			testkit.Eventually(t, "follow has ended", func() bool { return strings.Count(h.log.String(), "follow ended") > ended })
		}
	}
	reads := func(from *bufio.Reader, want string) {
		t.Helper()
		if line, err := from.ReadString('\n'); err != nil || !strings.HasSuffix(line, want+"\n") {
			t.Fatalf("follow prints %q (error %v), want %q", line, err, want)
		}
	}
	bob, err := h.Hub.Enter(t.Context(), room.ClientInfo{RequestedName: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	says := func(text string) {
		if err := bob.Say(text); err != nil {
			t.Fatal(err)
		}
	}

	lines, asked, hangUp := follow(false)
	reads(told, testkit.EnglishPart(reply.NoReadMarker, 1))
	says("one")
	reads(lines, "bob: one")
	<-asked
	hangUp()
	says("two")
	lines, asked, hangUp = follow(true)
	reads(lines, "bob: one") // nobody knows whether the first one has it
	reads(lines, "bob: two")
	<-asked
	says("three")
	reads(lines, "bob: three")
	<-asked // so it has confirmed two
	hangUp()
	says("four")
	lines, _, hangUp = follow(true)
	if line, err := lines.ReadString('\n'); err != nil || strings.HasSuffix(line, "one\n") || strings.HasSuffix(line, "two\n") {
		t.Errorf("follow --since last prints again %q (error %v), which the client had confirmed", line, err)
	}
	hangUp()
}

// A client that stops reading for a while, during which more is said than the room's ring holds,
// is told that it has missed something, and can get all of it with its last id.
func TestFollowGap(t *testing.T) {
	t.Parallel()
	h := startServer(t, func(s *Server) {
		s.WriteTimeout = time.Hour // however long that takes on a busy machine
		s.Hub = room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 10_000}})
	})
	client := h.dialWithKey(t, "robot")
	follow := func(since string) (next func() (line followedEvent), stop func() error) {
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		out, _ := session.StdoutPipe()
		if err := session.Start("follow --json --since " + since); err != nil {
			t.Fatal(err)
		}
		lines := json.NewDecoder(out)
		return func() (line followedEvent) {
			t.Helper()
			timer := time.AfterFunc(waitTimeout, func() { session.Close() })
			defer timer.Stop()
			if err := lines.Decode(&line); err != nil {
				t.Fatal(err)
			}
			return line
		}, session.Close
	}
	bob, err := h.Hub.Enter(t.Context(), room.ClientInfo{RequestedName: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	// More than the window and the room's ring hold.
	const many = 1900
	next, stop := follow("last")
	if first := next(); first.Type != "gap" { // it follows
		t.Fatalf("follow --json prints first %v, want a gap", first)
	}
	for i := range many {
		if err := bob.Say(fmt.Sprintf("%d %s", i, strings.Repeat("x", 3900))); err != nil {
			t.Fatal(err)
		}
	}
	read, last := 0, ""
	for line := next(); line.Type != "missed"; line = next() {
		if want := fmt.Sprint(read, " "); line.Type != "message" || !strings.HasPrefix(line.Text, want) {
			t.Fatalf("after %d lines follow prints %.100v, want the next line, or that lines were missed", read, line)
		}
		read, last = read+1, line.ID
	}
	_ = stop()
	next, stop = follow(last)
	defer func() { _ = stop() }()
	for ; read < many; read++ {
		if line, want := next(), fmt.Sprint(read, " "); !strings.HasPrefix(line.Text, want) {
			t.Fatalf("follow --since ID prints %.100v after %d lines, want the next line", line, read)
		}
	}
}

// A followedEvent is a line that a program reads.
type followedEvent struct{ Type, ID, Text string }
