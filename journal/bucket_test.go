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

	"teahouse/internal/testkit"
	"teahouse/room"
)

// killed returns what kill -9 of the process would leave of a data directory where nothing
// is being written at the moment: as it is, and as the store rebuilds it, where it does not
// trust its index.
func killed(t testing.TB, dir string) map[string]string {
	t.Helper()
	left := map[string]string{"with its index": t.TempDir(), "rebuilt": t.TempDir()}
	for _, to := range left {
		if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	}
	indexes, err := filepath.Glob(filepath.Join(left["rebuilt"], folderName, "jetstream", "$G", "streams", "*", "msgs", "index.db"))
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
func wantAfterKill(t *testing.T, dir string, want map[place]string) {
	t.Helper()
	for how, left := range killed(t, dir) {
		for range testkit.Amount(2, 1) {
			s := begin(t, Config{Dir: left, Memory: wide})
			if got := rows(t, s.Journal); !maps.Equal(got, want) {
				t.Errorf("%s: got %d rows, want %d:\n%.300v\n%.300v", how, len(got), len(want), got, want)
			}
			s.end(t)
		}
	}
}

func (s *scene) stored(t testing.TB, rows ...room.Row) {
	t.Helper()
	last := s.books[0].numbers.Load()
	for _, r := range rows {
		s.Write(r)
	}
	eventually(t, "the rows are stored", func() bool {
		err := s.Settle(last, s.books[0].numbers.Load())
		if err != nil && !errors.Is(err, room.ErrNotStored) { // which a busy machine may need longer for
			t.Fatal(err)
		}
		return err == nil
	})
}

// A row is written twice and struck out. After a kill it is not back in its older form, and
// one that was written again has its latest.
func TestStruckOutRowStays(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	s.stored(t, row("bans", "bob", `"1h"`), row("bans", "eve", `"1h"`), row("order", "all", `{}`))
	s.stored(t, row("bans", "bob", `"2h"`), row("bans", "eve", `"2h"`))
	s.stored(t, row("bans", "bob", ""), row("bans", "eve", ""))
	s.stored(t, row("bans", "eve", `"3h"`))
	want := map[place]string{{"bans", "eve"}: `"3h"`, {"order", "all"}: `{}`}
	wantRows(t, s.Journal, want)
	wantAfterKill(t, s.config.Dir, want)
}

// Somebody comes twice and is forgotten. After a kill nobody knows it by an older record.
func TestForgottenPersonStays(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	for _, name := range []string{"alice", "alice2"} {
		s.enter(t, name, aliceKey).Leave(room.Quit)
		eventually(t, "it is kept", func() bool { return !s.people.isDirty() })
	}
	s.people.forget(aliceKey, time.Now())
	if err := s.storePeople(bounded(t)); err != nil {
		t.Fatal(err)
	}
	for how, left := range killed(t, s.config.Dir) {
		s := begin(t, Config{Dir: left, Memory: wide})
		if p, known := s.Person(aliceKey); known {
			t.Errorf("%s: known is %+v", how, p)
		}
		s.end(t)
	}
}

// crowd writes many rows of which each is written twice, and every second is then struck out.
// They fill several of the store's files.
func (s *scene) crowd(t *testing.T) (want map[place]string) {
	t.Helper()
	const many = 2 * (leastMarkers + 10)
	want = map[place]string{}
	for _, size := range []int{1, testkit.Amount(5_000, 500)} {
		var all []room.Row
		for i := range many {
			r := row("names", fmt.Sprint(i), fmt.Sprintf("%q", fmt.Sprint(i, " ", strings.Repeat("x", size))))
			all = append(all, r)
			if want[place{r.Table, r.Key}] = string(r.Value); i%2 == 0 {
				delete(want, place{r.Table, r.Key})
			}
		}
		s.stored(t, all...)
	}
	var struck []room.Row
	for i := range many / 2 {
		struck = append(struck, row("names", fmt.Sprint(2*i), ""))
	}
	s.stored(t, struck...)
	return want
}

func (s *scene) bookState(t *testing.T) (messages, first uint64) {
	t.Helper()
	stream, err := s.engine.js.Stream(bounded(t), bookStream)
	if err != nil {
		t.Fatal(err)
	}
	state := stream.CachedInfo().State
	return state.Msgs, state.FirstSeq
}

// The book is compacted. Whenever it is killed on the way, all rows are there that were,
// and none of those that were struck out; in the end their markers are gone.
func TestBookIsCompacted(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	want := s.crowd(t)
	b := spaceBucket(s.engine, room.Reserved)
	c, err := b.read(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	floor := b.nextFloor(c)
	if floor != c.last+1 {
		t.Fatalf("the floor is to be %d, the last message is %d", floor, c.last)
	}
	for i, m := range c.live()[:500] {
		if err := s.engine.publishAll(bounded(t), []*nats.Msg{onlyAfter(m.Subject, m.Data, m.Seq)})[0].err; err != nil {
			t.Fatal(i, err)
		}
	}
	wantAfterKill(t, s.config.Dir, want) // some are written anew

	if c, err = b.read(bounded(t)); err != nil {
		t.Fatal(err)
	}
	if err := b.raise(bounded(t), c, b.nextFloor(c)); err != nil {
		t.Fatal(err)
	}
	wantAfterKill(t, s.config.Dir, want) // the floor is stored; the next start drops what is below

	if err := b.compact(bounded(t)); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s.Journal, want)
	wantAfterKill(t, s.config.Dir, want)
	if messages, first := s.bookState(t); messages != uint64(len(want)+1) || first <= c.last {
		t.Errorf("%d messages from %d on, want %d rows and the floor, above %d", messages, first, len(want), c.last)
	}
}

// A marker below the floor is gone from the store, and after the kill what it covered is
// there again: that counts for nothing.
func TestNothingCountsBelowTheFloor(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	s.stored(t, row("bans", "bob", `"1h"`))
	s.stored(t, row("bans", "bob", `"2h"`))
	s.stored(t, row("bans", "bob", ""), row("bans", "eve", `{}`))
	b := spaceBucket(s.engine, room.Reserved)
	c, err := b.read(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.raise(bounded(t), c, c.last+1); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.clear(bounded(t), bookStream, place{"bans", "bob"}.subject(), 0); err != nil {
		t.Fatal(err)
	}
	wantAfterKill(t, s.config.Dir, map[place]string{{"bans", "eve"}: `{}`})
}

// Rows are written while the book is compacted: none gets an older value by that.
func TestRowsAreWrittenWhileTheBookIsCompacted(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	want := s.crowd(t)
	b := spaceBucket(s.engine, room.Reserved)
	c, err := b.read(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	s.stored(t, row("names", "1", ""), row("names", "2", `"new"`), row("names", "3", `"new"`))
	delete(want, place{"names", "1"})
	want[place{"names", "2"}], want[place{"names", "3"}] = `"new"`, `"new"`
	if err := b.raise(bounded(t), c, c.last+1); err != nil {
		t.Fatal(err)
	}
	if err := b.compact(bounded(t)); err != nil { // drops what is below
		t.Fatal(err)
	}
	wantRows(t, s.Journal, want)
	wantAfterKill(t, s.config.Dir, want)
}

// Two compact at the same time, the one that began first being the slower: the floor does
// not fall.
func TestFloorDoesNotFall(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	want := s.crowd(t)
	b := spaceBucket(s.engine, room.Reserved)
	slow, err := b.read(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.compact(bounded(t)); err != nil {
		t.Fatal(err)
	}
	if err := b.raise(bounded(t), slow, slow.last); !isOvertaken(err) {
		t.Errorf("the floor fell, %v", err)
	}
	wantRows(t, s.Journal, want)
}

// A backup has the rows that count, and neither markers nor the floor, which is of that
// store alone.
func TestBackupOfCompactedBook(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	want := s.crowd(t)
	if err := spaceBucket(s.engine, room.Reserved).compact(bounded(t)); err != nil {
		t.Fatal(err)
	}
	s.stored(t, row("names", "1", ""))
	delete(want, place{"names", "1"})
	var backup strings.Builder
	if err := s.Backup(bounded(t), &backup); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := Unpack(bounded(t), Config{Dir: dir}, strings.NewReader(backup.String())); err != nil {
		t.Fatal(err)
	}
	wantRows(t, begin(t, Config{Dir: dir, Memory: wide}).Journal, want)
}
