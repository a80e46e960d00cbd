package journal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/room"
)

// narrow is a memory that a few lines fill.
var narrow = room.Memory{Lines: 3, Bytes: 1 << 20, Age: time.Hour}

// roomConfig returns how the stream ROOM is.
func roomConfig(t testing.TB, e *engine) jetstream.StreamConfig {
	t.Helper()
	have, err := e.findStream(bounded(t), roomStream)
	if err != nil || have == nil {
		t.Fatal(have, err)
	}
	return *have
}

// talks has somebody say so many lines at a node that is open for that time, within some
// limits, and returns its log.
func talks(t *testing.T, url string, m room.Memory, lines int) (logged string) {
	t.Helper()
	s := begin(t, Config{URL: url, Memory: m})
	alice := s.enter(t, "alice", aliceKey)
	for i := range lines {
		say(t, alice, fmt.Sprint("line ", i))
		eventually(t, "it is stored", func() bool { return s.Stored(room.Lobby) > uint64(i) && s.Behind() == 0 })
	}
	s.end(t)
	return s.logged.String()
}

// holds returns how many lines the NATS servers have.
func holds(t *testing.T, url string) int {
	t.Helper()
	s := begin(t, Config{URL: url, Memory: wide})
	defer s.end(t)
	return len(s.said)
}

const keepMore = "keep more of what is said than the flags of this node say"

// A node with narrower limits than the others have erases nothing that is within theirs,
// neither as it starts nor as it writes, and says so once.
func TestNarrowNodeErasesNothing(t *testing.T) {
	t.Parallel()
	url := elsewhere(t, t.TempDir(), -1).ClientURL()
	if logged := talks(t, url, wide, 20); strings.Contains(logged, keepMore) {
		t.Errorf("the first one says: %s", logged)
	}
	logged := talks(t, url, narrow, 20)
	if got := strings.Count(logged, keepMore); got != 1 {
		t.Errorf("it says %d times that the others keep more: %s", got, logged)
	}
	if got := holds(t, url); got != 40 {
		t.Errorf("%d lines of 40 are there", got)
	}
	for _, m := range []room.Memory{{}, {Lines: 3, Age: time.Minute}, {Lines: 1e6, Bytes: 1}} {
		s := begin(t, Config{URL: url, Memory: m})
		have := roomConfig(t, s.engine)
		if have.MaxAge != 0 && have.MaxAge < wide.Age || have.MaxBytes != -1 && have.MaxBytes < storeBytes(wide) {
			t.Errorf("%+v makes it %v and %d bytes", m, have.MaxAge, have.MaxBytes)
		}
		s.end(t)
	}
}

// Where another node comes that keeps more, one that runs keeps as much from then on.
func TestWiderNodeComes(t *testing.T) {
	t.Parallel()
	url := elsewhere(t, t.TempDir(), -1).ClientURL()
	first := begin(t, Config{URL: url, Memory: narrow})
	if kept, err := first.engine.keeps(bounded(t)); err != nil || kept != narrow {
		t.Fatalf("alone it keeps %+v: %v", kept, err)
	}
	talks(t, url, wide, 20)
	first.engine.limits.Lock()
	first.engine.limit.read = time.Time{} // as some seconds later
	first.engine.limits.Unlock()
	if kept, err := first.engine.keeps(bounded(t)); err != nil || kept != wide {
		t.Errorf("then it keeps %+v: %v", kept, err)
	}
	if !strings.Contains(first.logged.String(), keepMore) {
		t.Error("it does not say so")
	}
}

// What makes the limits less is Trim alone. A node that has wider ones still widens them.
func TestTrim(t *testing.T) {
	t.Parallel()
	url := elsewhere(t, t.TempDir(), -1).ClientURL()
	c := Config{URL: url, Memory: narrow}
	if err := Trim(bounded(t), c); err == nil || !strings.Contains(err.Error(), "nothing is kept there yet") {
		t.Errorf("where nothing is: %v", err)
	}
	talks(t, url, wide, 20)
	if kept, _, err := Limits(bounded(t), c); err != nil || kept != wide {
		t.Errorf("before, they are %+v: %v", kept, err)
	}
	if err := Trim(bounded(t), c); err != nil {
		t.Fatal(err)
	}
	if kept, _, err := Limits(bounded(t), c); err != nil || kept != narrow {
		t.Errorf("after, they are %+v: %v", kept, err)
	}
	if logged := talks(t, url, narrow, 1); strings.Contains(logged, keepMore) {
		t.Errorf("a node with these limits says: %s", logged)
	}
	s := begin(t, Config{URL: url, Memory: narrow})
	if have := roomConfig(t, s.engine); len(s.said) != narrow.Lines || have.MaxAge != narrow.Age || have.MaxBytes != storeBytes(narrow) {
		t.Errorf("%d lines are there, for %v and %d bytes", len(s.said), have.MaxAge, have.MaxBytes)
	}
	s.end(t)
	holds(t, url) // by a wider one
	if kept, _, err := Limits(bounded(t), c); err != nil || kept != wide {
		t.Errorf("after a wider node came, they are %+v: %v", kept, err)
	}
}

