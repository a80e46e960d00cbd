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

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// A monitoredNode is a node with records whose monitor runs when the test says so.
type monitoredNode struct {
	*testServer
	guard *streamMonitor
	root  *room.Session // an operator
}

// startMonitored opens a journal as the program does. If its streams are elsewhere, the node is
// one of several.
func startMonitored(t *testing.T, c Config) *monitoredNode {
	t.Helper()
	c.HistoryLimits = wideLimits
	k := &monitoredNode{testServer: openServerWith(t, c, func(j *Journal, hub *room.Config) {
		hub.Records, hub.IsOperatorKey = j, func(key ids.Fingerprint) bool { return key == "root" }
	})}
	stored, err := k.records.all(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.hub.Load(stored); err != nil {
		t.Fatal(err)
	}
	k.guard = newStreamMonitor(k.Journal, k.hub)
	k.guard.peerRestoreDelay = 0 // it checks less often than every 2 s, and would seem to have been cut off
	k.guard.check(testContext(t))
	if c.URL != "" {
		peers.NewFeed(k.hub, k.node)
		if err := k.records.watch(k.hub.ApplyRemote); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// run runs a command of the operator, and waits until its changes are stored.
func (n *monitoredNode) run(t *testing.T, line string) {
	t.Helper()
	if n.root == nil {
		n.root = n.join(t, "root", "root")
	}
	command.NewRunner(n.root).HandleLine(line, command.SlashSyntax)
	n.waitStored(t)
}

func (n *monitoredNode) waitStored(t *testing.T) {
	t.Helper()
	testkit.Eventually(t, "all is stored", func() bool {
		s := n.Status()
		return s.PendingRecords == 0 && s.Pending == 0 && !n.people.isDirty()
	})
}

// storedRecords returns the values of the stored records, except the audit records. It does not
// use Records, which would mark them as read.
func (n *monitoredNode) storedRecords(t *testing.T) map[string]string {
	t.Helper()
	c, err := store.PartitionBucket(n.store, records.Authority).Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range c.Live() {
		if at, err := layout.DecodeRecordID(records.Authority, m.Subject); err != nil {
			t.Error(err)
		} else if at.Table != "audit" {
			found[at.Table+" "+at.Key] = string(m.Data)
		}
	}
	return found
}

func (n *monitoredNode) storedIDs(t *testing.T) []string {
	return slices.Sorted(maps.Keys(n.storedRecords(t)))
}

// checkStreams runs the monitor a few times, as it runs by itself.
func (n *monitoredNode) checkStreams(t *testing.T) {
	t.Helper()
	for range 3 {
		n.guard.check(testContext(t))
	}
}

// configs returns the streams' configurations, except their first sequence numbers.
func (n *monitoredNode) configs(t *testing.T) map[string]jetstream.StreamConfig {
	t.Helper()
	found := map[string]jetstream.StreamConfig{}
	for _, want := range n.store.WantedStreams() {
		have, err := n.store.FindStream(testContext(t), want.Name)
		if err != nil || have == nil {
			t.Fatalf("stream %s: %v, %v", want.Name, have, err)
		}
		have.FirstSeq = 0
		found[want.Name] = *have
	}
	return found
}

const lostSomeLog = "the store has lost some of what it had"

// Somebody deletes all streams under two nodes. The streams are recreated as they were, and what
// is in memory is stored again, once; decisions made after the deletion count.
func TestStreamsAreDeleted(t *testing.T) {
	t.Parallel()
	url := startRemoteServer(t, t.TempDir(), -1).ClientURL()
	before := startMonitored(t, Config{URL: url})
	say(t, before.join(t, "carol", "carol"), "of before")
	before.waitStored(t)
	before.closeStored(t)
	one := startMonitored(t, Config{URL: url})
	alice := one.join(t, "alice", aliceKey)
	for i := range 3 {
		say(t, alice, fmt.Sprint("line ", i))
	}
	for _, line := range []string{"/ban 192.0.2.66 for good", "/ban 192.0.2.77", "/op alice", "/topic tea"} {
		one.run(t, line)
	}
	if err := one.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); err != nil {
		t.Fatal(err)
	}
	two := startMonitored(t, Config{URL: url})
	moved := roomConfig(t, one.store)
	moved.Metadata[store.OriginKey] = "a folder"
	if _, err := one.store.JS.UpdateStream(testContext(t), moved); err != nil {
		t.Fatal(err)
	}
	two.guard.check(testContext(t))
	want, configs := one.storedIDs(t), one.configs(t)
	one.guard.check(testContext(t))
	for name := range configs {
		if err := one.store.JS.DeleteStream(testContext(t), name); err != nil {
			t.Fatal(err)
		}
	}
	two.guard.check(testContext(t))
	two.guard.check(testContext(t)) // the streams are back
	two.run(t, "/unban 192.0.2.77")
	say(t, two.root, "after it")
	two.waitStored(t)
	one.checkStreams(t)
	two.checkStreams(t)

	want = slices.DeleteFunc(append(want, "names root"), func(id string) bool { return strings.Contains(id, "192.0.2.77") })
	slices.Sort(want)
	want = slices.Compact(want)
	if got := one.storedIDs(t); !slices.Equal(got, want) {
		t.Errorf("stored is\n%q, want\n%q", got, want)
	}
	testkit.Eventually(t, "the other node learns of it", func() bool {
		return !strings.Contains(strings.Join(tablesOf(one.hub), " "), "192.0.2.77")
	})
	if got := two.configs(t); !maps.EqualFunc(got, configs, func(a, b jetstream.StreamConfig) bool { return describeStream(a) == describeStream(b) }) {
		t.Errorf("the streams are %+v, want %+v", got, configs)
	}
	for _, k := range []*monitoredNode{one, two} {
		logged := k.logged.String()
		if n := strings.Count(logged, lostSomeLog); n != 5 || uint64(n) != k.Status().Losses || !strings.Contains(logged, "waiting private messages are lost") {
			t.Errorf("reported %d times, counted %d:\n%s", n, k.Status().Losses, logged)
		}
		k.closeStored(t)
	}
	three := startMonitored(t, Config{URL: url})
	if got, want := textsOf(three.said), []string{"of before", "line 0", "line 1", "line 2", "after it"}; !slices.Equal(got, want) {
		t.Errorf("the messages are %q, not %q", got, want)
	}
	if p, ok := three.Account(aliceKey); !ok || p.Name != "alice" {
		t.Errorf("alice is known as %+v, %v", p, ok)
	}
	if n := strings.Count(three.logged.String(), lostSomeLog); n != 0 {
		t.Errorf("reported again:\n%s", three.logged)
	}
}

func tablesOf(h *room.Hub) (found []string) {
	for _, r := range h.StoredRecords(records.Authority) {
		found = append(found, r.Table+" "+r.Key)
	}
	return found
}

func describeStream(c jetstream.StreamConfig) string {
	return strings.Join(append(slices.Clone(c.Subjects), c.Description, c.MaxAge.String(), c.Metadata[layout.VersionKey], c.Metadata[store.HistoryLimitsKey], c.Metadata[store.NameRetentionKey], c.Metadata[store.OriginKey],
		c.Duplicates.String(), c.Discard.String()), " ") + string(rune(c.MaxBytes)) + string(rune(c.MaxMsgsPerSubject))
}

// Somebody empties the buckets, as with "nats stream purge".
func TestBucketsAreEmptied(t *testing.T) {
	t.Parallel()
	k := startMonitored(t, Config{URL: startRemoteServer(t, t.TempDir(), -1).ClientURL()})
	k.join(t, "alice", aliceKey)
	k.run(t, "/ban 192.0.2.66")
	k.guard.check(testContext(t))
	want := k.storedIDs(t)
	for _, name := range []string{layout.AuthorityStream, layout.PeopleStream, layout.RoomStream} {
		if err := k.store.PurgeSubject(testContext(t), name, store.AllSubjects, 0); err != nil {
			t.Fatal(err)
		}
	}
	k.guard.check(testContext(t))
	if got := k.storedIDs(t); !slices.Equal(got, want) {
		t.Errorf("stored is %q, want %q", got, want)
	}
	if c, err := store.PeopleBucket(k.store).Read(testContext(t)); err != nil || len(c.Live()) != 2 {
		t.Errorf("known are %+v, %v", c, err)
	}
	if n := k.Status().Losses; n != 2 { // messages may all be too old
		t.Errorf("the count is %d:\n%s", n, k.logged)
	}
}

// A stream's new leader has a clock behind that of the old one: nothing is lost.
func TestServersWithDifferentClocks(t *testing.T) {
	t.Parallel()
	k := startMonitored(t, Config{URL: startRemoteServer(t, t.TempDir(), -1).ClientURL()})
	for range 2 {
		k.run(t, "/ban 192.0.2.66")
		k.checkStreams(t)
		seen := k.store.Snapshots.Last(layout.AuthorityStream)
		seen.SeenAt = seen.SeenAt.Add(-time.Hour)
		k.store.Snapshots.Set(layout.AuthorityStream, seen)
	}
	if n := k.Status().Losses; n != 0 {
		t.Errorf("the count is %d:\n%s", n, k.logged)
	}
}

// The NATS server's disk is restored to an earlier state. Later decisions are stored again,
// later deletions are repeated, and what another node has decided since stays.
func TestStreamsAreReset(t *testing.T) {
	t.Parallel()
	dir, before := t.TempDir(), t.TempDir()
	away := startRemoteServer(t, dir, -1)
	one, two := startMonitored(t, Config{URL: away.ClientURL()}), startMonitored(t, Config{URL: away.ClientURL()})
	for _, line := range []string{"/ban 192.0.2.1", "/ban 192.0.2.2", "/ban 192.0.2.3"} {
		one.run(t, line)
	}
	one.writeAndSettle(t, record("future", "x", `{"of":"a later version"}`))
	say(t, one.root, "line 0")
	one.waitStored(t)
	at := serverPort(t, away)
	natstest.Stop(away)
	if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	away = startRemoteServer(t, dir, at)
	for _, line := range []string{"/unban 192.0.2.1", "/ban 192.0.2.4", "/unban 192.0.2.2", "/ban 192.0.2.2 1d", "line 1"} {
		one.run(t, line)
	}
	testkit.Eventually(t, "the other node learns of it", func() bool { return strings.Contains(strings.Join(tablesOf(two.hub), " "), "192.0.2.4") })
	one.guard.check(testContext(t))
	two.guard.check(testContext(t))
	natstest.Stop(away)
	startRemoteServer(t, before, at)
	two.run(t, "/unban 192.0.2.3")
	for _, k := range []*monitoredNode{one, two} { // before one of them stores anything again
		testkit.Eventually(t, "it is connected", func() bool { k.guard.check(testContext(t)); return k.guard.truncations[layout.AuthorityStream] != nil })
		if strings.Contains(k.logged.String(), lostSomeLog+" stream=KV_authority") {
			t.Error("it believes a server that may lag behind")
		}
	}
	for _, k := range []*monitoredNode{one, two} {
		k.guard.truncationDelay = 0
		k.checkStreams(t)
		if n := strings.Count(k.logged.String(), "stream=KV_authority what=\"it ends"); n != 1 {
			t.Errorf("it is reported %d times:\n%s", n, k.logged)
		}
	}
	bans := slices.DeleteFunc(one.storedIDs(t), func(id string) bool { return !strings.HasPrefix(id, "bans") && !strings.HasPrefix(id, "future") })
	if want := []string{"bans 192.0.2.2/32", "bans 192.0.2.4/32", "future x"}; !slices.Equal(bans, want) {
		t.Errorf("stored is %q, want %q", bans, want)
	}
	testkit.Eventually(t, "the other node learns of it", func() bool {
		return !strings.Contains(strings.Join(tablesOf(one.hub), " "), "192.0.2.3")
	})
	if value := one.storedRecords(t)["bans 192.0.2.2/32"]; !strings.Contains(value, "until") {
		t.Errorf("the ban has not changed: %s", value)
	}
	if got, want := textsOf(openServer(t, Config{URL: away.ClientURL(), HistoryLimits: wideLimits}).said), []string{"line 0", "line 1"}; !slices.Equal(got, want) {
		t.Errorf("the messages are %q, not %q", got, want)
	}
}

// All streams were deleted while no node ran. A node that was there before does not open
// silently, and changes nothing; one with other servers, or told to accept the loss, opens.
func TestStreamsWereDeleted(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), URL: startRemoteServer(t, t.TempDir(), -1).ClientURL(), HistoryLimits: wideLimits}
	openServer(t, c).closeStored(t)
	s := openServer(t, Config{Dir: t.TempDir(), URL: c.URL, HistoryLimits: wideLimits})
	for _, want := range s.store.WantedStreams() {
		if err := s.store.JS.DeleteStream(testContext(t), want.Name); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if j, err := Open(testContext(t), c); !errors.Is(err, store.ErrServersEmpty) {
			t.Errorf("the journal opens: %v, %v", j, err)
		}
	}
	c.AcceptLoss = true
	accepted := openServer(t, c)
	if !strings.Contains(accepted.logged.String(), store.ErrServersEmpty.Error()) {
		t.Errorf("it logs %s", accepted.logged)
	}
	accepted.closeStored(t)
	c.AcceptLoss = false
	openServer(t, c).closeStored(t)
	c.URL = startRemoteServer(t, t.TempDir(), -1).ClientURL()
	openServer(t, c).closeStored(t)
}

// Somebody removes a server's files while it runs. The loss is reported, and what is in memory
// is stored again.
func TestFilesAreRemoved(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	k := startMonitored(t, c)
	k.run(t, "/ban 192.0.2.66")
	k.guard.check(testContext(t))
	want := k.storedIDs(t)
	if err := os.RemoveAll(filepath.Join(k.store.Dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	k.checkStreams(t)
	if !strings.Contains(k.logged.String(), lostSomeLog) {
		t.Errorf("the loss is not reported:\n%s", k.logged)
	}
	if strings.Contains(k.logged.String(), "waiting private messages") {
		t.Errorf("no record waited:\n%s", k.logged)
	}
	k.run(t, "/ban 192.0.2.77")
	k.closeStored(t)
	k = startMonitored(t, c)
	if got := k.storedIDs(t); !slices.Equal(got, slices.Insert(want, 1, "bans 192.0.2.77/32")) {
		t.Errorf("stored is %q, want %q", got, want)
	}
}
