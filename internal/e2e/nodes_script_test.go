package e2e

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/testkit"
)

// startThreeNodesScript starts a cluster of three nodes with the script, and returns the script and
// the nodes.
func startThreeNodesScript(t *testing.T) (*client, []*chatServer) {
	t.Helper()
	requirePrograms(t, "bash", "go", "ssh")
	dir, first := t.TempDir(), freePorts(t, sshHost, 12)
	script := launch(t, "bash", filepath.Join("..", "..", "deploy", "three-nodes.sh"), dir, strconv.Itoa(first))
	t.Cleanup(func() {
		_ = script.process.Signal(syscall.SIGTERM)
		script.waitExit(0)
	})
	testkit.Within(t, buildTimeout, "the programs are built", func() bool { return script.hasExited() || exists(filepath.Join(dir, "nats-1.log")) })
	script.expect("Ctrl-C ends all of it.")

	var nodes []*chatServer
	for i := range 3 {
		onFailure(t, "node", func() string {
			log, _ := os.ReadFile(filepath.Join(dir, "node-"+strconv.Itoa(i+1)+".log"))
			return string(log)
		})
		nodes = append(nodes, &chatServer{
			client:     script,
			addrs:      map[string]string{"ssh": net.JoinHostPort(sshHost, strconv.Itoa(first+i))},
			knownHosts: filepath.Join(dir, "known_hosts"),
		})
	}
	return script, nodes
}

// Protects operators who try the script for three nodes: it works unchanged, users at different
// nodes share a room, with one name each, a NATS server that dies disturbs nobody, and users who
// enter at another node later read what was said. The script reports each process that was killed
// or stopped, and restarts it.
func TestThreeNodesScript(t *testing.T) {
	t.Parallel()
	soak(t)
	script, nodes := startThreeNodesScript(t)
	id := newKey(t)
	alice, bob := nodes[0].enterAs("alice", id), nodes[1].enter("bob")
	alice.expect("* bob joined")
	alice.enterLine("hello from one")
	bob.expect("alice✓: hello from one")
	runClient(t, withCommand(nodes[2].sshAs("alice", withKey(id)...), "say hello from three")).check(t, 0, "", "")
	alice.expect("alice✓: hello from three")
	bob.expect("alice✓: hello from three")

	endProcess(t, script, `kill -9 (\d+) +a NATS server`, syscall.SIGKILL)
	script.expect("nats-1 has ended. To have it back: kill -USR1 ")
	bob.enterLine("still here")
	alice.expect("bob: still here")
	eventually(t, "history at node three has the message", func() bool {
		return strings.Contains(runClient(t, withCommand(nodes[2].ssh("carol"), "history")).out, "bob: still here")
	})

	endProcess(t, script, `kill -9 \d+ +a node, and so \d+ and (\d+)`, syscall.SIGTERM)
	script.expect("node-3 has ended. To have it back: kill -USR1 ")
	if err := script.process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	script.expect("nats-1 is back: process ", "node-3 is back: process ")
	runClient(t, withCommand(nodes[2].ssh("dave"), "say hello again")).check(t, 0, "", "")
	alice.expect("dave: hello again")
	if complaint := script.err.String(); strings.Contains(complaint, "Killed") || strings.Contains(complaint, "line ") {
		t.Errorf("the shell printed errors: %s", complaint)
	}
}

// endProcess ends a process of the script.
func endProcess(t *testing.T, script *client, told string, how syscall.Signal) {
	t.Helper()
	found := regexp.MustCompile(told).FindStringSubmatch(script.out.String())
	if found == nil {
		t.Fatalf("the script's output lacks %q", told)
	}
	pid, _ := strconv.Atoi(found[1])
	if err := syscall.Kill(pid, how); err != nil {
		t.Fatal(err)
	}
}
