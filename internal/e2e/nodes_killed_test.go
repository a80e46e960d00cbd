package e2e

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// historyOf returns a speaker's lines in a node's history.
func (cs *chatServer) historyOf(speaker string) (texts []string) {
	cs.t.Helper()
	for line := range strings.Lines(runClient(cs.t, withCommand(cs.ssh("reader"), "history 1000")).out) {
		if _, text, ok := strings.Cut(line, speaker+": "); ok {
			texts = append(texts, strings.TrimSuffix(text, "\n"))
		}
	}
	return texts
}

// Protects lines that people at other nodes have read if the speaker's node is killed before the
// NATS servers could store them, because two of three are dead: the other nodes store them once
// they can, and no node lacks them, neither at once nor after a restart of all.
func TestNodeKilledBeforeItStores(t *testing.T) {
	t.Parallel()
	soak(t)
	const lines = 50
	n := startCluster(t)
	speaker, reader := n.nodes[0].nc("speaker"), n.nodes[1].nc("listener")
	speaker.sendLines("before")
	reader.expect("speaker:before\n")
	for _, s := range n.nats[1:] {
		s.signal(syscall.SIGKILL)
		eventually(t, "the NATS server ends", s.hasExited)
	}
	for i := range lines {
		speaker.sendLines(fmt.Sprint("line ", i))
	}
	reader.expect(fmt.Sprintf("speaker:line %d\n", lines-1))
	n.nodes[0].kill9()
	for _, s := range n.nats[1:] {
		s.start()
	}
	n.start(0)
	var want []string
	for i := range lines {
		want = append(want, fmt.Sprint("line ", i))
	}
	complete := func(h *chatServer) bool {
		got := slices.DeleteFunc(h.historyOf("speaker"), func(text string) bool { return !strings.HasPrefix(text, "line ") })
		return slices.Equal(got, want)
	}
	for i, h := range n.nodes {
		eventually(t, fmt.Sprint("node ", i, " has all"), func() bool { return complete(h) })
	}
	for _, h := range n.nodes {
		h.signal(syscall.SIGTERM)
		h.waitExit(0)
	}
	for i := range n.nodes {
		n.start(i)
		if !complete(n.nodes[i]) {
			t.Errorf("afterwards history at node %d has %q", i, n.nodes[i].historyOf("speaker"))
		}
	}
}
