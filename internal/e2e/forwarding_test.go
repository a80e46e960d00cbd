package e2e

import (
	"bytes"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
)

// checkNotForwarded checks that a client reads nothing but EOF: the door that it would be forwarded
// to greets its clients.
func checkNotForwarded(t *testing.T, network, addr, hello string) {
	t.Helper()
	conn, err := net.DialTimeout(network, addr, waitTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(waitTimeout))
	_, _ = io.WriteString(conn, hello) // it may already be closed
	got, err := io.ReadAll(conn)
	if ne, ok := err.(net.Error); ok && ne.Timeout() || bytes.Contains(got, []byte("已上线")) {
		t.Errorf("through the forwarded port, nc reads %q, %v", got, err)
	}
}

// Protects the network behind the server: ssh -L and -D lead nowhere, and users who try stay in the
// room.
func TestLocalForwardingIsRefused(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	socket := filepath.Join(shortDir(t), "forward")
	alice := launch(t, h.ssh("alice", "-T", "-L", socket+":"+h.addrs["classic"])...)
	alice.expect("* alice joined\n")
	checkNotForwarded(t, "unix", socket, "")
	alice.expectStderr("open failed")

	l, err := net.Listen("tcp", sshHost+":0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	socks := l.Addr().String()
	l.Close()
	bob := launch(t, h.ssh("bob", "-T", "-D", socks)...)
	bob.expect("* bob joined\n")
	// SOCKS 4: connect to port 1 of 127.0.0.1.
	checkNotForwarded(t, "tcp", socks, "\x04\x01\x00\x01\x7f\x00\x00\x01\x00")
	bob.expectStderr("open failed")

	bob.sendLines("still here")
	alice.expect("bob: still here\n")
}

// Protects the server's own ports, and the networks of its clients.
func TestOtherForwardingIsRefused(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	runClient(t, h.ssh("alice", "-N", "-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:0:127.0.0.1:1")).
		check(t, 255, "", "remote port forwarding failed")
	runClient(t, h.ssh("alice", "-W", h.addrs["classic"])).check(t, 255, "", "open failed: administratively prohibited: nothing is forwarded here; this is a chat")
	runClient(t, withCommand(h.ssh("alice", "-s"), "sftp")).check(t, 2, "", testkit.EnglishPart("sshd-no-subsystem", 0))

	b := h.sshClient(t, "bob")
	session := b.session()
	x11 := gossh.Marshal(struct {
		Single           bool
		Protocol, Cookie string
		Screen           uint32
	}{false, "MIT-MAGIC-COOKIE-1", "00", 0})
	for request, payload := range map[string][]byte{"auth-agent-req@openssh.com": nil, "x11-req": x11} {
		if ok, err := session.SendRequest(request, true, payload); ok || err != nil {
			t.Errorf("the request %s was granted: %v, %v", request, ok, err)
		}
	}
	for _, channel := range []string{"direct-tcpip", "direct-streamlocal@openssh.com", "tun@openssh.com"} {
		if _, _, err := b.client.OpenChannel(channel, nil); err == nil {
			t.Errorf("the server opened a channel of type %s", channel)
		}
	}
	if out, err := session.Output("help"); err != nil || len(out) == 0 {
		t.Errorf("after refused requests, help answers %q, %v", out, err)
	}
}

// Protects people with ForwardAgent or ForwardX11 in their configuration: they get in like
// everybody else.
func TestForwardingConfigIsHarmless(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	agent := newAgent(t, newKey(t))
	argv := h.sshAs("alice", "-o", "IdentityFile=none", "-o", "IdentityAgent="+agent, "-A", "-X", "-T")
	runClient(t, append([]string{"env", "DISPLAY=:99"}, argv...), "hello\n").
		check(t, 0, "* alice joined\nalice: hello\n", "X11 forwarding request failed")
}
