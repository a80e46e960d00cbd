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

// killedCopies returns what kill -9 of the process would leave of a data directory where nothing
// is being written at the moment: as it is, and as the store rebuilds it, where it does not
// trust its index.
func killedCopies(t testing.TB, dir string) map[string]string {
	t.Helper()
	left := map[string]string{"with its index": t.TempDir(), "rebuilt": t.TempDir()}
	for _, to := range left {
		if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	}
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

// wantAfterKill wants rows to be there after a kill, and after an orderly restart then.
func wantAfterKill(t *testing.T, dir string, want map[layout.RecordID]string) {
	t.Helper()
	for how, left := range killedCopies(t, dir) {
		for range testkit.Amount(2, 1) {
			s := openHouse(t, Config{Dir: left, HistoryLimits: wideLimits})
			if got := recordsIn(t, s.Journal); !maps.Equal(got, want) {
				t.Errorf("%s: got %d rows, want %d:\n%.300v\n%.300v", how, len(got), len(want), got, want)
			}
			s.closeStored(t)
		}
	}
}

func (h *testHouse) writeAndSettle(t testing.TB, rows ...records.Record) {
	t.Helper()
	last := h.records.queues[0].lastNumber.Load()
	for _, r := range rows {
		h.Write(r)
	}
	testkit.Eventually(t, "the rows are stored", func() bool {
		err := h.WaitStored(last, h.records.queues[0].lastNumber.Load())
		if err != nil && !errors.Is(err, records.ErrNotStored) { // which a busy machine may need longer for
			t.Fatal(err)
		}
		return err == nil
	})
}

// A row is written twice and struck out. After a kill it is not back in its older form, and
// one that was written again has its latest.
func TestDeletedRecordStaysDeleted(t *testing.T) {
	t.Parallel()
	s := openHouse(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	s.writeAndSettle(t, record("bans", "bob", `"1h"`), record("bans", "eve", `"1h"`), record("order", "all", `{}`))
	s.writeAndSettle(t, record("bans", "bob", `"2h"`), record("bans", "eve", `"2h"`))
	s.writeAndSettle(t, record("bans", "bob", ""), record("bans", "eve", ""))
	s.writeAndSettle(t, record("bans", "eve", `"3h"`))
	want := map[layout.RecordID]string{{Table: "bans", Key: "eve"}: `"3h"`, {Table: "order", Key: "all"}: `{}`}
	wantRecords(t, s.Journal, want)
	wantAfterKill(t, s.config.Dir, want)
}

// Somebody comes twice and is forgotten. After a kill nobody knows it by an older record.
func TestForgottenPersonStaysForgotten(t *testing.T) {
	t.Parallel()
	s := openHouse(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	for _, name := range []string{"alice", "alice2"} {
		s.join(t, name, aliceKey).Leave(room.Quit)
		testkit.Eventually(t, "it is kept", func() bool { return !s.people.isDirty() })
	}
	s.people.forget(aliceKey, time.Now())
	if err := s.people.store(testContext(t), s.store); err != nil {
		t.Fatal(err)
	}
	for how, left := range killedCopies(t, s.config.Dir) {
		s := openHouse(t, Config{Dir: left, HistoryLimits: wideLimits})
		if p, known := s.Account(aliceKey); known {
			t.Errorf("%s: known is %+v", how, p)
		}
		s.closeStored(t)
	}
}

// manyRecords writes many rows of which each is written twice, and every second is then struck out.
// They fill several of the store's files.
func (h *testHouse) manyRecords(t *testing.T) (want map[layout.RecordID]string) {
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

func (h *testHouse) recordStreamState(t *testing.T) (messages, first uint64) {
	t.Helper()
	stream, err := h.store.JS.Stream(testContext(t), layout.AuthorityStream)
	if err != nil {
		t.Fatal(err)
	}
	state := stream.CachedInfo().State
	return state.Msgs, state.FirstSeq
}

// The book is compacted. Whenever it is killed on the way, all rows are there that were,
// and none of those that were struck out; in the end their markers are gone.
func TestRecordsAreCompacted(t *testing.T) {
	t.Parallel()
	s := openHouse(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	want := s.manyRecords(t)
	b := store.PartitionBucket(s.store, records.Authority)
	c, err := b.Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	floor := b.NextFloor(c)
	if floor != c.LastSeq+1 {
		t.Fatalf("the floor is to be %d, the last message is %d", floor, c.LastSeq)
	}
	for i, m := range c.Live()[:500] {
		if err := s.store.PublishAll(testContext(t), []*nats.Msg{store.ConditionalMsg(m.Subject, m.Data, m.Seq)})[0].Err; err != nil {
			t.Fatal(i, err)
		}
	}
	wantAfterKill(t, s.config.Dir, want) // some are written anew

	if c, err = b.Read(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := b.RaiseFloor(testContext(t), c, b.NextFloor(c)); err != nil {
		t.Fatal(err)
	}
	wantAfterKill(t, s.config.Dir, want) // the floor is stored; the next start drops what is below

	if err := b.Compact(testContext(t)); err != nil {
		t.Fatal(err)
	}
	wantRecords(t, s.Journal, want)
	wantAfterKill(t, s.config.Dir, want)
	if messages, first := s.recordStreamState(t); messages != uint64(len(want)+1) || first <= c.LastSeq {
		t.Errorf("%d messages from %d on, want %d rows and the floor, above %d", messages, first, len(want), c.LastSeq)
	}
}

// A marker below the floor is gone from the store, and after the kill what it covered is
// there again: that counts for nothing.
func TestNothingCountsBelowTheFloor(t *testing.T) {
	t.Parallel()
	s := openHouse(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
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

// Rows are written while the book is compacted: none gets an older value by that.
func TestRecordsAreWrittenDuringCompaction(t *testing.T) {
	t.Parallel()
	s := openHouse(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
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

// Two compact at the same time, the one that began first being the slower: the floor does
// not fall.
func TestFloorDoesNotFall(t *testing.T) {
	t.Parallel()
	s := openHouse(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
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

// A backup has the rows that count, and neither markers nor the floor, which is of that
// store alone.
func TestBackupOfCompactedRecords(t *testing.T) {
	t.Parallel()
	s := openHouse(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
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
	wantRecords(t, openHouse(t, Config{Dir: dir, HistoryLimits: wideLimits}).Journal, want)
}
