package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"teahouse/internal/command"
	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

func record(table, key, value string) records.Record {
	r := records.Record{Table: table, Key: key}
	if value != "" {
		r.Value = []byte(value)
	}
	return r
}

// recordsIn returns the stored values.
func recordsIn(t testing.TB, j *Journal) map[layout.RecordID]string {
	t.Helper()
	stored, err := j.records.all(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	found := map[layout.RecordID]string{}
	for _, r := range stored {
		found[layout.RecordID{Table: r.Table, Key: r.Key}] = string(r.Value)
	}
	if len(found) != len(stored) {
		t.Errorf("%d records for %d subjects", len(stored), len(found))
	}
	return found
}

func wantRecords(t testing.TB, j *Journal, want map[layout.RecordID]string) {
	t.Helper()
	if got := recordsIn(t, j); !maps.Equal(got, want) {
		t.Errorf("got %d records, want %d:\n%.500v\n%.500v", len(got), len(want), got, want)
	}
}

// serverPort returns the port on which a NATS server listens.
func serverPort(t testing.TB, s *server.Server) int {
	t.Helper()
	addr := s.Addr().String()
	n, err := strconv.Atoi(addr[strings.LastIndex(addr, ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Records are written, some of them twice, and one is deleted. After a restart the latest values
// are there, and only a marker of the deleted one.
func TestRecords(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	s.Write(record("names", "alice", `{"key":1}`))
	s.Write(record("names", "bob", `{"key":2}`))
	s.Write(record("bans", "bob", `{}`))
	testkit.Eventually(t, "they are stored", func() bool { return s.Status().PendingRecords == 0 })
	s.Write(record("names", "alice", `{"key":3}`))
	s.Write(record("names", "alice", `{"key":4}`))
	s.Write(record("bans", "bob", ""))
	s.Write(record("bans", "carol", `{}`))
	s.Write(record("bans", "carol", "")) // never stored, or not for long
	s.closeStored(t)

	s = openServer(t, c)
	want := map[layout.RecordID]string{{Table: "names", Key: "alice"}: `{"key":4}`, {Table: "names", Key: "bob"}: `{"key":2}`}
	wantRecords(t, s.Journal, want)
	stream, err := s.store.JS.Stream(testContext(t), layout.AuthorityStream)
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.Msgs; n != 4 {
		t.Errorf("%d messages are stored, want two records and two markers", n)
	}
	if st := s.Status(); st.PendingRecords != 0 || st.AuthorityErr != nil {
		t.Errorf("status: %+v", st)
	}
}

// Without a data directory the records are kept as long as the process lives.
func TestRecordsInMemory(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{HistoryLimits: wideLimits})
	s.Write(record("names", "alice", `{}`))
	testkit.Eventually(t, "it is stored", func() bool { return s.Status().PendingRecords == 0 })
	wantRecords(t, s.Journal, map[layout.RecordID]string{{Table: "names", Key: "alice"}: `{}`})
}

// A server that keeps no history keeps its records. It stores no messages, and leaves those alone
// that an earlier run stored.
func TestRecordsWithoutHistory(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	say(t, s.join(t, "alice", aliceKey), "hello")
	s.closeStored(t)

	forgetful := c
	forgetful.HistoryLimits.Lines = 0
	for generation := range 2 {
		j, err := Open(testContext(t), forgetful)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(recordsIn(t, j)); n != generation {
			t.Errorf("generation %d: %d records", generation, n)
		}
		hub := room.New(room.Config{})
		if err := j.Start(testContext(t), hub); err != nil {
			t.Fatal(err)
		}
		bob, err := hub.Enter(t.Context(), room.ClientInfo{RequestedName: "bob", Fingerprint: bobKey})
		if err != nil {
			t.Fatal(err)
		}
		say(t, bob, "off the record")
		j.Write(record("bans", fmt.Sprint(generation), `{}`))
		if err := j.Backup(testContext(t), &bytes.Buffer{}); err != nil {
			t.Error(err)
		}
		if err := j.Close(testContext(t)); err != nil {
			t.Error(err)
		}
	}
	if raw := string(storedBytes(t, c.Dir)); !strings.Contains(raw, "hello") || strings.Contains(raw, "off the record") {
		t.Error("earlier messages are gone, or new ones are stored")
	}
	s = openServer(t, c)
	if got := textsOf(s.said); len(got) != 1 || got[0] != "hello" {
		t.Errorf("got %q", got)
	}
}

// Keys are any bytes: each comes back as it was, and none takes another's place.
func TestRecordKeys(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	s := openServer(t, c)
	keys := []string{"", "=", "==", "-", ".", "..", "a.b", " ", "a b", "*", ">", "$KV.authority.names.YQ", "\r\n", "\x00", "\xff\xfe", "茶", "e\u0301", "é",
		strings.Repeat("x", 256), strings.Repeat("\xff", 256), strings.Repeat("茶", 85)}
	want := map[layout.RecordID]string{}
	for b := range 256 {
		keys = append(keys, string([]byte{byte(b)}))
	}
	for _, table := range []string{"a", "names"} {
		for _, key := range keys {
			want[layout.RecordID{Table: table, Key: key}] = strconv.Quote(table)
			s.Write(record(table, key, strconv.Quote(table)))
		}
	}
	s.closeStored(t)
	s = openServer(t, c)
	wantRecords(t, s.Journal, want)
	for _, key := range keys {
		s.Write(record("a", key, ""))
		delete(want, layout.RecordID{Table: "a", Key: key})
	}
	s.closeStored(t)
	s = openServer(t, c)
	wantRecords(t, s.Journal, want)
}

// A table that cannot be part of a subject is a bug, and must be found before the next start.
func TestRecordTables(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{})
	for _, table := range []string{"", "Names", "a.b", "a b", "*", "ä"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("table %q was accepted", table)
				}
			}()
			s.Write(record(table, "key", `{}`))
		}()
	}
}

