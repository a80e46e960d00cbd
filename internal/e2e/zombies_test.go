package e2e

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// In the tests of this file a client dies or hangs without a farewell, and they wait for the ten
// seconds of the server's timeout. They are in the last file because go test starts parallel tests
// from the end: so these seconds pass while all other tests run.

// Protects the room from a client that does not read: the others read every line in order while it
// is stuck, and then it is disconnected.
func TestOneStuckReader(t *testing.T) {
	t.Parallel()
	people := testkit.Amount(12, 4) // each reads megabytes
	h := startServer(t)
	h.sshClient(t, "stuck").terminal() // and never reads
	results := make(chan error, people)
	for i := range people - 1 {
		_, stdout := h.sshClient(t, fmt.Sprint("reader", i)).terminal()
		go func() { results <- checkFollow(stdout) }()
	}
	eventually(t, "everybody is connected", func() bool {
		n := 0
		for _, e := range h.log() {
			if e["msg"] == "connected" {
				n++
			}
		}
		return n == people
	})

	var talk strings.Builder
	for i := range lineCount {
		fmt.Fprintf(&talk, "%04d %s\n", i, fillerText)
	}
	speaker := launch(t, h.ssh("speaker", "-T")...)
	speaker.send(talk.String())
	for range people - 1 {
		select {
		case err := <-results:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(2 * waitTimeout):
			t.Fatal("somebody has not read everything that was said")
		}
	}
	h.waitLog("disconnected", "user", "stuck", "reason", "slow")
	who := strings.Fields(runClient(t, withCommand(h.ssh("carol"), "who")).out)
	if len(who) != people || slices.Contains(who, "stuck") {
		t.Errorf("who answers %q, want all but the stuck reader", who)
	}
}

// Protects users whose connection died: reconnecting takes over the dead session, with its name,
// room and messages; others notice nothing.
func TestTerminalTakeover(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	bob := h.enter("bob")
	dead := launch(t, h.sshAs("alice", append(withKey(id), "-tt")...)...)
	bob.expect("alice✓ joined")
	bob.enterLine("before")
	dead.expect("before")
	if err := dead.process.Signal(syscall.SIGSTOP); err != nil { // its connection dies silently
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dead.process.Signal(syscall.SIGCONT) })
	bob.enterLine("/msg alice are you there?")
	bob.enterLine("nobody answers")
	bob.expect("bob: nobody answers")

	alice := h.enterAs("alice", id)
	alice.expect("are you there?", "nobody answers")
	runClient(t, withCommand(h.sshAs("alice", withKey(id)...), "say", "beside", "it")).check(t, 0, "", "")
	alice.enterLine("I am back")
	bob.expect("alice✓: beside it", "alice✓: I am back")
	bob.enterLine("/who")
	bob.expect("* 2 here: bob, alice✓")
	if all := bob.all(); strings.Count(all, "joined") != 1 || strings.Contains(all, "left") {
		t.Errorf("bob reads that alice left or joined, but she only took over her own session:\n%s", all)
	}
	h.waitLog("disconnected", "user", "alice", "reason", "taken over")
	if err := dead.process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	dead.expect(testkit.English(reply.GoodbyeTakenOver))
	dead.hasExited()
}

// Protects a cluster with one node left: new users are not turned away from it because the others
// have died.
func TestLastNodeIsReady(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	n := &testCluster{t: t}
	for range 2 {
		n.nodes = append(n.nodes, startServer(t, "--nats", "nats://"+s.addr(), "--metrics", ":0"))
	}
	shows := func(metric string) {
		t.Helper()
		eventually(t, metric, func() bool {
			_, body := n.nodes[0].get("/metrics")
			return strings.Contains(body, "\n"+metric+"\n")
		})
	}
	shows("teahouse_peers 1")
	n.nodes[1].kill9()
	shows("teahouse_isolated 1")
	n.waitReady(0)
}
