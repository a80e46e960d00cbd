package journal

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/room"
)

// A keeper is a scene whose house has a book, and whose guard looks when the test says so.
type keeper struct {
	*scene
	guard *guard
	root  *room.User // an operator
}

// keeps opens a house as the program does. Where its streams are elsewhere it is one of several.
func keeps(t *testing.T, c Config) *keeper {
	t.Helper()
	c.Memory = wide
	k := &keeper{scene: begin(t, c)}
	k.house.Operator = func(key string) bool { return key == "root" }
	k.house.Book = k.Journal
	rows, err := k.Rows(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.house.Open(rows); err != nil {
		t.Fatal(err)
	}
	k.guard = newGuard(k.Journal, k.house)
	k.guard.look(bounded(t))
	if c.URL != "" {
		k.house.Relay(k.node)
		if err := k.Watch(k.house.Learn); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// does has the operator do something, and waits until it is stored.
func (k *keeper) does(t *testing.T, line string) {
	t.Helper()
	if k.root == nil {
		k.root = k.enter(t, "root", "root")
	}
	k.root.Line(line, room.Slashed)
	k.settles(t)
}

func (k *keeper) settles(t *testing.T) {
	t.Helper()
	eventually(t, "all is stored", func() bool {
		s := k.Status()
		return s.Rows == 0 && s.Behind == 0 && !k.people.isDirty()
	})
}

// stores returns the values of the rows that are stored, but for acts: Rows would have the house
// miss what it has not learned.
func (k *keeper) stores(t *testing.T) map[string]string {
	t.Helper()
	c, err := spaceBucket(k.engine, room.Reserved).read(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range c.live() {
		if at, err := decodePlace(room.Reserved, m.Subject); err != nil {
			t.Error(err)
		} else if at.table != "audit" {
			found[at.table+" "+at.key] = string(m.Data)
		}
	}
	return found
}

func (k *keeper) has(t *testing.T) []string { return slices.Sorted(maps.Keys(k.stores(t))) }

// looks has the guard look for some times, as it does by itself.
func (k *keeper) looks(t *testing.T) {
	t.Helper()
	for range 3 {
		k.guard.look(bounded(t))
	}
}

// configs returns how the streams are, but for where their numbers begin.
func (k *keeper) configs(t *testing.T) map[string]jetstream.StreamConfig {
	t.Helper()
	found := map[string]jetstream.StreamConfig{}
	for _, want := range k.engine.wanted() {
		have, err := k.engine.findStream(bounded(t), want.Name)
		if err != nil || have == nil {
			t.Fatalf("stream %s: %v, %v", want.Name, have, err)
		}
		have.FirstSeq = 0
		found[want.Name] = *have
	}
	return found
}

const lostSome = "the store has lost some of what it had"

// Somebody deletes all streams under two nodes. They are made anew as they were, and what is in
// memory is stored again, once; what was decided after the deletion counts.
func TestStreamsAreDeleted(t *testing.T) {
	t.Parallel()
	url := elsewhere(t, t.TempDir(), -1).ClientURL()
	before := keeps(t, Config{URL: url})
	say(t, before.enter(t, "carol", "carol"), "of before")
	before.settles(t)
	before.end(t)
	one := keeps(t, Config{URL: url})
	alice := one.enter(t, "alice", aliceKey)
	for i := range 3 {
		say(t, alice, fmt.Sprint("line ", i))
	}
	for _, line := range []string{"/ban 192.0.2.66 for good", "/ban 192.0.2.77", "/op alice", "/topic tea"} {
		one.does(t, line)
	}
	if err := one.Post(letterTo(bobKey, "hello"), anyLetters); err != nil {
		t.Fatal(err)
	}
	two := keeps(t, Config{URL: url})
	moved := roomConfig(t, one.engine)
	moved.Metadata[originKey] = "a folder"
	if _, err := one.engine.js.UpdateStream(bounded(t), moved); err != nil {
		t.Fatal(err)
	}
	two.guard.look(bounded(t))
	want, configs := one.has(t), one.configs(t)
	one.guard.look(bounded(t))
	for name := range configs {
		if err := one.engine.js.DeleteStream(bounded(t), name); err != nil {
			t.Fatal(err)
		}
	}
	two.guard.look(bounded(t))
	two.guard.look(bounded(t)) // the streams are there again
	two.does(t, "/unban 192.0.2.77")
	say(t, two.root, "after it")
	two.settles(t)
	one.looks(t)
	two.looks(t)

	want = slices.DeleteFunc(append(want, "names root"), func(row string) bool { return strings.Contains(row, "192.0.2.77") })
	slices.Sort(want)
	want = slices.Compact(want)
	if got := one.has(t); !slices.Equal(got, want) {
		t.Errorf("stored is\n%q, not\n%q", got, want)
	}
	eventually(t, "the other node learns of it", func() bool {
		return !strings.Contains(strings.Join(tables(one.house), " "), "192.0.2.77")
	})
	if got := two.configs(t); !maps.EqualFunc(got, configs, func(a, b jetstream.StreamConfig) bool { return describe(a) == describe(b) }) {
		t.Errorf("the streams are %+v, not %+v", got, configs)
	}
	for _, k := range []*keeper{one, two} {
		logged := k.logged.String()
		if n := strings.Count(logged, lostSome); n != 5 || uint64(n) != k.Status().Gone || !strings.Contains(logged, "messages that waited are gone") {
			t.Errorf("told is %d times, counted %d:\n%s", n, k.Status().Gone, logged)
		}
		k.end(t)
	}
	three := keeps(t, Config{URL: url})
	if got, want := texts(three.said), []string{"of before", "line 0", "line 1", "line 2", "after it"}; !slices.Equal(got, want) {
		t.Errorf("said is %q, not %q", got, want)
	}
	if p, ok := three.Person(aliceKey); !ok || p.Name != "alice" {
		t.Errorf("alice is known as %+v, %v", p, ok)
	}
	if n := strings.Count(three.logged.String(), lostSome); n != 0 {
		t.Errorf("told again:\n%s", three.logged)
	}
}

func tables(h *room.House) (found []string) {
	for _, r := range h.Rows(room.Reserved) {
		found = append(found, r.Table+" "+r.Key)
	}
	return found
}

func describe(c jetstream.StreamConfig) string {
	return strings.Join(append(slices.Clone(c.Subjects), c.Description, c.MaxAge.String(), c.Metadata[formatKey], c.Metadata[limitsKey], c.Metadata[namesKey], c.Metadata[originKey],
		c.Duplicates.String(), c.Discard.String()), " ") + string(rune(c.MaxBytes)) + string(rune(c.MaxMsgsPerSubject))
}

// Somebody empties the buckets, as by "nats stream purge".
func TestBucketsAreEmptied(t *testing.T) {
	t.Parallel()
	k := keeps(t, Config{URL: elsewhere(t, t.TempDir(), -1).ClientURL()})
	k.enter(t, "alice", aliceKey)
	k.does(t, "/ban 192.0.2.66")
	k.guard.look(bounded(t))
	want := k.has(t)
	for _, name := range []string{bookStream, peopleStream, roomStream} {
		if err := k.engine.clear(bounded(t), name, allSubjects, 0); err != nil {
			t.Fatal(err)
		}
	}
	k.guard.look(bounded(t))
	if got := k.has(t); !slices.Equal(got, want) {
		t.Errorf("stored is %q, not %q", got, want)
	}
	if c, err := peopleBucket(k.engine).read(bounded(t)); err != nil || len(c.live()) != 2 {
		t.Errorf("known are %+v, %v", c, err)
	}
	if n := k.Status().Gone; n != 2 { // what is said may all be too old
		t.Errorf("it counts %d:\n%s", n, k.logged)
	}
}

// The stream is led by a server whose clock is behind that of the one before: nothing is lost.
func TestServersWithDifferentClocks(t *testing.T) {
	t.Parallel()
	k := keeps(t, Config{URL: elsewhere(t, t.TempDir(), -1).ClientURL()})
	for range 2 {
		k.does(t, "/ban 192.0.2.66")
		k.looks(t)
		seen := k.engine.sights.of(bookStream)
		seen.at = seen.at.Add(-time.Hour)
		k.engine.sights.note(bookStream, seen)
	}
	if n := k.Status().Gone; n != 0 {
		t.Errorf("it counts %d:\n%s", n, k.logged)
	}
}

// The disk of the NATS server is as it was some time ago. What was decided since is stored
// again, what was struck out since is struck out again, and what another node has decided after
// that stays.
func TestStreamsAreAsTheyWere(t *testing.T) {
	t.Parallel()
	dir, before := t.TempDir(), t.TempDir()
	away := elsewhere(t, dir, -1)
	one, two := keeps(t, Config{URL: away.ClientURL()}), keeps(t, Config{URL: away.ClientURL()})
	for _, line := range []string{"/ban 192.0.2.1", "/ban 192.0.2.2", "/ban 192.0.2.3"} {
		one.does(t, line)
	}
	one.stored(t, row("future", "x", `{"of":"a later version"}`))
	say(t, one.root, "line 0")
	one.settles(t)
	at := port(t, away)
	stopServer(away)
	if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	away = elsewhere(t, dir, at)
	for _, line := range []string{"/unban 192.0.2.1", "/ban 192.0.2.4", "/unban 192.0.2.2", "/ban 192.0.2.2 1d", "line 1"} {
		one.does(t, line)
	}
	eventually(t, "the other node learns of it", func() bool { return strings.Contains(strings.Join(tables(two.house), " "), "192.0.2.4") })
	one.guard.look(bounded(t))
	two.guard.look(bounded(t))
	stopServer(away)
	elsewhere(t, before, at)
	two.does(t, "/unban 192.0.2.3")
	for _, k := range []*keeper{one, two} { // before one of them stores anything again
		eventually(t, "it is connected", func() bool { k.guard.look(bounded(t)); return k.guard.short[bookStream] != nil })
		if strings.Contains(k.logged.String(), lostSome+" stream=KV_book") {
			t.Error("it takes the word of a server that may lag behind")
		}
	}
	for _, k := range []*keeper{one, two} {
		k.guard.sure = 0
		k.looks(t)
		if n := strings.Count(k.logged.String(), "stream=KV_book what=\"it ends"); n != 1 {
			t.Errorf("it is told %d times:\n%s", n, k.logged)
		}
	}
	bans := slices.DeleteFunc(one.has(t), func(row string) bool { return !strings.HasPrefix(row, "bans") && !strings.HasPrefix(row, "future") })
	if want := []string{"bans 192.0.2.2/32", "bans 192.0.2.4/32", "future x"}; !slices.Equal(bans, want) {
		t.Errorf("stored is %q, not %q", bans, want)
	}
	eventually(t, "the other node learns of it", func() bool {
		return !strings.Contains(strings.Join(tables(one.house), " "), "192.0.2.3")
	})
	if value := one.stores(t)["bans 192.0.2.2/32"]; !strings.Contains(value, "until") {
		t.Errorf("the ban is as it was: %s", value)
	}
	if got, want := texts(begin(t, Config{URL: away.ClientURL(), Memory: wide}).said), []string{"line 0", "line 1"}; !slices.Equal(got, want) {
		t.Errorf("said is %q, not %q", got, want)
	}
}

// All streams were deleted while no node ran. A node that was there before does not open in
// silence, and changes nothing; one with other servers, or told to accept it, does.
func TestStreamsWereDeleted(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), URL: elsewhere(t, t.TempDir(), -1).ClientURL(), Memory: wide}
	begin(t, c).end(t)
	s := begin(t, Config{Dir: t.TempDir(), URL: c.URL, Memory: wide})
	for _, want := range s.engine.wanted() {
		if err := s.engine.js.DeleteStream(bounded(t), want.Name); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if j, err := Open(bounded(t), c); !errors.Is(err, errEmpty) {
			t.Errorf("it opens: %v, %v", j, err)
		}
	}
	c.AcceptLoss = true
	accepted := begin(t, c)
	if !strings.Contains(accepted.logged.String(), errEmpty.Error()) {
		t.Errorf("it logs %s", accepted.logged)
	}
	accepted.end(t)
	c.AcceptLoss = false
	begin(t, c).end(t)
	c.URL = elsewhere(t, t.TempDir(), -1).ClientURL()
	begin(t, c).end(t)
}

// Somebody removes the files of a house under it. That is told, and what is in memory is stored
// again.
func TestFilesAreRemoved(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	k := keeps(t, c)
	k.does(t, "/ban 192.0.2.66")
	k.guard.look(bounded(t))
	want := k.has(t)
	if err := os.RemoveAll(filepath.Join(k.engine.dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	k.looks(t)
	if !strings.Contains(k.logged.String(), lostSome) {
		t.Errorf("it is not told:\n%s", k.logged)
	}
	if strings.Contains(k.logged.String(), "messages that waited") {
		t.Errorf("none waited:\n%s", k.logged)
	}
	k.does(t, "/ban 192.0.2.77")
	k.end(t)
	k = keeps(t, c)
	if got := k.has(t); !slices.Equal(got, slices.Insert(want, 1, "bans 192.0.2.77/32")) {
		t.Errorf("stored is %q, not %q", got, want)
	}
}