// 5,000 records are written at once, as when names are imported: a NATS server elsewhere soon
// has them all.
func TestManyRecords(t *testing.T) {
	t.Parallel()
	c := Config{URL: startRemoteServer(t, t.TempDir(), -1).ClientURL()}
	s := openServer(t, c)
	want := map[layout.RecordID]string{}
	began := time.Now()
	for i := range 5000 {
		r := record("names", fmt.Sprint("user ", i), strconv.Itoa(i))
		want[layout.RecordID{Table: r.Table, Key: r.Key}] = string(r.Value)
		s.Write(r)
	}
	testkit.Eventually(t, "they are stored", func() bool { return s.Status().PendingRecords == 0 })
	t.Logf("5,000 records took %v", time.Since(began))
	wantRecords(t, s.Journal, want)
	s.closeStored(t)
	s = openServer(t, c)
	wantRecords(t, s.Journal, want)
}

// Records are stored in the order in which they were written, so that a process that dies leaves
// a state that existed at some time.
func TestRecordsAreStoredInOrder(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir()})
	s.store.StopServer() // they gather until it runs again
	var want []string
	for i := range 3 * store.PublishBatchSize {
		key := fmt.Sprint(i * 7919 % 1000)
		want = append(want, key)
		s.Write(record("names", key, `{}`))
	}
	s.Write(record("names", want[0], `{"again":1}`))
	want = append(want[1:], want[0])
	testkit.Eventually(t, "they are stored", func() bool { return s.Status().PendingRecords == 0 })
	stored, err := s.records.all(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range stored {
		got = append(got, r.Key)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// A record could not be stored, and has a later value by then: the later one counts, and waiting
// for either takes until it is stored.
func TestFailedRecordIsReplacedByALaterOne(t *testing.T) {
	t.Parallel()
	b := newRecordQueue(records.Authority, &atomic.Uint64{}, nil)
	at := layout.RecordID{Table: "bans", Key: "bob"}
	b.push(at, []byte("1"))
	taken := b.take(true)
	b.push(at, []byte("2"))
	b.requeue(taken) // none of them was stored
	taken = b.take(true)
	if len(taken) != 1 || string(taken[0].value) != "2" {
		t.Fatalf("written is %v", taken)
	}
	for after := range uint64(2) {
		if _, err := b.checkStored(after, after+1); err != records.ErrNotStored {
			t.Errorf("record %d counts as stored", after+1)
		}
	}
	if _, err := b.checkStored(2, 3); err != nil {
		t.Error("a record that was not written yet counts as waiting")
	}
	b.requeue(nil)
	if _, err := b.checkStored(0, 2); err != nil {
		t.Error("the records do not count as stored")
	}
}

// Waiting for a record that cannot be stored ends after a while; waiting for others is not
// affected.
func TestSettle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &recordStore{env: &env{}, queues: newRecordQueues(nil)}
		bans := j.queueOf("bans")
		j.workCtx, j.abortWork = context.WithCancel(t.Context())
		j.write(record("bans", "bob", `{}`))
		j.write(record("bans", "eve", `{}`))
		taken := bans.take(true)
		began := time.Now()
		if j.waitStored(t.Context(), 0, 1) != records.ErrNotStored || time.Since(began) != settleTimeout {
			t.Errorf("stored after %v", time.Since(began))
		}
		bans.requeue(taken[:1])
		if began = time.Now(); j.waitStored(t.Context(), 1, 2) != nil || time.Since(began) != 0 {
			t.Errorf("the wait for another record took %v", time.Since(began))
		}
		bans.take(true)
		time.AfterFunc(time.Second, func() { bans.requeue(nil) })
		if j.waitStored(t.Context(), 0, 1) != nil || time.Since(began) != time.Second {
			t.Errorf("stored after %v", time.Since(began))
		}
		j.write(record("bans", "bob", ""))
		time.AfterFunc(time.Second, j.abortWork)
		if began = time.Now(); j.waitStored(t.Context(), 2, 3) == nil || time.Since(began) != time.Second {
			t.Errorf("after the journal closed, a wait took %v", time.Since(began))
		}
	})
}

