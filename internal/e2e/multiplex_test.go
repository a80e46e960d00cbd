package e2e

import (
	"path/filepath"
	"testing"

	"teahouse/internal/testkit"
)

// Protects people whose SSH client shares one connection (ControlMaster): a command and a second
// terminal work beside the first, and sessions beyond the limit are refused without harm to the
// others.
func TestControlMaster(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	socket := filepath.Join(shortDir(t), "master")
	master := h.enter("alice", "-M", "-S", socket)
	// A client that cannot share must not connect on its own.
	shared := []string{"-S", socket, "-o", "ProxyCommand=false"}

	runClient(t, withCommand(h.ssh("alice", shared...), "who")).check(t, 0, "alice\n", "")
	second := openScreen(t, h.ssh("alice", shared...)...)
	second.expect("* " + testkit.EnglishPart("sshd-welcome-line", 0) + "alice-2.")
	second.enterLine("from the second")
	master.expect("alice-2: from the second")

	var pipes []*client
	for range 6 {
		pipe := launch(t, h.ssh("alice", append(shared, "-T")...)...)
		pipe.expect("* alice-", " joined\n")
		pipes = append(pipes, pipe)
	}
	runClient(t, withCommand(h.ssh("alice", shared...), "who")).check(t, 255, "", "refused")

	master.enterLine("still here")
	second.expect("alice: still here")
	pipes[0].expect("alice: still here\n")
	pipes[0].stdin.Close()
	pipes[0].waitExit(0)
	eventually(t, "another session gets in over the same connection", func() bool {
		return runClient(t, withCommand(h.ssh("alice", shared...), "who")).code == 0
	})
}
