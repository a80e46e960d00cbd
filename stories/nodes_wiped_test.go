package stories

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// deleteStreams does what an operator does by mistake: all that the NATS servers have of the house goes.
func (n *nodes) deleteStreams() {
	n.t.Helper()
	nc, err := nats.Connect("nats://" + n.servers[0].addr())
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

// Protects a house whose NATS servers have lost everything under it: operators read so, and
// once all nodes were restarted the operator is one, who was banned is, and names have their
// owners.
func TestStoreIsWipedUnderTheNodes(t *testing.T) {
	t.Parallel()
	long(t)
	n := startNodes(t)
	one, two, three := n.houses[0], n.houses[1], n.houses[2]
	root, eve, ada := newKey(t), newKey(t), newKey(t)
	op := one.enterAs("root", root)
	op.says(one.until("there is no operator; come in with a key and type the line")["line"])
	op.shows("You are an operator")
	trouble := two.enterAs("eve", eve)
	op.shows("eve✓ joined")
	op.says("/ban eve for good")
	trouble.shows("banned", "[exit ")
	scribe, hearer := three.enterAs("ada", ada), two.nc("hearer")
	op.shows("ada✓ joined")
	for i := range 5 {
		scribe.says(fmt.Sprint("line ", i))
		hearer.types(fmt.Sprint("heard ", i))
		op.shows(fmt.Sprint("ada✓: line ", i), fmt.Sprint("hearer: heard ", i))
	}
	for _, h := range n.houses {
		eventually(t, "all know of the ban", func() bool { return h.asks("eve", eve, "who").code == 1 })
	}

	n.deleteStreams()
	op.shows("the store lost what it kept of this house")
	for _, h := range n.houses {
		h.until("journal: the store has lost some of what it had", "stream", "KV_book")
	}
	for _, stream := range []string{"KV_book", "ROOM"} {
		eventually(t, "a node has stored it again", func() bool {
			return slices.ContainsFunc(n.houses, func(h *house) bool { return h.logged(restored, "stream", stream) != nil })
		})
	}
	scribe.says("after it")
	op.shows("ada✓: after it")
	op.says("/quit")
	again := two.enterAs("root", root)
	again.shows("the store lost what it kept of this house")
	again.says("/quit")

	for _, h := range n.houses {
		h.signal(syscall.SIGTERM)
		h.exits(0)
	}
	for i := range n.houses {
		n.start(i)
	}
	one, three = n.houses[0], n.houses[2]
	if e := one.logged("there is no operator; come in with a key and type the line"); e != nil {
		t.Errorf("the log has a code: %v", e)
	}
	if r := three.asks("root", root, "bans"); !strings.Contains(r.out, "eve") {
		t.Errorf("the bans are %+v", r)
	}
	if r := three.asks("eve", eve, "who"); r.code != 1 {
		t.Errorf("eve asks: %+v", r)
	}
	one.enterAs("ada", newKey(t)).shows("teahouse, ada-2")
	kept := one.asks("root", root, "history 1000").out
	for i := range 5 {
		for _, line := range []string{fmt.Sprint("ada: line ", i), fmt.Sprint("hearer: heard ", i), "ada: after it"} {
			if got := strings.Count(kept, line+"\n"); got != 1 {
				t.Errorf("%q is there %d times", line, got)
			}
		}
	}
}

const restored = "journal: what the store has lost is stored again from memory"