// Many write at once, as under the hub's lock: to keys of their own in order, and all of them to
// one key. The last value of each is stored, and the shared record holds a writer's last value.
func TestRecordsOfManyWriters(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	s := openServer(t, c)
	const writers, rounds = 8, 500
	want := map[layout.RecordID]string{}
	var writing sync.WaitGroup
	for w := range writers {
		own := fmt.Sprint("writer ", w)
		want[layout.RecordID{Table: "own", Key: own}] = strconv.Itoa(rounds - 1)
		writing.Go(func() {
			for i := range rounds {
				s.Write(record("own", own, strconv.Itoa(i)))
				s.Write(record("shared", "one", strconv.Itoa(i)))
				s.Write(record("gone", own, strconv.Itoa(i)))
				s.Write(record("gone", own, ""))
				_ = s.Status()
			}
		})
	}
	writing.Wait()
	s.closeStored(t)
	s = openServer(t, c)
	got := recordsIn(t, s.Journal)
	if last := got[layout.RecordID{Table: "shared", Key: "one"}]; last != strconv.Itoa(rounds-1) {
		t.Errorf("the shared record: %q", last)
	}
	delete(got, layout.RecordID{Table: "shared", Key: "one"})
	if !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// The NATS server goes away. Nobody who writes a record waits for it. Once it is back, the
// latest records are stored, and one that was deleted meanwhile is gone. The log mentions the
// beginning and the end, once.
func TestServerGoesAwayFromRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	away := startRemoteServer(t, dir, -1)
	s := openServer(t, Config{URL: away.ClientURL()})
	s.Write(record("bans", "bob", `{}`))
	testkit.Eventually(t, "it is stored", func() bool { return s.Status().PendingRecords == 0 })
	at := serverPort(t, away)
	natstest.Stop(away)

	want := map[layout.RecordID]string{}
	slowest := time.Duration(0)
	for i := range 2000 {
		r := record("names", fmt.Sprint("user ", i%1000), strconv.Itoa(i))
		want[layout.RecordID{Table: r.Table, Key: r.Key}] = string(r.Value)
		began := time.Now()
		s.Write(r)
		slowest = max(slowest, time.Since(began))
	}
	s.Write(record("bans", "bob", ""))
	testkit.Eventually(t, "the status says so", func() bool { st := s.Status(); return st.AuthorityErr != nil && st.PendingRecords == 1001 })
	if slowest > time.Second {
		t.Errorf("a write waited for %v", slowest)
	}
	startRemoteServer(t, dir, at)
	testkit.Eventually(t, "the log tells of the end", func() bool { return strings.Contains(s.logged.String(), "records are written again") })
	wantRecords(t, s.Journal, want)
	if st := s.Status(); st.PendingRecords != 0 || st.AuthorityErr != nil || st.Err != nil {
		t.Errorf("status: %+v", st)
	}
	if n := strings.Count(s.logged.String(), "records cannot be written"); n != 1 {
		t.Errorf("the log reports it %d times:\n%s", n, s.logged)
	}
}

