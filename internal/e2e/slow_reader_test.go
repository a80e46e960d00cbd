package e2e

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/testkit"
)

const lineCount = 600 // with filler, more than the 2 MiB of a window

var fillerText = strings.Repeat("x", 3900)

// checkFollow reads a terminal until all lines of the speaker have come and the
// stuck one has been seen to leave. It fails where a line is wanting, comes
// twice, or is not as it was said.
func checkFollow(stdout io.Reader) error {
	next, left, said := 0, false, ""
	r := bufio.NewReader(stdout)
	for next < lineCount || !left {
		line, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("after %d lines: %w", next, err)
		}
		left = left || strings.Contains(line, "left (too slow)")
		line = strings.TrimSpace(line)
		_, row, more := strings.Cut(line, "╎\x1b[22m ") // a long line takes many rows
		if _, begun, ok := strings.Cut(line, "speaker\x1b[39m: "); ok {
			said, row, more = "", begun, true
		}
		if more {
			said += strings.ReplaceAll(row, " ", "")
		}
		if want := fmt.Sprintf("%04d%s", next, fillerText); said == want {
			next, said = next+1, ""
		} else if !strings.HasPrefix(want, said) {
			return fmt.Errorf("after %d lines comes %.20q", next, said)
		}
	}
	return nil
}

// Protects the room from one who does not read: the others read every line,
// in order, while that one is stuck, and then it is shown out.
func TestOneStuckReader(t *testing.T) {
	t.Parallel()
	people := testkit.Amount(12, 4) // each of whom reads megabytes
	h := startServer(t)
	h.sshClient(t, "stuck").terminal() // and never reads
	results := make(chan error, people)
	for i := range people - 1 {
		_, stdout := h.sshClient(t, fmt.Sprint("reader", i)).terminal()
		go func() { results <- checkFollow(stdout) }()
	}
	eventually(t, "everybody is in", func() bool {
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
			t.Fatal("not everybody has read everything")
		}
	}
	h.waitLog("disconnected", "user", "stuck", "reason", "slow")
	who := strings.Fields(runClient(t, withCommand(h.ssh("carol"), "who")).out)
	if len(who) != people || slices.Contains(who, "stuck") {
		t.Errorf("who: %q", who)
	}
}
