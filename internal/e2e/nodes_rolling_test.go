package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects users of a cluster whose nodes are replaced one after the other: they are told where to
// reconnect, keep their names, and miss nothing.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	soak(t)
	n := startCluster(t)
	id := newKey(t)
	ada, carl := n.nodes[0].enterAs("ada", id), n.nodes[0].nc("carl")
	var said []string
	for i := range n.nodes {
		next, other := (i+1)%3, n.nodes[(i+2)%3]
		bob := other.nc("bob")
		n.waitOnline("ada", "bob", "carl")
		say := func(what string) string {
			text := fmt.Sprintf("%s of %d", what, i)
			bob.sendLines(text)
			bob.expect("]bob:" + text + "\n")
			said = append(said, "bob: "+text)
			return text
		}
		before := say("before the end")
		ada.expect("bob: " + before)
		carl.expect("bob:" + before)
		n.nodes[i].signal(syscall.SIGTERM)
		ada.expect(testkit.English(reply.GoodbyeRedirect, nodeHosts[next], "ssh -p "+n.nodes[next].port("ssh")), "[exit 0]")
		carl.expect(testkit.Chinese(reply.GoodbyeRedirect, nodeHosts[next], ""))
		n.nodes[i].waitExit(0)
		if broke := n.nodes[i].findLog("cluster: connection lost"); broke != nil {
			t.Errorf("a node that stops in order logs a warning: %v", broke)
		}
		bob.expect("]ada:已下线", "]carl:已下线")
		missed := say("missed")
		eventually(t, "the user's line is read at the next node", func() bool {
			return strings.Contains(runClient(t, withCommand(n.nodes[next].ssh("asker"), "history")).out, "bob: "+missed)
		})
		ada, carl = n.nodes[next].enterAs("ada", id), n.nodes[next].nc("carl")
		ada.expect(testkit.EnglishPart("sshd-unread-since-line", 1)+"1"+testkit.EnglishPart("sshd-unread-since-line", 2), "] bob: "+missed)
		n.start(i)
		after := say("after the start")
		ada.expect("bob: " + after)
		carl.expect("bob:" + after)
		newcomer := n.nodes[i].nc("newcomer")
		ada.expect(testkit.EnglishPart("sshd-renamed-line", 1) + "newcomer")
		eventually(t, "the restarted node's who shows everybody", func() bool {
			newcomer.sendLines("who")
			return strings.Contains(newcomer.out.String(), "]ada:在线...") && strings.Contains(newcomer.out.String(), "]carl:在线...")
		})
		newcomer.kill()
		bob.kill()
		ada.expect("bob left")
	}
	for i, h := range n.nodes {
		r := runClient(t, withCommand(h.ssh("reader"), "history 1000"))
		var kept []string
		for line := range strings.Lines(r.out) {
			_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "Z ")
			kept = append(kept, text)
		}
		if !slices.Equal(kept, said) {
			t.Errorf("history at node %d has %q, want %q", i, kept, said)
		}
	}
}

// Protects programs that move from node to node: with follow --since last a program continues at
// another node, and misses nothing of what is said at one node. Repeated lines have the same ID.
func TestFollowMovesToAnotherNode(t *testing.T) {
	t.Parallel()
	soak(t)
	n := startCluster(t)
	n.checkFollowMoves(t, "one", n.nodes[:1])
}

// checkFollowMoves moves a bot from node to node while a user talks at each of some nodes.
func (n *testCluster) checkFollowMoves(t *testing.T, tale string, at []*chatServer) {
	const moves = 30
	bot := newKey(t)
	follow := func(move int) *client {
		h := n.nodes[move%len(n.nodes)]
		return launch(t, withCommand(h.sshAs("bot", withKey(bot)...), "follow", "--json", "--since", "last")...)
	}
	ear := follow(0)
	n.nodes[0].waitLog("command", "command", "follow")
	var talkers []*lineTalker
	for i, h := range at {
		talkers = append(talkers, h.startTalkerAs(t, fmt.Sprint(tale, i)))
	}
	var got []map[string]any
	move := func(next int) {
		eventually(t, "follow prints a line", func() bool { return strings.Contains(ear.out.String(), `"line `) })
		ear.kill()
		got = append(got, parseJSONLines(t, ear.out.String())...)
		ear = follow(next)
	}
	for i := range moves {
		move(i + 1)
	}
	want := map[string]bool{}
	for i, w := range talkers {
		for line := range w.stop() {
			want[fmt.Sprintf("%s%d: line %d", tale, i, line+1)] = true
		}
	}
	n.expectLastLines(t, tale, ear)
	ear.kill()
	got = append(got, parseJSONLines(t, ear.out.String())...)

	said, twice, strange := len(want), 0, 0
	ids := map[string]any{}
	for _, line := range got {
		text := fmt.Sprint(line["name"], ": ", line["text"])
		if before := ids[text]; line["type"] == "message" && before != nil {
			twice++
			if before != line["id"] {
				strange++
			}
		}
		ids[text] = line["id"]
		delete(want, text)
	}
	t.Logf("%d lines were said, %d of them missed; %d came twice, %d with another ID", said, len(want), twice, strange)
	if strange > 0 {
		t.Errorf("the follower read %d lines twice with different IDs", strange)
	}
	if len(want) > 0 {
		t.Errorf("the follower missed %v", slices.Sorted(maps.Keys(want)))
	}
}

// expectLastLines waits until a follower has read a last line from each node.
func (n *testCluster) expectLastLines(t *testing.T, tale string, ear *client) {
	t.Helper()
	for i, h := range n.nodes {
		last := fmt.Sprintf("the last of %s at %d", tale, i)
		runClient(t, withCommand(h.ssh("last"), "say "+last)).check(t, 0, "", "")
		ear.expect(last)
	}
}