// A NATS server comes back without its files: the stream is recreated, and stores what is
// written from then on.
func TestServerComesBackEmpty(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	at := serverPort(t, away)
	s := openServer(t, Config{URL: away.ClientURL()})
	natstest.Stop(away)
	s.Write(record("names", "alice", `{}`))
	startRemoteServer(t, t.TempDir(), at)
	testkit.Eventually(t, "it is stored", func() bool { return s.Status().PendingRecords == 0 })
	wantRecords(t, s.Journal, map[layout.RecordID]string{{Table: "names", Key: "alice"}: `{}`})
}

// The embedded server stops while people speak and records are written: both goroutines notice,
// both have it restarted, and nothing is lost.
func TestEmbeddedServerStopsUnderRecords(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	alice := s.join(t, "alice", aliceKey)
	want := map[layout.RecordID]string{}
	for i := range 3 {
		s.store.StopServer()
		for k := range 100 {
			r := record("names", fmt.Sprint(i, k), `{}`)
			want[layout.RecordID{Table: r.Table, Key: r.Key}] = `{}`
			s.Write(r)
		}
		say(t, alice, fmt.Sprint("line ", i))
		testkit.Eventually(t, "all is stored", func() bool { st := s.Status(); return st.PendingRecords == 0 && st.Stored == uint64(i+2) })
	}
	s.closeStored(t)
	s = openServer(t, c)
	wantRecords(t, s.Journal, want)
	if len(s.said) != 3 {
		t.Errorf("got %q", textsOf(s.said))
	}
}

// The process is killed after a record was stored: it is there.
func TestRecordsAfterKill(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	s := openServer(t, c)
	s.Write(record("bans", "bob", `{}`))
	testkit.Eventually(t, "it is stored", func() bool { return s.Status().PendingRecords == 0 })
	s.kill()
	s = openServer(t, c)
	wantRecords(t, s.Journal, map[layout.RecordID]string{{Table: "bans", Key: "bob"}: `{}`})
}

// The program ends while records wait: Close stores them.
func TestCloseStoresRecords(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	for generation := range testkit.Amount(20, 4) {
		s := openServer(t, c)
		if n := len(recordsIn(t, s.Journal)); n != 100*generation {
			t.Fatalf("%d records after %d generations", n, generation)
		}
		for i := range 100 {
			s.Write(record("names", fmt.Sprint(generation, ".", i), `{}`))
		}
		s.closeStored(t)
	}
}

// The engine is away and the program ends: Close gives up in time, and says how many records
// could not be stored.
func TestCloseWhileDisconnectedWithRecords(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	s := openServer(t, Config{URL: away.ClientURL()})
	natstest.Stop(away)
	for i := range 1500 {
		s.Write(record("names", strconv.Itoa(i), `{}`))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := s.Close(ctx)
	if err == nil || !strings.Contains(err.Error(), "1500 records") {
		t.Errorf("error: %v", err)
	}
	if took := time.Since(began); took > waitLimit/2 {
		t.Errorf("Close took %v", took)
	}
}

// limitSpace limits a partition's stream to a number of bytes.
func (h *testServer) limitSpace(t testing.TB, space records.Partition, bytes int64) {
	t.Helper()
	have, err := h.store.FindStream(testContext(t), layout.PartitionStream(space))
	if err != nil {
		t.Fatal(err)
	}
	have.MaxBytes = bytes
	if _, err := h.store.JS.UpdateStream(testContext(t), *have); err != nil {
		t.Fatal(err)
	}
}

// The partition is full. Its records stay, writes that would enlarge it wait, and others are
// stored; the server is not restarted. Once there is space, the rest is stored.
func TestFullRecordStream(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir()})
	began := s.store.Conn.ConnectedServerId()
	s.limitSpace(t, records.Authority, 1<<20)
	large := strconv.Quote(strings.Repeat("x", 10_000))
	const many = 1<<20/10_000 + 3
	for i := range many {
		s.Write(record("large", strconv.Itoa(i), large))
	}
	testkit.Eventually(t, "it is full", func() bool {
		st := s.Status()
		return st.AuthorityErr != nil && st.PendingRecords > 0 && st.PendingRecords < 6
	})
	s.Write(record("small", "one", strconv.Quote(strings.Repeat("x", 9_900))))
	before := recordsIn(t, s.Journal)
	if len(before) < many-6 {
		t.Errorf("%d records are stored", len(before))
	}
	gone := 0
	for at := range before {
		if gone++; gone > 6 {
			break
		}
		s.Write(record(at.Table, at.Key, ""))
	}
	testkit.Eventually(t, "all is stored", func() bool { st := s.Status(); return st.PendingRecords == 0 && st.AuthorityErr == nil })
	if n := len(recordsIn(t, s.Journal)); n != many+1-6 {
		t.Errorf("%d records are stored", n)
	}
	if s.store.Conn.ConnectedServerId() != began {
		t.Error("the server was restarted")
	}
}

