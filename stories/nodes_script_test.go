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
	dir, first := t.TempDir(), freePorts(t, 9)
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

// freePorts returns the first of so many ports in a row that nobody has.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	for first := 20000 + os.Getpid()%10000; first < 32000; first += n {
		if areFree(first, n) {
			return first
		}
	}
	t.Fatal("no ports are free")
	return 0
}

func areFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return false
		}
		defer l.Close()
	}
	return true
}

// Protects who tries the script for three nodes: it works as it is, people at
// different nodes are in one room with one name each, a NATS server that dies disturbs
// nobody, and who comes to another node later reads what was said.
func TestThreeNodes(t *testing.T) {
	t.Parallel()
	script, nodes := threeNodes(t)
	id := newKey(t)
	alice, bob := nodes[0].enterAs("alice", id), nodes[1].enter("bob")
	alice.shows("* bob joined")
	alice.says("hello from one")
	bob.shows("alice✓: hello from one")
	ask(t, with(nodes[2].sshAs("alice", key(id)...), "say hello from three")).want(t, 0, "", "")
	alice.shows("alice✓: hello from three")
	bob.shows("alice✓: hello from three")

	server := regexp.MustCompile(`kill -9 (\d+) +a NATS server`).FindStringSubmatch(script.out.String())
	if server == nil {
		t.Fatal("the script does not say how to kill a NATS server")
	}
	pid, _ := strconv.Atoi(server[1])
	process, err := os.FindProcess(pid)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	bob.says("still here")
	alice.shows("bob: still here")
	eventually(t, "who asks node three reads it in the history", func() bool {
		return strings.Contains(ask(t, with(nodes[2].ssh("carol"), "history")).out, "bob: still here")
	})
}
