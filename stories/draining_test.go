package stories

import (
	"net"
	"net/http"
	"syscall"
	"testing"
)

// Protects people from a server that is replaced by another: each of them is told, in
// their words, where to come in again, and programs in a field.
func TestWhereToComeInAgain(t *testing.T) {
	t.Parallel()
	h := start(t, "--advertise", "tea.example:2222", "--listen", "ssh://127.0.0.1:0",
		"--listen", "classic://127.0.0.1:0?idle=0", "--listen", "gopl://127.0.0.1:0", "--listen", "relay://127.0.0.1:0")
	alice, li, bob := h.enter("alice"), h.enterChinese("小明"), h.nc("bob")
	pipe := launch(t, h.ssh("pipe", "-T")...)
	pipe.sees("* pipe joined\n")
	gopl, relay := h.ncAt("gopl"), h.ncAt("relay")
	gopl.sees("You are 127.0.0.1:")
	h.until("connected", "door", "relay")
	eye, ear := launch(t, with(h.ssh("eye"), "follow --json")...), launch(t, with(h.ssh("ear"), "follow")...)
	h.following(2)

	h.signal(syscall.SIGTERM)
	h.exits(0)
	const english, chinese = "The server is stopping. Come in again at tea.example: ssh -p 2222 tea.example", "服务器正在停止。请到 tea.example 再次进入：ssh -p 2222 tea.example"
	alice.shows("* "+english, "[exit 0]")
	li.shows("* " + chinese)
	bob.sees(chinese + "\n")
	gopl.sees(english + "\n")
	pipe.isTold(english)
	ear.exits(75)
	ear.isTold(english)
	eye.exits(75)
	eye.sees(`"reason":"stopping","advertise":"tea.example:2222"}`)
	relay.hasNotSeen("tea.example")
}

// Protects who comes at the wrong moment: a house that stops is not ready and takes
// nobody in from the beginning, however long somebody inside keeps it waiting.
func TestStoppingTakesNobodyIn(t *testing.T) {
	t.Parallel()
	h := start(t, "--metrics", ":0")
	h.bare(t, "stuck").terminal() // and never reads
	h.until("connected", "user", "stuck")
	h.flood(t)
	h.signal(syscall.SIGTERM)
	h.until("stopping")
	for _, door := range []string{"ssh", "classic"} {
		eventually(t, "nobody is taken in at the door "+door, func() bool {
			conn, err := net.Dial("tcp", h.addrs[door])
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
	}
	if code, body := h.curl("/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("it is ready: %d %q", code, body)
	}
	if h.isGone() {
		t.Error("it ended before that could be seen")
	}
	h.exits(0)
}
