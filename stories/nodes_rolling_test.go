package stories

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Protects people from a house whose machines are replaced one after the other: they
// are told where to go, go there, have their names, and miss nothing.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	long(t)
	n := startNodes(t)
	id := newKey(t)
	ada, carl := n.houses[0].enterAs("ada", id), n.houses[0].nc("carl")
	var said []string
	for i := range n.houses {
		next, other := (i+1)%3, n.houses[(i+2)%3]
		bob := other.nc("bob")
		n.allSee("ada", "bob", "carl")
		say := func(what string) string {
			text := fmt.Sprintf("%s of %d", what, i)
			bob.types(text)
			bob.sees("]bob:" + text + "\n")
			said = append(said, "bob: "+text)
			return text
		}
		before := say("before the end")
		ada.shows("bob: " + before)
		carl.sees("bob:" + before)
		n.houses[i].signal(syscall.SIGTERM)
		ada.shows("The server is stopping. Come in again at "+nodeHosts[next]+": ssh -p "+n.houses[next].port("ssh"), "[exit 0]")
		carl.sees("服务器正在停止。请到 " + nodeHosts[next] + " 再次进入")
		n.houses[i].exits(0)
		if broke := n.houses[i].logged("cluster: the connection broke"); broke != nil {
			t.Errorf("a node that stops in order logs %v", broke)
		}
		bob.sees("]ada:已下线", "]carl:已下线")
		missed := say("missed")
		eventually(t, "it is heard where they go", func() bool {
			return strings.Contains(ask(t, with(n.houses[next].ssh("asker"), "history")).out, "bob: "+missed)
		})
		ada, carl = n.houses[next].enterAs("ada", id), n.houses[next].nc("carl")
		ada.shows("Said since then (1):", "] bob: "+missed)
		n.start(i)
		after := say("after the start")
		ada.shows("bob: " + after)
		carl.sees("bob:" + after)
		newcomer := n.houses[i].nc("newcomer")
		ada.shows("is now called newcomer")
		eventually(t, "the newcomer sees who is there", func() bool {
			newcomer.types("who")
			return strings.Contains(newcomer.out.String(), "]ada:在线...") && strings.Contains(newcomer.out.String(), "]carl:在线...")
		})
		newcomer.kill()
		bob.kill()
		ada.shows("bob left")
	}
	for i, h := range n.houses {
		r := ask(t, with(h.ssh("reader"), "history 1000"))
		var kept []string
		for line := range strings.Lines(r.out) {
			_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "Z ")
			kept = append(kept, text)
		}
		if !slices.Equal(kept, said) {
			t.Errorf("node %d has kept %q, and %q was said", i, kept, said)
		}
	}
}

// Protects programs that move from machine to machine: with follow --since last one
// goes on at another node where it stopped, and misses nothing of what is said at one
// node. What comes twice has the same id.
func TestFollowMovesOn(t *testing.T) {
	t.Parallel()
	long(t)
	n := startNodes(t)
	n.followMovesOn(t, "one", n.houses[:1])
}

// followMovesOn moves a bot from node to node while others talk, one at each of some
// nodes.
func (n *nodes) followMovesOn(t *testing.T, tale string, at []*house) {
	const moves = 30
	bot := newKey(t)
	follow := func(move int) *client {
		h := n.houses[move%len(n.houses)]
		return launch(t, with(h.sshAs("bot", key(bot)...), "follow", "--json", "--since", "last")...)
	}
	ear := follow(0)
	n.houses[0].until("command", "command", "follow")
	var talkers []*talker
	for i, h := range at {
		talkers = append(talkers, h.talkAs(t, fmt.Sprint(tale, i)))
	}
	var got []map[string]any
	move := func(next int) {
		eventually(t, "a line is heard", func() bool { return strings.Contains(ear.out.String(), `"line `) })
		ear.kill()
		got = append(got, jsonLines(t, ear.out.String())...)
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
	n.saidLast(t, tale, ear)
	ear.kill()
	got = append(got, jsonLines(t, ear.out.String())...)

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
	t.Logf("%d lines were said, %d of them missed; %d came twice, %d with another id", said, len(want), twice, strange)
	if strange > 0 {
		t.Errorf("%d lines came twice that cannot be told to be the same", strange)
	}
	if len(want) > 0 {
		t.Errorf("missed: %v", slices.Sorted(maps.Keys(want)))
	}
}

// saidLast has an ear hear a last line from each node.
func (n *nodes) saidLast(t *testing.T, tale string, ear *client) {
	t.Helper()
	for i, h := range n.houses {
		last := fmt.Sprintf("the last of %s at %d", tale, i)
		ask(t, with(h.ssh("last"), "say "+last)).want(t, 0, "", "")
		ear.sees(last)
	}
}
