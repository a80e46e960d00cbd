package stories

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// historyOf returns what a speaker said, as a node has it.
func (h *house) historyOf(speaker string) (texts []string) {
	h.t.Helper()
	for line := range strings.Lines(ask(h.t, with(h.ssh("reader"), "history 1000")).out) {
		if _, text, ok := strings.Cut(line, speaker+": "); ok {
			texts = append(texts, strings.TrimSuffix(text, "\n"))
		}
	}
	return texts
}

// Protects what people at other nodes have read of somebody whose node is killed before the
// NATS servers could keep it, as two of three are dead: the other nodes store it once they can,
// and no node misses it, neither now nor when all were started again.
func TestNodeKilledBeforeItStores(t *testing.T) {
	t.Parallel()
	long(t)
	const lines = 50
	n := startNodes(t)
	speaker, reader := n.houses[0].nc("speaker"), n.houses[1].nc("listener")
	speaker.types("before")
	reader.sees("speaker:before\n")
	for _, s := range n.servers[1:] {
		s.signal(syscall.SIGKILL)
		eventually(t, "the server has ended", s.isGone)
	}
	for i := range lines {
		speaker.types(fmt.Sprint("line ", i))
	}
	reader.sees(fmt.Sprintf("speaker:line %d\n", lines-1))
	n.houses[0].dies()
	for _, s := range n.servers[1:] {
		s.start()
	}
	n.start(0)
	var want []string
	for i := range lines {
		want = append(want, fmt.Sprint("line ", i))
	}
	complete := func(h *house) bool {
		got := slices.DeleteFunc(h.historyOf("speaker"), func(text string) bool { return !strings.HasPrefix(text, "line ") })
		return slices.Equal(got, want)
	}
	for i, h := range n.houses {
		eventually(t, fmt.Sprint("node ", i, " has all"), func() bool { return complete(h) })
	}
	for _, h := range n.houses {
		h.signal(syscall.SIGTERM)
		h.exits(0)
	}
	for i := range n.houses {
		n.start(i)
		if !complete(n.houses[i]) {
			t.Errorf("afterwards node %d has %q", i, n.houses[i].historyOf("speaker"))
		}
	}
}
