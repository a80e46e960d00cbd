package stories

import (
	"path/filepath"
	"testing"
)

// Protects people whose SSH client shares one connection (ControlMaster): a
// command and a second terminal work beside the first, and too many are refused
// without harm to those there are.
func TestControlMaster(t *testing.T) {
	t.Parallel()
	h := start(t)
	socket := filepath.Join(shortDir(t), "master")
	master := h.enter("alice", "-M", "-S", socket)
	// A client that cannot share must not connect on its own.
	shared := []string{"-S", socket, "-o", "ProxyCommand=false"}

	ask(t, with(h.ssh("alice", shared...), "who")).want(t, 0, "alice\n", "")
	second := open(t, h.ssh("alice", shared...)...)
	second.shows("* Welcome to teahouse, alice-2.")
	second.says("from the second")
	master.shows("alice-2: from the second")

	var pipes []*client
	for range 6 {
		pipe := launch(t, h.ssh("alice", append(shared, "-T")...)...)
		pipe.sees("* alice-", " joined\n")
		pipes = append(pipes, pipe)
	}
	ask(t, with(h.ssh("alice", shared...), "who")).want(t, 255, "", "refused")

	master.says("still here")
	second.shows("alice: still here")
	pipes[0].sees("alice: still here\n")
	pipes[0].stdin.Close()
	pipes[0].exits(0)
	eventually(t, "there is room again", func() bool {
		return ask(t, with(h.ssh("alice", shared...), "who")).code == 0
	})
}
