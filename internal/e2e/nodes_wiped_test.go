package e2e

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// deleteStreams does what an operator may do by mistake: it deletes all data on the NATS servers.
func (n *testCluster) deleteStreams() {
	n.t.Helper()
	nc, err := nats.Connect("nats://" + n.nats[0].addr())
	if err != nil {
		n.t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		n.t.Fatal(err)
	}
	for name := range js.StreamNames(n.t.Context()).Name() {
		if err := js.DeleteStream(n.t.Context(), name); err != nil {
			n.t.Fatal(err)
		}
	}
}

// Protects a cluster whose NATS servers lose everything while it runs: operators are told, and
// after a restart of all nodes, operators, bans and owners of names are still there.
func TestStoreIsWipedUnderTheNodes(t *testing.T) {
	t.Parallel()
	soak(t)
	n := startCluster(t)
	one, two, three := n.nodes[0], n.nodes[1], n.nodes[2]
	root, eve, ada := newKey(t), newKey(t), newKey(t)
	op := one.enterAs("root", root)
	op.enterLine(one.waitLog("there is no operator; connect with a key and type this line")["line"])
	op.expect(testkit.EnglishPart(reply.YouAreOperator, 0))
	trouble := two.enterAs("eve", eve)
	op.expect("eve✓ joined")
	op.enterLine("/ban eve for good")
	trouble.expect("banned", "[exit ")
	scribe, hearer := three.enterAs("ada", ada), two.nc("hearer")
	op.expect("ada✓ joined")
	for i := range 5 {
		scribe.enterLine(fmt.Sprint("line ", i))
		hearer.sendLines(fmt.Sprint("heard ", i))
		op.expect(fmt.Sprint("ada✓: line ", i), fmt.Sprint("hearer: heard ", i))
	}
	for _, h := range n.nodes {
		eventually(t, "eve does not get in at any node", func() bool { return h.exec("eve", eve, "who").code == 1 })
	}

	n.deleteStreams()
	op.expect(testkit.EnglishPart(reply.StoreLost, 1))
	for _, h := range n.nodes {
		h.waitLog("journal: the store has lost some of what it had", "stream", "KV_authority")
	}
	for _, stream := range []string{"KV_authority", "ROOM"} {
		eventually(t, "a node logs that it has stored "+stream+" again", func() bool {
			return slices.ContainsFunc(n.nodes, func(h *chatServer) bool { return h.findLog(restoredPattern, "stream", stream) != nil })
		})
	}
	scribe.enterLine("after it")
	op.expect("ada✓: after it")
	op.enterLine("/quit")
	again := two.enterAs("root", root)
	again.expect(testkit.EnglishPart(reply.StoreLost, 1))
	again.enterLine("/quit")

	for _, h := range n.nodes {
		h.signal(syscall.SIGTERM)
		h.waitExit(0)
	}
	for i := range n.nodes {
		n.start(i)
	}
	one, three = n.nodes[0], n.nodes[2]
	if e := one.findLog("there is no operator; connect with a key and type this line"); e != nil {
		t.Errorf("the log has a code for operators although there is one: %v", e)
	}
	if r := three.exec("root", root, "bans"); !strings.Contains(r.out, "eve") {
		t.Errorf("bans answers %+v", r)
	}
	if r := three.exec("eve", eve, "who"); r.code != 1 {
		t.Errorf("eve, who is banned, gets %+v", r)
	}
	one.enterAs("ada", newKey(t)).expect(testkit.EnglishPart("sshd-welcome-line", 0) + "ada-2")
	kept := one.exec("root", root, "history 1000").out
	for i := range 5 {
		for _, line := range []string{fmt.Sprint("ada: line ", i), fmt.Sprint("hearer: heard ", i), "ada: after it"} {
			if got := strings.Count(kept, line+"\n"); got != 1 {
				t.Errorf("history has %q %d times, want once", line, got)
			}
		}
	}
}

const restoredPattern = "journal: what the store has lost is stored again from memory"