// Input histories fill their partition, and thousands of settings are rejected. A ban is stored
// all the same, at once, and so are personal records that fit; whoever writes one that does not
// fit hears at once that it is not stored.
func TestFullPersonalStreamLeavesTheOtherAlone(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir()})
	began := s.store.Conn.ConnectedServerId()
	s.limitSpace(t, records.Personal, 64<<10)
	large := strconv.Quote(strings.Repeat("x", 1000))
	var last uint64
	for i := range 3 * maxRecordsPerRound {
		last = s.Write(record("inputhistories", strconv.Itoa(i), large))
	}
	testkit.Eventually(t, "they are refused", func() bool {
		return s.Status().PersonalErr != nil && s.WaitStored(t.Context(), last-1, last) == records.ErrRefused
	})
	if err := s.WaitStored(t.Context(), last, s.Write(record("bans", "mallory", `{}`))); err != nil {
		t.Errorf("the ban: %v", err)
	}
	testkit.Eventually(t, "all were tried", func() bool { _, fresh := s.records.queueOf("inputhistories").countWaiting(); return fresh == 0 })
	last++
	if err := s.WaitStored(t.Context(), last, s.Write(record("inputhistories", "0", `{}`))); err != nil {
		t.Errorf("a smaller record than before: %v", err)
	}
	if st := s.Status(); st.AuthorityErr != nil || st.PendingRecords < 2*maxRecordsPerRound {
		t.Errorf("status: %+v", st)
	}
	if !strings.Contains(s.logged.String(), "maximum bytes exceeded") || s.store.Conn.ConnectedServerId() != began {
		t.Errorf("the log does not say why, or the server was restarted:\n%s", s.logged)
	}
	if err := s.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "records could not be stored") {
		t.Errorf("Close, which does not wait for them for ever: %v", err)
	}
	s = openServer(t, s.config)
	if got := recordsIn(t, s.Journal); got[layout.RecordID{Table: "bans", Key: "mallory"}] != `{}` || got[layout.RecordID{Table: "inputhistories", Key: "0"}] != `{}` {
		t.Errorf("after a restart %d records are there", len(got))
	}
}

// A record takes no more of the store than the hub counts for it, whatever its key and value.
func TestRecordOverhead(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir()})
	for _, table := range []string{"operators", "settings"} {
		counted := uint64(0)
		for i := range 300 {
			r := record(table, strings.Repeat("k", i%257), strconv.Quote(strings.Repeat("x", i*17)))
			if i < 257 {
				counted += uint64(len(layout.EncodeToken(r.Key)) + len(r.Value) + records.Overhead)
			}
			s.writeAndSettle(t, r)
		}
		stream, err := s.store.JS.Stream(testContext(t), layout.PartitionStream(room.PartitionOf(table)))
		if err != nil {
			t.Fatal(err)
		}
		if state := stream.CachedInfo().State; state.Msgs != 257 || state.Bytes > counted+43*17*300 {
			t.Errorf("%s: %d records take %d bytes, counted as %d", table, state.Msgs, state.Bytes, counted)
		}
	}
}