// An older version did not note the limits. Then nothing becomes less, either, and they are
// noted by the first node that has as much.
func TestLimitsOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	url := elsewhere(t, t.TempDir(), -1).ClientURL()
	talks(t, url, wide, 20)
	s := begin(t, Config{URL: url, Memory: wide})
	old := roomConfig(t, s.engine)
	delete(old.Metadata, limitsKey)
	if _, err := s.engine.js.UpdateStream(bounded(t), old); err != nil {
		t.Fatal(err)
	}
	s.end(t)
	for range 2 {
		if logged := talks(t, url, narrow, 5); !strings.Contains(logged, keepMore) {
			t.Errorf("it does not say that more is kept: %s", logged)
		}
	}
	s = begin(t, Config{URL: url, Memory: wide})
	defer s.end(t)
	have := roomConfig(t, s.engine)
	if len(s.said) != 30 || have.MaxAge != wide.Age || have.MaxBytes != storeBytes(wide) {
		t.Errorf("%d lines are there, for %v and %d bytes", len(s.said), have.MaxAge, have.MaxBytes)
	}
	if kept, known := limitsOf(&have); !known || kept != wide {
		t.Errorf("noted is %+v, %v", kept, known)
	}
}

// The house alone has the streams in its process: those become as the flags say.
func TestNarrowerFlagsOfOneHouse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := begin(t, Config{Dir: dir, Memory: wide})
	s.end(t)
	s = begin(t, Config{Dir: dir, Memory: narrow})
	defer s.end(t)
	have := roomConfig(t, s.engine)
	if _, known := limitsOf(&have); known || have.MaxAge != narrow.Age || have.MaxBytes != storeBytes(narrow) {
		t.Errorf("it is %v and %d bytes, noted: %v", have.MaxAge, have.MaxBytes, known)
	}
}

// 0 is no limit, for bytes and for the age.
func TestWider(t *testing.T) {
	t.Parallel()
	tests := []struct{ a, b, want room.Memory }{
		{room.Memory{Lines: 1, Bytes: 2, Age: 3}, room.Memory{Lines: 3, Bytes: 1, Age: 2}, room.Memory{Lines: 3, Bytes: 2, Age: 3}},
		{room.Memory{Lines: 1, Bytes: 0, Age: 3}, room.Memory{Lines: 0, Bytes: 1, Age: 0}, room.Memory{Lines: 1, Bytes: 0, Age: 0}},
	}
	for _, test := range tests {
		if got, back := wider(test.a, test.b), wider(test.b, test.a); got != test.want || back != test.want {
			t.Errorf("of %+v and %+v it is %+v, or %+v", test.a, test.b, got, back)
		}
	}
}

// Names are kept for as long as any node was told to keep them, until Trim: at a node that runs,
// too.
func TestNamesOfANarrowNode(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	url := elsewhere(t, t.TempDir(), -1).ClientURL()
	c := func(names time.Duration) Config { return Config{URL: url, Memory: wide, Names: names} }
	short := begin(t, c(30*day))
	guard := newGuard(short.Journal, short.house)
	for i, test := range []struct{ own, kept time.Duration }{
		{30 * day, 30 * day}, {180 * day, 180 * day}, {30 * day, 180 * day}, {0, 0}, {180 * day, 0},
	} {
		s := begin(t, c(test.own))
		guard.look(bounded(t))
		if got, there := s.NamesKept(), short.NamesKept(); got != test.kept || there != test.kept {
			t.Errorf("node %d keeps names for %v, and the one that runs for %v; want %v", i, got, there, test.kept)
		}
		if warns := strings.Contains(s.logged.String(), "names are kept for longer"); warns != (test.own != test.kept) {
			t.Errorf("node %d warns: %v", i, warns)
		}
		s.end(t)
	}
	if err := Trim(bounded(t), c(60*day)); err != nil {
		t.Fatal(err)
	}
	guard.look(bounded(t))
	if _, names, err := Limits(bounded(t), c(day)); err != nil || names != 60*day || short.NamesKept() != 60*day {
		t.Errorf("names are kept for %v and %v, %v", names, short.NamesKept(), err)
	}
}
