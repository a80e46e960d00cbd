package sshd

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/room"
)

// A follow of which nobody reads the output any more ends, as in follow | head: OpenSSH
// tells so, and waits.
func TestFollowThatNobodyReads(t *testing.T) {
	h := open(t, nil)
	client := h.dial(t, "ear")
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.Start("follow"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it follows", func() bool { return strings.Contains(h.log.String(), "command=follow") })
	for range 2 { // the second one means nothing, and may come too late
		if _, err := session.SendRequest("eow@openssh.com", false, nil); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	eventually(t, "it has ended", func() bool {
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	})
	if code := exitCode(t, err); code != exitDone {
		t.Errorf("the exit code is %d", code)
	}
	if out, errs, code := run(t, client, "who"); out != "" || errs != "" || code != exitDone {
		t.Errorf("then who answers %q, %q, %d", out, errs, code)
	}
}

// The place from which follow --since last goes on is after what the client has answered
// for, not after what was written to it.
func TestPlaceWaitsForTheAnswer(t *testing.T) {
	h := open(t, func(s *Server) { s.House.Memory = room.Memory{Lines: 100} })
	key := newSigner(t)
	var told *bufio.Reader // what the latest is told beside what is said
	follow := func(answers bool) (lines *bufio.Reader, asked chan bool, hangUp func()) {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		client := h.comeIn(t, conn, "ear", gossh.PublicKeys(key))
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
			eventually(t, "it has ended", func() bool { return strings.Count(h.log.String(), "follow ended") > ended })
		}
	}
	reads := func(from *bufio.Reader, want string) {
		t.Helper()
		if line, err := from.ReadString('\n'); err != nil || !strings.HasSuffix(line, want+"\n") {
			t.Fatalf("it reads %q, %v instead of %q", line, err, want)
		}
	}
	bob, err := h.House.Enter(room.Visitor{Name: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	says := func(text string) {
		if err := bob.Say(text); err != nil {
			t.Fatal(err)
		}
	}

	lines, asked, hangUp := follow(false)
	reads(told, "this begins now.")
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
	<-asked // so it has answered for two
	hangUp()
	says("four")
	lines, _, hangUp = follow(true)
	if line, err := lines.ReadString('\n'); err != nil || strings.HasSuffix(line, "one\n") || strings.HasSuffix(line, "two\n") {
		t.Errorf("it reads %q again, %v", line, err)
	}
	hangUp()
}
