package stories

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// Protects talk when a node is told to stop while the NATS servers can keep nothing:
// two of three have died, and the one that is left has nobody to elect it. People go at once, what they said waits
// for the servers, and none of it is missing afterwards.
func TestStopDuringAnElection(t *testing.T) {
	t.Parallel()
	long(t)
	const lines = 200
	n := &nodes{t: t}
	n.startServers()
	h := start(t, "--nats", "nats://"+n.servers[0].addr())
	speaker := h.nc("speaker")
	speaker.types("before")
	speaker.sees("speaker:before\n")
	for _, s := range n.servers[1:] {
		s.signal(syscall.SIGKILL)
		eventually(t, "the server has ended", s.isGone)
	}
	for i := range lines {
		speaker.types(fmt.Sprint("line ", i))
	}
	speaker.sees(fmt.Sprintf("speaker:line %d\n", lines-1))
	h.signal(syscall.SIGTERM)
	speaker.sees("服务器正在停止。再见。\n")
	h.until("what was said last is not stored yet; waiting for that")
	for _, s := range n.servers[1:] {
		s.start()
	}
	h.exits(0)
	if e := h.logged("not all that was said is kept"); e != nil {
		t.Errorf("it gave up: %v", e)
	}
	h = startIn(t, h.data, "--nats", "nats://"+n.servers[0].addr())
	kept := ask(t, with(h.ssh("reader"), fmt.Sprint("history ", 2*lines))).out
	for i := range lines {
		if strings.Count(kept, fmt.Sprintf(": line %d\n", i)) != 1 {
			t.Fatalf("line %d is not there once", i)
		}
	}
}

// Protects operators who cannot wait for a store that hangs: they read what it waits for,
// and a second signal ends it.
func TestSecondSignalWhileStoring(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	h := start(t, "--nats", "nats://"+s.addr())
	speaker := h.nc("speaker")
	s.signal(syscall.SIGSTOP)
	speaker.types("nobody will know")
	speaker.sees("speaker:nobody will know\n")
	h.signal(syscall.SIGTERM)
	e := h.until("what was said last is not stored yet; waiting for that")
	if e["events"] == "" || e["events"] == "0" {
		t.Errorf("it waits for %v", e)
	}
	h.signal(syscall.SIGTERM)
	h.exits(1)
}
