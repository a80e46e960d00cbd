package journal

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// killedCopies returns what kill -9 of the process would leave of an idle data directory: one
// copy as it is, and one as the store rebuilds it when it does not trust its index.
func killedCopies(t testing.TB, dir string) map[string]string {
	t.Helper()
	left := map[string]string{"with its index": testkit.CopyDir(t, dir), "rebuilt": testkit.CopyDir(t, dir)}
	indexes, err := filepath.Glob(filepath.Join(left["rebuilt"], layout.FolderName, "jetstream", "$G", "streams", "*", "msgs", "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range indexes {
		if err := os.Remove(index); err != nil {
			t.Fatal(err)
		}
	}
	return left
}

// wantAfterKill checks the records after a kill, and again after an orderly restart.
func wantAfterKill(t *testing.T, dir string, want map[layout.RecordID]string) {
	t.Helper()
	for how, left := range killedCopies(t, dir) {
		for range testkit.Amount(2, 1) {
			s := openServer(t, Config{Dir: left, HistoryLimits: wideLimits})
			if got := recordsIn(t, s.Journal); !maps.Equal(got, want) {
				t.Errorf("%s: got %d records, want %d:\n%.300v\n%.300v", how, len(got), len(want), got, want)
			}
			s.closeStored(t)
		}
	}
}

func (h *testServer) writeAndSettle(t testing.TB, all ...records.Record) {
	t.Helper()
	last := h.records.queues[0].lastNumber.Load()
	for _, r := range all {
		h.Write(r)
	}
	testkit.Eventually(t, "the records are stored", func() bool {
		err := h.WaitStored(t.Context(), last, h.records.queues[0].lastNumber.Load())
		if err != nil && !errors.Is(err, records.ErrNotStored) { // a busy machine may need longer
			t.Fatal(err)
		}
		return err == nil
	})
}

// A record is written twice and deleted. After a kill its older value does not come back, and a
// record that was written again has its latest value.
func TestDeletedRecordStaysDeleted(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	s.writeAndSettle(t, record("bans", "bob", `"1h"`), record("bans", "eve", `"1h"`), record("serversettings", "all", `{}`))
	s.writeAndSettle(t, record("bans", "bob", `"2h"`), record("bans", "eve", `"2h"`))
	s.writeAndSettle(t, record("bans", "bob", ""), record("bans", "eve", ""))
	s.writeAndSettle(t, record("bans", "eve", `"3h"`))
	want := map[layout.RecordID]string{{Table: "bans", Key: "eve"}: `"3h"`, {Table: "serversettings", Key: "all"}: `{}`}
	wantRecords(t, s.Journal, want)
	wantAfterKill(t, s.config.Dir, want)
}

// Somebody enters twice and is forgotten. No older entry comes back after a kill.
func TestForgottenPersonStaysForgotten(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	for _, name := range []string{"alice", "alice2"} {
		s.join(t, name, aliceKey).Leave(room.Quit)
		testkit.Eventually(t, "it is kept", func() bool { return !s.people.isDirty() })
	}
	s.people.forget(aliceKey, time.Now())
	if err := s.people.store(testContext(t), s.store); err != nil {
		t.Fatal(err)
	}
	for how, left := range killedCopies(t, s.config.Dir) {
		s := openServer(t, Config{Dir: left, HistoryLimits: wideLimits})
		if p, known := s.Account(aliceKey); known {
			t.Errorf("%s: known is %+v", how, p)
		}
		s.closeStored(t)
	}
}

// manyRecords writes many records, each twice, and deletes every second one. They fill several
// of the store's files.
func (h *testServer) manyRecords(t *testing.T) (want map[layout.RecordID]string) {
	t.Helper()
	const many = 2 * (store.MinMarkers + 10)
	want = map[layout.RecordID]string{}
	for _, size := range []int{1, testkit.Amount(5_000, 500)} {
		var all []records.Record
		for i := range many {
			r := record("names", fmt.Sprint(i), fmt.Sprintf("%q", fmt.Sprint(i, " ", strings.Repeat("x", size))))
			all = append(all, r)
			if want[layout.RecordID{Table: r.Table, Key: r.Key}] = string(r.Value); i%2 == 0 {
				delete(want, layout.RecordID{Table: r.Table, Key: r.Key})
			}
		}
		h.writeAndSettle(t, all...)
	}
	var struck []records.Record
	for i := range many / 2 {
		struck = append(struck, record("names", fmt.Sprint(2*i), ""))
	}
	h.writeAndSettle(t, struck...)
	return want
}

func (h *testServer) recordStreamState(t *testing.T) (messages, first uint64) {
	t.Helper()
	stream, err := h.store.JS.Stream(testContext(t), layout.AuthorityStream)
	if err != nil {
		t.Fatal(err)
	}
	state := stream.CachedInfo().State
	return state.Msgs, state.FirstSeq
}

// The records are compacted. Wherever a kill interrupts that, all records are still there, and
// no deleted ones; in the end their markers are gone.
func TestRecordsAreCompacted(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	want := s.manyRecords(t)
	b := store.PartitionBucket(s.store, records.Authority)
	c, err := b.Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range c.Live()[:500] {
		if err := s.store.PublishAll(testContext(t), []*nats.Msg{store.ConditionalMsg(m.Subject, m.Data, m.Seq)})[0].Err; err != nil {
			t.Fatal(i, err)
		}
	}
	wantAfterKill(t, s.config.Dir, want) // some are rewritten

	if c, err = b.Read(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := b.RaiseFloor(testContext(t), c, c.LastSeq+1); err != nil {
		t.Fatal(err)
	}
	wantAfterKill(t, s.config.Dir, want) // the floor is stored; the next start drops what is below

	if err := b.Compact(testContext(t)); err != nil {
		t.Fatal(err)
	}
	wantRecords(t, s.Journal, want)
	wantAfterKill(t, s.config.Dir, want)
	if messages, first := s.recordStreamState(t); messages != uint64(len(want)+1) || first <= c.LastSeq {
		t.Errorf("%d messages from %d on, want %d records and the floor, above %d", messages, first, len(want), c.LastSeq)
	}
}

// A marker below the floor is gone, and after a kill the entry that it covered is back: it does
// not count.
func TestNothingCountsBelowTheFloor(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	s.writeAndSettle(t, record("bans", "bob", `"1h"`))
	s.writeAndSettle(t, record("bans", "bob", `"2h"`))
	s.writeAndSettle(t, record("bans", "bob", ""), record("bans", "eve", `{}`))
	b := store.PartitionBucket(s.store, records.Authority)
	c, err := b.Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RaiseFloor(testContext(t), c, c.LastSeq+1); err != nil {
		t.Fatal(err)
	}
	if err := s.store.PurgeSubject(testContext(t), layout.AuthorityStream, layout.RecordID{Table: "bans", Key: "bob"}.Subject(), 0); err != nil {
		t.Fatal(err)
	}
	wantAfterKill(t, s.config.Dir, map[layout.RecordID]string{{Table: "bans", Key: "eve"}: `{}`})
}

// Records written during a compaction keep their latest values.
func TestRecordsAreWrittenDuringCompaction(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	want := s.manyRecords(t)
	b := store.PartitionBucket(s.store, records.Authority)
	c, err := b.Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	s.writeAndSettle(t, record("names", "1", ""), record("names", "2", `"new"`), record("names", "3", `"new"`))
	delete(want, layout.RecordID{Table: "names", Key: "1"})
	want[layout.RecordID{Table: "names", Key: "2"}], want[layout.RecordID{Table: "names", Key: "3"}] = `"new"`, `"new"`
	if err := b.RaiseFloor(testContext(t), c, c.LastSeq+1); err != nil {
		t.Fatal(err)
	}
	if err := b.Compact(testContext(t)); err != nil { // drops what is below
		t.Fatal(err)
	}
	wantRecords(t, s.Journal, want)
	wantAfterKill(t, s.config.Dir, want)
}

// Two compactions run at the same time, and the slower one began first: the floor does not fall.
func TestFloorDoesNotFall(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	want := s.manyRecords(t)
	b := store.PartitionBucket(s.store, records.Authority)
	slow, err := b.Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Compact(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := b.RaiseFloor(testContext(t), slow, slow.LastSeq); !store.IsSeqConflict(err) {
		t.Errorf("the floor fell, %v", err)
	}
	wantRecords(t, s.Journal, want)
}

// A backup has the records that count, but neither markers nor the floor, which only makes sense
// in its own store.
func TestBackupOfCompactedRecords(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	want := s.manyRecords(t)
	if err := store.PartitionBucket(s.store, records.Authority).Compact(testContext(t)); err != nil {
		t.Fatal(err)
	}
	s.writeAndSettle(t, record("names", "1", ""))
	delete(want, layout.RecordID{Table: "names", Key: "1"})
	var backup strings.Builder
	if err := s.Backup(testContext(t), &backup); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := RestoreBackup(testContext(t), Config{Dir: dir}, strings.NewReader(backup.String())); err != nil {
		t.Fatal(err)
	}
	wantRecords(t, openServer(t, Config{Dir: dir, HistoryLimits: wideLimits}).Journal, want)
}
