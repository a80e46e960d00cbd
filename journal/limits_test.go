package journal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// narrowLimits are reached after a few lines.
var narrowLimits = room.HistoryLimits{Lines: 3, Bytes: 1 << 20, Age: time.Hour}

// roomConfig returns the configuration of the stream ROOM.
func roomConfig(t testing.TB, e *store.Store) jetstream.StreamConfig {
	t.Helper()
	have, err := e.FindStream(testContext(t), layout.RoomStream)
	if err != nil || have == nil {
		t.Fatal(have, err)
	}
	return *have
}

// runNode runs a node with some limits while somebody says a number of lines there, and returns
// its log.
func runNode(t *testing.T, url string, m room.HistoryLimits, lines int) (logged string) {
	t.Helper()
	s := openServer(t, Config{URL: url, HistoryLimits: m})
	alice := s.join(t, "alice", aliceKey)
	for i := range lines {
		say(t, alice, fmt.Sprint("line ", i))
		testkit.Eventually(t, "it is stored", func() bool { return s.StoredUpTo(room.Lobby) > uint64(i) && s.Pending() == 0 })
	}
	s.closeStored(t)
	return s.logged.String()
}

// countLines returns how many lines the NATS servers have.
func countLines(t *testing.T, url string) int {
	t.Helper()
	s := openServer(t, Config{URL: url, HistoryLimits: wideLimits})
	defer s.closeStored(t)
	return len(s.said)
}

const keepMoreLog = "keep more history than this node's flags say"

// A node with narrower limits than the others erases nothing within theirs, neither as it starts
// nor as it writes, and says so once.
func TestNarrowNodeErasesNothing(t *testing.T) {
	t.Parallel()
	url := startRemoteServer(t, t.TempDir(), -1).ClientURL()
	if logged := runNode(t, url, wideLimits, 20); strings.Contains(logged, keepMoreLog) {
		t.Errorf("the first one logs: %s", logged)
	}
	logged := runNode(t, url, narrowLimits, 20)
	if got := strings.Count(logged, keepMoreLog); got != 1 {
		t.Errorf("it logs %d times that the others keep more: %s", got, logged)
	}
	if got := countLines(t, url); got != 40 {
		t.Errorf("%d lines of 40 are there", got)
	}
	for _, m := range []room.HistoryLimits{{}, {Lines: 3, Age: time.Minute}, {Lines: 1e6, Bytes: 1}} {
		s := openServer(t, Config{URL: url, HistoryLimits: m})
		have := roomConfig(t, s.store)
		if have.MaxAge != 0 && have.MaxAge < wideLimits.Age || have.MaxBytes != -1 && have.MaxBytes < layout.MaxRoomStreamBytes(wideLimits) {
			t.Errorf("%+v results in %v and %d bytes", m, have.MaxAge, have.MaxBytes)
		}
		s.closeStored(t)
	}
}

// Only Trim narrows the limits. A node with wider ones widens them again.
func TestTrim(t *testing.T) {
	t.Parallel()
	url := startRemoteServer(t, t.TempDir(), -1).ClientURL()
	c := Config{URL: url, HistoryLimits: narrowLimits}
	if err := Trim(testContext(t), c); err == nil || !strings.Contains(err.Error(), "nothing is stored there yet") {
		t.Errorf("without data: %v", err)
	}
	runNode(t, url, wideLimits, 20)
	if kept, _, err := RemoteLimits(testContext(t), c); err != nil || kept != wideLimits {
		t.Errorf("before, they are %+v: %v", kept, err)
	}
	if err := Trim(testContext(t), c); err != nil {
		t.Fatal(err)
	}
	if kept, _, err := RemoteLimits(testContext(t), c); err != nil || kept != narrowLimits {
		t.Errorf("after, they are %+v: %v", kept, err)
	}
	if logged := runNode(t, url, narrowLimits, 1); strings.Contains(logged, keepMoreLog) {
		t.Errorf("a node with these limits logs: %s", logged)
	}
	s := openServer(t, Config{URL: url, HistoryLimits: narrowLimits})
	if have := roomConfig(t, s.store); len(s.said) != narrowLimits.Lines || have.MaxAge != narrowLimits.Age || have.MaxBytes != layout.MaxRoomStreamBytes(narrowLimits) {
		t.Errorf("%d lines are there, for %v and %d bytes", len(s.said), have.MaxAge, have.MaxBytes)
	}
	s.closeStored(t)
	countLines(t, url) // by a node with wider limits
	if kept, _, err := RemoteLimits(testContext(t), c); err != nil || kept != wideLimits {
		t.Errorf("after a wider node came, they are %+v: %v", kept, err)
	}
}

