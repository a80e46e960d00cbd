package stories

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// threeNodes has the script start a house of three nodes, and returns the script and
// the nodes.
func threeNodes(t *testing.T) (*client, []*house) {
	t.Helper()
	need(t, "bash", "go", "ssh")
	dir, first := t.TempDir(), freePorts(t, host, 12)
	script := launch(t, "bash", filepath.Join("..", "deploy", "three-nodes.sh"), dir, strconv.Itoa(first))
	t.Cleanup(func() {
		_ = script.process.Signal(syscall.SIGTERM)
		script.exits(0)
	})
	within(t, buildTime, "the programs are built", func() bool { return script.isGone() || exists(filepath.Join(dir, "nats-1.log")) })
	script.sees("Ctrl-C ends all of it.")

	var nodes []*house
	for i := range 3 {
		onFailure(t, "node", func() string {
			log, _ := os.ReadFile(filepath.Join(dir, "node-"+strconv.Itoa(i+1)+".log"))
			return string(log)
		})
		nodes = append(nodes, &house{
			client: script,
			addrs:  map[string]string{"ssh": net.JoinHostPort(host, strconv.Itoa(first+i))},
			hosts:  filepath.Join(dir, "known_hosts"),
		})
	}
	return script, nodes
}

// Protects who tries the script for three nodes: it works as it is, people at
// different nodes are in one room with one name each, a NATS server that dies disturbs
// nobody, and who comes to another node later reads what was said. Who was killed, or
// stopped, is told of in a sentence, and comes back.
func TestThreeNodes(t *testing.T) {
	t.Parallel()
	long(t)
	script, nodes := threeNodes(t)
	id := newKey(t)
	alice, bob := nodes[0].enterAs("alice", id), nodes[1].enter("bob")
	alice.shows("* bob joined")
	alice.says("hello from one")
	bob.shows("alice✓: hello from one")
	ask(t, with(nodes[2].sshAs("alice", key(id)...), "say hello from three")).want(t, 0, "", "")
	alice.shows("alice✓: hello from three")
	bob.shows("alice✓: hello from three")

	end(t, script, `kill -9 (\d+) +a NATS server`, syscall.SIGKILL)
	script.sees("nats-1 has ended. To have it back: kill -USR1 ")
	bob.says("still here")
	alice.shows("bob: still here")
	eventually(t, "who asks node three reads it in the history", func() bool {
		return strings.Contains(ask(t, with(nodes[2].ssh("carol"), "history")).out, "bob: still here")
	})

	end(t, script, `kill -9 \d+ +a node, and so \d+ and (\d+)`, syscall.SIGTERM)
	script.sees("node-3 has ended. To have it back: kill -USR1 ")
	if err := script.process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	script.sees("nats-1 is back: process ", "node-3 is back: process ")
	ask(t, with(nodes[2].ssh("dave"), "say hello again")).want(t, 0, "", "")
	alice.shows("dave: hello again")
	if complaint := script.err.String(); strings.Contains(complaint, "Killed") || strings.Contains(complaint, "line ") {
		t.Errorf("the shell has something to say: %s", complaint)
	}
}

// end has a process end of which the script tells.
func end(t *testing.T, script *client, told string, how syscall.Signal) {
	t.Helper()
	found := regexp.MustCompile(told).FindStringSubmatch(script.out.String())
	if found == nil {
		t.Fatalf("the script does not tell of %q", told)
	}
	pid, _ := strconv.Atoi(found[1])
	if err := syscall.Kill(pid, how); err != nil {
		t.Fatal(err)
	}
}
