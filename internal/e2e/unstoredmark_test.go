package e2e

import (
	"strings"
	"syscall"
	"testing"
)

// Protects users who rely on the history while the store is unavailable: each line that is not
// stored is marked, for people and for programs, until it is.
func TestUnstoredMark(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	h := startServer(t, "--nats", "nats://"+s.addr())
	id := newKey(t)
	alice, ming := h.enterAs("alice", id), h.enterChinese("小明")
	alice.enterLine("safe and sound")
	eventually(t, "the store has the message", func() bool {
		return strings.Contains(h.exec("alice", id, "export").out, "safe and sound")
	})
	marked := func(stored bool, line string) bool {
		r := runClient(t, withCommand(h.ssh("reader"), "history --json"))
		for one := range strings.Lines(r.out) {
			if strings.Contains(one, line) {
				return strings.Contains(one, `,"stored":false}`) == !stored
			}
		}
		t.Fatalf("history lacks %s: %+v", line, r)
		return false
	}
	s.signal(syscall.SIGTERM)
	eventually(t, "the NATS server ends", s.hasExited)
	alice.enterLine("in memory alone")
	alice.expect("alice✓: in memory alone")
	eventually(t, "history marks the message that is not stored", func() bool { return marked(false, "in memory alone") })
	if !marked(true, "safe and sound") {
		t.Error("history marks a message that is stored")
	}
	r := runClient(t, withCommand(h.ssh("reader"), "history"))
	if !strings.Contains(r.out, "Z alice: safe and sound\n") || !strings.Contains(r.out, "Z [not stored yet] alice: in memory alone\n") {
		t.Errorf("history answers %+v", r)
	}
	alice.enterLine("/search alone")
	alice.expect("] [not stored yet] alice✓: in memory alone")
	ming.enterLine("/search alone")
	ming.expect("] [尚未保存] alice✓: in memory alone")

	s.start()
	eventually(t, "history marks nothing any more", func() bool { return marked(true, "in memory alone") })
}