// A record is larger than a message may be. It is not stored, and reported as such; others are
// stored. A smaller value of it is stored.
func TestRecordTooLarge(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir()})
	s.Write(record("a", "large", strconv.Quote(strings.Repeat("x", 2<<20))))
	s.Write(record("a", "small", `{}`))
	testkit.Eventually(t, "the other is stored", func() bool { st := s.Status(); return st.PendingRecords == 1 && st.AuthorityErr != nil })
	wantRecords(t, s.Journal, map[layout.RecordID]string{{Table: "a", Key: "small"}: `{}`})
	s.Write(record("a", "large", `{}`))
	testkit.Eventually(t, "it is stored", func() bool { return s.Status().AuthorityErr == nil })
	wantRecords(t, s.Journal, map[layout.RecordID]string{{Table: "a", Key: "small"}: `{}`, {Table: "a", Key: "large"}: `{}`})
}

// Alice asks to be forgotten. That does not lift a ban.
func TestForgetLeavesRecords(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	s.Write(record("bans", aliceKey, `{}`))
	alice := s.join(t, "alice", aliceKey)
	if _, err := command.NewRunner(alice).RunCommand([]string{"forget", "me", "yes"}); err != nil {
		t.Fatal(err)
	}
	s.closeStored(t)
	s = openServer(t, s.config)
	wantRecords(t, s.Journal, map[layout.RecordID]string{{Table: "bans", Key: aliceKey}: `{}`})
}

// A backup contains the records, also if records are written and deleted meanwhile.
func TestBackupOfRecords(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{HistoryLimits: wideLimits})
	want := map[layout.RecordID]string{{Table: "names", Key: ""}: `"nobody"`, {Table: "bans", Key: "\xff"}: `{}`}
	for at, value := range want {
		s.Write(record(at.Table, at.Key, value))
	}
	testkit.Eventually(t, "they are stored", func() bool { return s.Status().PendingRecords == 0 })
	for n := range testkit.Amount(50, 10) {
		var writing sync.WaitGroup
		writing.Go(func() {
			for i := range 400 {
				s.Write(record("passing", strconv.Itoa(i), strings.Repeat(`{}`, (n+1)%2)))
			}
		})
		err := s.Backup(testContext(t), &bytes.Buffer{})
		writing.Wait()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 400 {
		s.Write(record("passing", strconv.Itoa(i), ""))
	}
	testkit.Eventually(t, "all is stored", func() bool { return s.Status().PendingRecords == 0 })
	var backup bytes.Buffer
	if err := s.Backup(testContext(t), &backup); err != nil {
		t.Fatal(err)
	}
	if err := Verify(bytes.NewReader(backup.Bytes()), room.HistoryLimits{}); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := RestoreBackup(testContext(t), Config{Dir: dir}, bytes.NewReader(backup.Bytes())); err != nil {
		t.Fatal(err)
	}
	wantRecords(t, openServer(t, Config{Dir: dir, HistoryLimits: wideLimits}).Journal, want)
}

// A backup of the version without records is restored, and records can be written.
func TestBackupWithoutRecords(t *testing.T) {
	t.Parallel()
	backup := gzipped(bytes.Replace(gunzipped(t, makeBackup(t)), []byte(`"version":2`), []byte(`"version":1`), 1))
	dir := t.TempDir()
	if err := RestoreBackup(testContext(t), Config{Dir: dir}, bytes.NewReader(backup)); err != nil {
		t.Fatal(err)
	}
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	if got := textsOf(s.said); len(got) != 2 {
		t.Errorf("got %q", got)
	}
	s.Write(record("names", "alice", `{}`))
	s.closeStored(t)
	wantRecords(t, openServer(t, Config{Dir: dir, HistoryLimits: wideLimits}).Journal, map[layout.RecordID]string{{Table: "names", Key: "alice"}: `{}`})
}

