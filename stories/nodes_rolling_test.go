package stories

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Protects people from a house whose machines are replaced one after the other: they
// are told where to go, go there, have their names, and miss nothing.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
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
		bob.sees("]ada:已下线", "]carl:已下线")
		missed := say("missed")
		ada, carl = n.houses[next].enterAs("ada", id), n.houses[next].nc("carl")
		ada.shows("Said since then (1):", "] bob: "+missed)
		n.start(i)
		after := say("after the start")
		ada.shows("bob: " + after)
		carl.sees("bob:" + after)
		newcomer := n.houses[i].nc("newcomer")
		ada.shows("is now called newcomer")
		newcomer.types("who")
		newcomer.sees("]ada:在线...", "]bob:在线...", "]carl:在线...")
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
// goes on at another node where it stopped, though speakers are at all of them.
func TestFollowMovesOn(t *testing.T) {
	t.Parallel()
	const moves = 30
	n := startNodes(t)
	bot, where := newKey(t), 0
	var talkers []*talker
	for _, h := range n.houses {
		eventually(t, "the nodes know each other", func() bool { return h.logged("cluster: another node") != nil })
	}
	first := launch(t, with(n.houses[0].sshAs("bot", key(bot)...), "follow", "--json", "--since", "last")...)
	n.houses[0].following(1)
	for _, h := range n.houses {
		talkers = append(talkers, h.talk(t))
	}
	var got []map[string]any
	ear := first
	for range moves {
		eventually(t, "a line is heard", func() bool { return strings.Count(ear.out.String(), "\n") > 3 })
		time.Sleep(100 * time.Millisecond)
		ear.kill()
		got = append(got, jsonLines(t, ear.out.String())...)
		where = (where + 1) % 3
		ear = launch(t, with(n.houses[where].sshAs("bot", key(bot)...), "follow", "--json", "--since", "last")...)
	}
	said := map[string]int{}
	for i, w := range talkers {
		said[fmt.Sprint(i)] = w.stop()
	}
	time.Sleep(2 * time.Second)
	ear.kill()
	got = append(got, jsonLines(t, ear.out.String())...)

	heard, total := map[string]int{}, 0
	for _, line := range got {
		if line["type"] == "message" {
			heard[fmt.Sprint(line["name"], " ", line["text"])]++
			total++
		}
	}
	all := 0
	for _, n := range said {
		all += n
	}
	t.Logf("%d lines were said; %d different ones were heard, %d in all", all, len(heard), total)
	if len(heard) != all {
		t.Errorf("%d lines were missed", all-len(heard))
	}
}