// An older version did not note the limits. They are not narrowed then, either, and the first
// node that allows as much notes them.
func TestLimitsOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	url := startRemoteServer(t, t.TempDir(), -1).ClientURL()
	runNode(t, url, wideLimits, 20)
	s := openServer(t, Config{URL: url, HistoryLimits: wideLimits})
	old := roomConfig(t, s.store)
	delete(old.Metadata, store.HistoryLimitsKey)
	if _, err := s.store.JS.UpdateStream(testContext(t), old); err != nil {
		t.Fatal(err)
	}
	s.closeStored(t)
	for range 2 {
		if logged := runNode(t, url, narrowLimits, 5); !strings.Contains(logged, keepMoreLog) {
			t.Errorf("it does not say that more is kept: %s", logged)
		}
	}
	s = openServer(t, Config{URL: url, HistoryLimits: wideLimits})
	defer s.closeStored(t)
	have := roomConfig(t, s.store)
	if len(s.said) != 30 || have.MaxAge != wideLimits.Age || have.MaxBytes != layout.MaxRoomStreamBytes(wideLimits) {
		t.Errorf("%d lines are there, for %v and %d bytes", len(s.said), have.MaxAge, have.MaxBytes)
	}
	if kept, known := store.HistoryLimitsOf(&have); !known || kept != wideLimits {
		t.Errorf("recorded are %+v, %v", kept, known)
	}
}

// An embedded server's streams belong to one process: they follow its flags.
func TestNarrowerFlagsOfASingleNode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	s.closeStored(t)
	s = openServer(t, Config{Dir: dir, HistoryLimits: narrowLimits})
	defer s.closeStored(t)
	have := roomConfig(t, s.store)
	if _, known := store.HistoryLimitsOf(&have); known || have.MaxAge != narrowLimits.Age || have.MaxBytes != layout.MaxRoomStreamBytes(narrowLimits) {
		t.Errorf("the limits are %v and %d bytes, recorded: %v", have.MaxAge, have.MaxBytes, known)
	}
}

// Names are kept as long as any node was told to keep them, until Trim, even at a running node.
func TestNamesOfANarrowNode(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	url := startRemoteServer(t, t.TempDir(), -1).ClientURL()
	c := func(names time.Duration) Config {
		return Config{URL: url, HistoryLimits: wideLimits, NameRetention: names}
	}
	short := openServer(t, c(30*day))
	guard := newStreamMonitor(short.Journal, short.hub)
	for i, test := range []struct{ own, kept time.Duration }{
		{30 * day, 30 * day}, {180 * day, 180 * day}, {30 * day, 180 * day}, {0, 0}, {180 * day, 0},
	} {
		s := openServer(t, c(test.own))
		guard.check(testContext(t))
		if got, there := s.NameRetention(), short.NameRetention(); got != test.kept || there != test.kept {
			t.Errorf("node %d keeps names for %v, and the one that runs for %v; want %v", i, got, there, test.kept)
		}
		if warns := strings.Contains(s.logged.String(), "names are kept for longer"); warns != (test.own != test.kept) {
			t.Errorf("node %d warns: %v", i, warns)
		}
		s.closeStored(t)
	}
	if err := Trim(testContext(t), c(60*day)); err != nil {
		t.Fatal(err)
	}
	guard.check(testContext(t))
	if _, names, err := RemoteLimits(testContext(t), c(day)); err != nil || names != 60*day || short.NameRetention() != 60*day {
		t.Errorf("names are kept for %v and %v, %v", names, short.NameRetention(), err)
	}
}