// downgradeToVersion1 turns the streams back into version 1, which had no records.
func downgradeToVersion1(t testing.TB, e *store.Store) {
	t.Helper()
	for _, name := range []string{layout.AuthorityStream, layout.PersonalStream} {
		if err := e.JS.DeleteStream(testContext(t), name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{layout.RoomStream, layout.PrivateMessageStream, layout.PeopleStream} {
		have, err := e.FindStream(testContext(t), name)
		if err != nil {
			t.Fatal(err)
		}
		have.Metadata[layout.VersionKey] = "1"
		if _, err := e.JS.UpdateStream(testContext(t), *have); err != nil {
			t.Fatal(err)
		}
	}
}

// streamVersions returns the version of each stream.
func streamVersions(t testing.TB, e *store.Store) (found []string) {
	t.Helper()
	for _, want := range e.WantedStreams() {
		stream, err := e.JS.Stream(testContext(t), want.Name)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, stream.CachedInfo().Config.Metadata[layout.VersionKey])
	}
	return found
}

// A store of the version without records is opened. Its data is there, it has no records and can
// store some, and the old version would reject its folder and each of its streams, so as not to
// open without the records.
func TestDataWithoutRecords(t *testing.T) {
	t.Parallel()
	for _, half := range []string{"1\n", fmt.Sprintln(layout.Version)} { // in the folder; the second upgrade was interrupted
		c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
		s := openServer(t, c)
		say(t, s.join(t, "alice", aliceKey), "hello")
		testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == 2 && !s.people.isDirty() })
		downgradeToVersion1(t, s.store)
		s.kill()
		version := filepath.Join(c.Dir, layout.FolderName, layout.VersionFile)
		write(t, version, half)

		s = openServer(t, c)
		if got := textsOf(s.said); len(got) != 1 {
			t.Errorf("got %q", got)
		}
		wantRecords(t, s.Journal, map[layout.RecordID]string{})
		s.Write(record("bans", "bob", `{}`))
		if got := fmt.Sprint(streamVersions(t, s.store)); got != fmt.Sprint([]int{layout.Version, layout.Version, layout.Version, layout.Version, layout.Version}) {
			t.Errorf("the streams are of versions %s", got)
		}
		s.closeStored(t)
		if got, err := os.ReadFile(version); err != nil || string(got) != fmt.Sprintln(layout.Version) {
			t.Errorf("the folder is of version %q, %v", got, err)
		}
		s = openServer(t, c)
		if _, ok := s.AccountByName("alice"); !ok || len(s.said) != 1 {
			t.Errorf("alice or her lines are unknown: %q", textsOf(s.said))
		}
		wantRecords(t, s.Journal, map[layout.RecordID]string{{Table: "bans", Key: "bob"}: `{}`})
	}
}

// newer is a version that does not exist yet.
const newer = "1000"

// One stream is of a newer version: those of an older one do not change, so that the older
// program still works.
func TestMixedVersions(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	c := Config{URL: away.ClientURL()}
	s := openServer(t, c)
	downgradeToVersion1(t, s.store)
	have, err := s.store.FindStream(testContext(t), layout.PeopleStream)
	if err != nil {
		t.Fatal(err)
	}
	have.Metadata[layout.VersionKey] = newer
	if _, err := s.store.JS.UpdateStream(testContext(t), *have); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(testContext(t), c); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("version %q", newer)) {
		t.Errorf("error: %v", err)
	}
	if have, err := s.store.FindStream(testContext(t), layout.RoomStream); err != nil || have.Metadata[layout.VersionKey] != "1" {
		t.Errorf("ROOM: %+v, %v", have, err)
	}
	if have, err := s.store.FindStream(testContext(t), layout.AuthorityStream); err != nil || have != nil {
		t.Errorf("KV_authority: %+v, %v", have, err)
	}
}

// If a subject decodes to a RecordID, it is that RecordID's own subject, so that no two subjects
// are one record.
func FuzzRecordID(f *testing.F) {
	for _, at := range []layout.RecordID{{Table: "names", Key: "alice"}, {Table: "a", Key: ""}, {Table: "a", Key: "\xff."}} {
		f.Add(at.Subject())
	}
	f.Add("$KV.authority.a.YR")
	f.Add("$KV.authority.a.YQ\n")
	f.Add("$KV.authority.a")
	f.Fuzz(func(t *testing.T, subject string) {
		for _, s := range layout.Partitions() {
			if at, err := layout.DecodeRecordID(s, subject); err == nil && at.SubjectIn(s) != subject {
				t.Errorf("%q is of %+v, which is %q", subject, at, at.SubjectIn(s))
			}
			at := layout.RecordID{Table: "names", Key: subject} // any key
			if same, err := layout.DecodeRecordID(s, at.SubjectIn(s)); err != nil || same != at {
				t.Errorf("%+v, %v", same, err)
			}
		}
	})
}

// The cost of writing a record for the hub, which holds its lock.
func BenchmarkWrite(b *testing.B) {
	s := openServer(b, Config{Dir: b.TempDir()})
	value, err := json.Marshal("SHA256:alice")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.Write(records.Record{Table: "names", Key: strconv.Itoa(i % 1000), Value: value})
		i++
	}
}
