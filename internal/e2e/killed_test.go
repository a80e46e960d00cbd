package e2e

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/testkit"
)

// Protects messages from kill -9 in the middle of a conversation: after each restart they are
// there, once and in order, except those of the last moments, with or without the store's index.
func TestKilledWhileTalking(t *testing.T) {
	t.Parallel()
	kills := testkit.Amount(6, 2)
	h := startServer(t, "--history", "1000000")
	var kept []string
	for round := range kills {
		seen := h.talkUntilKilled(t, round)
		h.waitExit(-1)
		if round%2 == 1 {
			removeIndexes(t, h.data)
		}
		h = startServerIn(t, h.data, "--history", "1000000")
		r := runClient(t, withCommand(h.ssh("reader"), "history 1000000"))
		if r.code != 0 && (r.code != 1 || len(kept) > 0) { // 1: nothing is found, if the first kill came too soon
			t.Fatalf("after kill %d, history exits with code %d: %s", round, r.code, r.err)
		}
		now := strings.Split(r.out, "\n")
		now = now[:len(now)-1]
		for i, line := range kept {
			if i >= len(now) || now[i] != line {
				t.Fatalf("after kill %d, history lacks line %d, which it had before", round, i)
			}
		}
		for i, line := range now[len(kept):] {
			if !strings.HasSuffix(line, fmt.Sprintf(": %d/%d", round, i)) {
				t.Fatalf("after kill %d, history has %q in place of line %d", round, line, i)
			}
		}
		t.Logf("kill %d: %d lines were read, %d of them are not stored", round, seen, max(0, seen-(len(now)-len(kept))))
		kept = now
	}
}

// removeIndexes removes the index files from which the engine restores its streams at a start. It
// writes them now and then, so there may be none.
func removeIndexes(t *testing.T, data string) {
	t.Helper()
	indexes, err := filepath.Glob(filepath.Join(data, "journal", "jetstream", "$G", "streams", "*", "msgs", "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range indexes {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// talkUntilKilled says numbered lines as fast as they are read, with eight in transit, and kills
// the server after some thousands of them at most. It returns how many were read by then.
func (cs *chatServer) talkUntilKilled(t *testing.T, round int) (seen int) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", cs.addrs["classic"], waitTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const window = 8
	say := func(n int) { _, _ = fmt.Fprintf(conn, "%d/%d\n", round, n) }
	for n := range window {
		say(n)
	}
	last := 1 + rand.IntN(6000)
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF || err != nil {
			return seen
		}
		if !strings.Contains(line, fmt.Sprintf(":%d/%d\n", round, seen)) {
			continue
		}
		seen++
		say(seen + window - 1)
		if seen == last {
			if err := cs.process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
}
