package e2e

import (
	"net"
	"net/http"
	"syscall"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects users of a server that is replaced by another: each is told in their own language where
// to reconnect, and programs read it in a field.
func TestShutdownAdvertisesAddress(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--advertise", "tea.example:2222", "--listen", "ssh://127.0.0.1:0",
		"--listen", "classic://127.0.0.1:0?idle=0", "--listen", "gopl://127.0.0.1:0", "--listen", "relay://127.0.0.1:0")
	alice, li, bob := h.enter("alice"), h.enterChinese("小明"), h.nc("bob")
	pipe := launch(t, h.ssh("pipe", "-T")...)
	pipe.expect("* pipe joined\n")
	gopl, relay := h.ncTo("gopl"), h.ncTo("relay")
	gopl.expect("You are 127.0.0.1:")
	h.waitLog("connected", "door", "relay")
	eye, ear := launch(t, withCommand(h.ssh("eye"), "follow --json")...), launch(t, withCommand(h.ssh("ear"), "follow")...)
	h.waitFollowers(2)

	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	english := testkit.English(reply.GoodbyeRedirect, "tea.example", "ssh -p 2222 tea.example")
	chinese := testkit.Chinese(reply.GoodbyeRedirect, "tea.example", "ssh -p 2222 tea.example")
	alice.expect("* "+english, "[exit 0]")
	li.expect("* " + chinese)
	bob.expect(chinese + "\n")
	gopl.expect(english + "\n")
	pipe.expectStderr(english)
	ear.waitExit(75)
	ear.expectStderr(english)
	eye.waitExit(75)
	eye.expect(`"reason":"stopping","advertise":"tea.example:2222"}`)
	relay.expectNot("tea.example")
}

// Protects users who connect at the wrong moment: from the moment it is told to stop, a server is
// not ready and admits nobody, however long a session keeps it waiting.
func TestNoNewSessionsWhileStopping(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--metrics", ":0")
	h.sshClient(t, "stuck").terminal() // and never reads
	h.waitLog("connected", "user", "stuck")
	h.overflowWindow(t)
	h.signal(syscall.SIGTERM)
	h.waitLog("stopping")
	for _, door := range []string{"ssh", "classic"} {
		eventually(t, "the "+door+" door takes in nobody any more", func() bool {
			conn, err := net.Dial("tcp", h.addrs[door])
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
	}
	if code, body := h.get("/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("while the server stops, /readyz answers %d %q", code, body)
	}
	if h.hasExited() {
		t.Error("the server ended before anybody could see it stopping")
	}
	h.waitExit(0)
}
