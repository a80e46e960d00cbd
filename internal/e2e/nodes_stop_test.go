package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects messages when a node stops while the NATS servers can store nothing: two of three have
// died, so that the third cannot be elected. Users are disconnected at once, their messages wait
// for the servers, and none is missing afterwards.
func TestStopDuringAnElection(t *testing.T) {
	t.Parallel()
	soak(t)
	const lines = 200
	n := &testCluster{t: t}
	n.startServers()
	h := startServer(t, "--nats", "nats://"+n.nats[0].addr())
	speaker := h.nc("speaker")
	speaker.sendLines("before")
	speaker.expect("speaker:before\n")
	for _, s := range n.nats[1:] {
		s.signal(syscall.SIGKILL)
		eventually(t, "the NATS server ends", s.hasExited)
	}
	for i := range lines {
		speaker.sendLines(fmt.Sprint("line ", i))
	}
	speaker.expect(fmt.Sprintf("speaker:line %d\n", lines-1))
	h.signal(syscall.SIGTERM)
	speaker.expect(testkit.Chinese(reply.GoodbyeStopping) + "\n")
	h.waitLog("the latest messages are not stored yet; waiting")
	for _, s := range n.nats[1:] {
		s.start()
	}
	h.waitExit(0)
	if e := h.findLog("some messages could not be stored"); e != nil {
		t.Errorf("the server gave up storing: %v", e)
	}
	h = startServerIn(t, h.data, "--nats", "nats://"+n.nats[0].addr())
	kept := runClient(t, withCommand(h.ssh("reader"), fmt.Sprint("history ", 2*lines))).out
	for i := range lines {
		if strings.Count(kept, fmt.Sprintf(": line %d\n", i)) != 1 {
			t.Fatalf("history does not have line %d exactly once", i)
		}
	}
}

// Protects operators from a store that hangs at shutdown: they read what the server waits for, and
// a second signal ends it.
func TestSecondSignalWhileStoring(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	h := startServer(t, "--nats", "nats://"+s.addr())
	speaker := h.nc("speaker")
	s.signal(syscall.SIGSTOP)
	speaker.sendLines("nobody will know")
	speaker.expect("speaker:nobody will know\n")
	h.signal(syscall.SIGTERM)
	e := h.waitLog("the latest messages are not stored yet; waiting")
	if e["events"] == "" || e["events"] == "0" {
		t.Errorf("the log does not say how many messages wait: %v", e)
	}
	h.signal(syscall.SIGTERM)
	h.waitExit(1)
}
