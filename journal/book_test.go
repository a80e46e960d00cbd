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

	"teahouse/internal/testkit"
	"teahouse/room"
)

func row(table, key, value string) room.Row {
	r := room.Row{Table: table, Key: key}
	if value != "" {
		r.Value = []byte(value)
	}
	return r
}

// rows returns the values that are stored.
func rows(t testing.TB, j *Journal) map[place]string {
	t.Helper()
	stored, err := j.Rows(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	found := map[place]string{}
	for _, r := range stored {
		found[place{r.Table, r.Key}] = string(r.Value)
	}
	if len(found) != len(stored) {
		t.Errorf("%d rows in %d places", len(stored), len(found))
	}
	return found
}

func wantRows(t testing.TB, j *Journal, want map[place]string) {
	t.Helper()
	if got := rows(t, j); !maps.Equal(got, want) {
		t.Errorf("got %d rows, want %d:\n%.500v\n%.500v", len(got), len(want), got, want)
	}
}

// stopInside stops the server in this process under its journal.
func (s *scene) stopInside() {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	stopServer(s.engine.server)
}

// port returns the port on which a server elsewhere listens.
func port(t testing.TB, s *server.Server) int {
	t.Helper()
	addr := s.Addr().String()
	n, err := strconv.Atoi(addr[strings.LastIndex(addr, ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A house writes rows, some of them anew, and takes one out. After a restart the
// latest values are there, and of the one that was taken out a marker alone.
func TestBook(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	s.Write(row("names", "alice", `{"key":1}`))
	s.Write(row("names", "bob", `{"key":2}`))
	s.Write(row("bans", "bob", `{}`))
	eventually(t, "they are stored", func() bool { return s.Status().Rows == 0 })
	s.Write(row("names", "alice", `{"key":3}`))
	s.Write(row("names", "alice", `{"key":4}`))
	s.Write(row("bans", "bob", ""))
	s.Write(row("bans", "carol", `{}`))
	s.Write(row("bans", "carol", "")) // never stored, or not for long
	s.end(t)

	s = begin(t, c)
	want := map[place]string{{"names", "alice"}: `{"key":4}`, {"names", "bob"}: `{"key":2}`}
	wantRows(t, s.Journal, want)
	stream, err := s.engine.js.Stream(bounded(t), bookStream)
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.Msgs; n != 4 {
		t.Errorf("%d messages are stored, want two rows and two markers", n)
	}
	if st := s.Status(); st.Rows != 0 || st.BookErr != nil {
		t.Errorf("status: %+v", st)
	}
}

// Without a data directory the book is kept as long as the process lives.
func TestBookInMemory(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Memory: wide})
	s.Write(row("names", "alice", `{}`))
	eventually(t, "it is stored", func() bool { return s.Status().Rows == 0 })
	wantRows(t, s.Journal, map[place]string{{"names", "alice"}: `{}`})
}

// A house that is to remember nothing keeps its book, without Restore and Follow.
// It stores no talk, and leaves alone what was said when it was to remember.
func TestBookAlone(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	say(t, s.enter(t, "alice", aliceKey), "hello")
	s.end(t)

	forgetful := c
	forgetful.Memory.Lines = 0
	for generation := range 2 {
		j, err := Open(bounded(t), forgetful)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(rows(t, j)); n != generation {
			t.Errorf("generation %d: %d rows", generation, n)
		}
		house := room.NewHouse()
		bob, err := house.Enter(room.Visitor{Name: "bob", Key: bobKey})
		if err != nil {
			t.Fatal(err)
		}
		say(t, bob, "off the record")
		j.Write(row("bans", fmt.Sprint(generation), `{}`))
		if err := j.Backup(bounded(t), &bytes.Buffer{}); err != nil {
			t.Error(err)
		}
		if err := j.Close(bounded(t)); err != nil {
			t.Error(err)
		}
	}
	if raw := string(stored(t, c.Dir)); !strings.Contains(raw, "hello") || strings.Contains(raw, "off the record") {
		t.Error("what was said before is gone, or what is said now is stored")
	}
	s = begin(t, c)
	if got := texts(s.said); len(got) != 1 || got[0] != "hello" {
		t.Errorf("got %q", got)
	}
}

// Keys are any bytes: each comes back as it was, and none takes another's place.
func TestBookKeys(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	s := begin(t, c)
	keys := []string{"", "=", "==", "-", ".", "..", "a.b", " ", "a b", "*", ">", "$KV.book.names.YQ", "\r\n", "\x00", "\xff\xfe", "茶", "e\u0301", "é",
		strings.Repeat("x", 256), strings.Repeat("\xff", 256), strings.Repeat("茶", 85)}
	want := map[place]string{}
	for b := range 256 {
		keys = append(keys, string([]byte{byte(b)}))
	}
	for _, table := range []string{"a", "names"} {
		for _, key := range keys {
			want[place{table, key}] = strconv.Quote(table)
			s.Write(row(table, key, strconv.Quote(table)))
		}
	}
	s.end(t)
	s = begin(t, c)
	wantRows(t, s.Journal, want)
	for _, key := range keys {
		s.Write(row("a", key, ""))
		delete(want, place{"a", key})
	}
	s.end(t)
	s = begin(t, c)
	wantRows(t, s.Journal, want)
}

// A table that cannot be part of a subject is a mistake in our code, and not
// found out as late as at the next start.
func TestBookTables(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{})
	for _, table := range []string{"", "Names", "a.b", "a b", "*", "ä"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("table %q was taken", table)
				}
			}()
			s.Write(row(table, "key", `{}`))
		}()
	}
}

// A house writes 5,000 rows at once, as when names are moved here from elsewhere:
// a server elsewhere has them all before long.
func TestBookOfManyRows(t *testing.T) {
	t.Parallel()
	c := Config{URL: elsewhere(t, t.TempDir(), -1).ClientURL()}
	s := begin(t, c)
	want := map[place]string{}
	began := time.Now()
	for i := range 5000 {
		r := row("names", fmt.Sprint("user ", i), strconv.Itoa(i))
		want[place{r.Table, r.Key}] = string(r.Value)
		s.Write(r)
	}
	eventually(t, "they are stored", func() bool { return s.Status().Rows == 0 })
	t.Logf("5,000 rows took %v", time.Since(began))
	wantRows(t, s.Journal, want)
	s.end(t)
	s = begin(t, c)
	wantRows(t, s.Journal, want)
}

// Rows are stored in the order in which they were written, so that a process which dies
// leaves what was so at some moment.
func TestRowsAreStoredInOrder(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir()})
	s.stopInside() // until it runs again they gather
	var want []string
	for i := range 3 * rowsAtOnce {
		key := fmt.Sprint(i * 7919 % 1000)
		want = append(want, key)
		s.Write(row("names", key, `{}`))
	}
	s.Write(row("names", want[0], `{"again":1}`))
	want = append(want[1:], want[0])
	eventually(t, "they are stored", func() bool { return s.Status().Rows == 0 })
	stored, err := s.Rows(bounded(t))
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

// A row cannot be stored, and has a later value by then: that one counts, and who waits for
// either waits until it is stored.
func TestFailedRowGivesWayToALaterOne(t *testing.T) {
	t.Parallel()
	b := newBook(room.Reserved, &atomic.Uint64{}, nil)
	at := place{"bans", "bob"}
	b.write(at, []byte("1"))
	taken := b.take(true)
	b.write(at, []byte("2"))
	b.stored(taken) // none of them was
	taken = b.take(true)
	if len(taken) != 1 || string(taken[0].value) != "2" {
		t.Fatalf("taken is %v", taken)
	}
	for after := range uint64(2) {
		if _, err := b.settled(after, after+1); err != room.ErrNotStored {
			t.Errorf("row %d counts as stored", after+1)
		}
	}
	if _, err := b.settled(2, 3); err != nil {
		t.Error("a row that was not written yet counts as waiting")
	}
	b.stored(nil)
	if _, err := b.settled(0, 2); err != nil {
		t.Error("the rows do not count as stored")
	}
}

// Who waits for a row that cannot be stored waits for a while, and for others not at all.
func TestSettle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &Journal{books: newBooks(nil)}
		bans := j.bookOf("bans")
		j.working, j.abort = context.WithCancel(t.Context())
		j.Write(row("bans", "bob", `{}`))
		j.Write(row("bans", "eve", `{}`))
		taken := bans.take(true)
		began := time.Now()
		if j.Settle(0, 1) != room.ErrNotStored || time.Since(began) != settleTime {
			t.Errorf("settled after %v", time.Since(began))
		}
		bans.stored(taken[:1])
		if began = time.Now(); j.Settle(1, 2) != nil || time.Since(began) != 0 {
			t.Errorf("who waits for another row waited for %v", time.Since(began))
		}
		bans.take(true)
		time.AfterFunc(time.Second, func() { bans.stored(nil) })
		if j.Settle(0, 1) != nil || time.Since(began) != time.Second {
			t.Errorf("settled after %v", time.Since(began))
		}
		j.Write(row("bans", "bob", ""))
		time.AfterFunc(time.Second, j.abort)
		if began = time.Now(); j.Settle(2, 3) == nil || time.Since(began) != time.Second {
			t.Errorf("the journal has closed, and somebody waited for %v", time.Since(began))
		}
	})
}

// Many write at once, as under the house's lock: to keys of their own in order,
// and all of them to one. What each has written last is stored, and the one row
// holds what somebody wrote last.
func TestBookOfManyWriters(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	s := begin(t, c)
	const writers, rounds = 8, 500
	want := map[place]string{}
	var writing sync.WaitGroup
	for w := range writers {
		own := fmt.Sprint("writer ", w)
		want[place{"own", own}] = strconv.Itoa(rounds - 1)
		writing.Go(func() {
			for i := range rounds {
				s.Write(row("own", own, strconv.Itoa(i)))
				s.Write(row("shared", "one", strconv.Itoa(i)))
				s.Write(row("gone", own, strconv.Itoa(i)))
				s.Write(row("gone", own, ""))
				_ = s.Status()
			}
		})
	}
	writing.Wait()
	s.end(t)
	s = begin(t, c)
	got := rows(t, s.Journal)
	if last := got[place{"shared", "one"}]; last != strconv.Itoa(rounds-1) {
		t.Errorf("the shared row: %q", last)
	}
	delete(got, place{"shared", "one"})
	if !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// The server elsewhere goes away. Nobody who writes a row waits for it. Once it is
// back the latest rows are stored, and one that was taken out meanwhile is gone.
// The log tells of the beginning and the end, once.
func TestServerGoesAwayFromBook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	away := elsewhere(t, dir, -1)
	s := begin(t, Config{URL: away.ClientURL()})
	s.Write(row("bans", "bob", `{}`))
	eventually(t, "it is stored", func() bool { return s.Status().Rows == 0 })
	at := port(t, away)
	stopServer(away)

	want := map[place]string{}
	slowest := time.Duration(0)
	for i := range 2000 {
		r := row("names", fmt.Sprint("user ", i%1000), strconv.Itoa(i))
		want[place{r.Table, r.Key}] = string(r.Value)
		began := time.Now()
		s.Write(r)
		slowest = max(slowest, time.Since(began))
	}
	s.Write(row("bans", "bob", ""))
	eventually(t, "the status says so", func() bool { st := s.Status(); return st.BookErr != nil && st.Rows == 1001 })
	if slowest > time.Second {
		t.Errorf("somebody waited for %v", slowest)
	}
	elsewhere(t, dir, at)
	eventually(t, "the log tells of the end", func() bool { return strings.Contains(s.logged.String(), "the book is written again") })
	wantRows(t, s.Journal, want)
	if st := s.Status(); st.Rows != 0 || st.BookErr != nil || st.Err != nil {
		t.Errorf("status: %+v", st)
	}
	if n := strings.Count(s.logged.String(), "the book cannot be written"); n != 1 {
		t.Errorf("the log tells %d times of it:\n%s", n, s.logged)
	}
}

// A server elsewhere comes back without its files: the stream is made anew, and
// takes what is written from then on.
func TestServerComesBackEmpty(t *testing.T) {
	t.Parallel()
	away := elsewhere(t, t.TempDir(), -1)
	at := port(t, away)
	s := begin(t, Config{URL: away.ClientURL()})
	stopServer(away)
	s.Write(row("names", "alice", `{}`))
	elsewhere(t, t.TempDir(), at)
	eventually(t, "it is stored", func() bool { return s.Status().Rows == 0 })
	wantRows(t, s.Journal, map[place]string{{"names", "alice"}: `{}`})
}

// The server in this process stops while people speak and rows are written: both
// goroutines find out, both have it revived, and nothing is lost.
func TestServerInsideStopsUnderBook(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	alice := s.enter(t, "alice", aliceKey)
	want := map[place]string{}
	for i := range 3 {
		s.stopInside()
		for k := range 100 {
			r := row("names", fmt.Sprint(i, k), `{}`)
			want[place{r.Table, r.Key}] = `{}`
			s.Write(r)
		}
		say(t, alice, fmt.Sprint("line ", i))
		eventually(t, "all is stored", func() bool { st := s.Status(); return st.Rows == 0 && st.Kept == uint64(i+2) })
	}
	s.end(t)
	s = begin(t, c)
	wantRows(t, s.Journal, want)
	if len(s.said) != 3 {
		t.Errorf("got %q", texts(s.said))
	}
}

// The process is killed after a row was stored: it is there.
func TestBookAfterKill(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	s := begin(t, c)
	s.Write(row("bans", "bob", `{}`))
	eventually(t, "it is stored", func() bool { return s.Status().Rows == 0 })
	s.kill()
	s = begin(t, c)
	wantRows(t, s.Journal, map[place]string{{"bans", "bob"}: `{}`})
}

// The program ends while rows wait: Close stores them.
func TestCloseStoresBook(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	for generation := range testkit.Amount(20, 4) {
		s := begin(t, c)
		if n := len(rows(t, s.Journal)); n != 100*generation {
			t.Fatalf("%d rows after %d generations", n, generation)
		}
		for i := range 100 {
			s.Write(row("names", fmt.Sprint(generation, ".", i), `{}`))
		}
		s.end(t)
	}
}

// The engine is away and the program ends: Close gives up in time, and says how
// many rows could not be stored.
func TestCloseWhileAwayFromBook(t *testing.T) {
	t.Parallel()
	away := elsewhere(t, t.TempDir(), -1)
	s := begin(t, Config{URL: away.ClientURL()})
	stopServer(away)
	for i := range 1500 {
		s.Write(row("names", strconv.Itoa(i), `{}`))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := s.Close(ctx)
	if err == nil || !strings.Contains(err.Error(), "1500 rows") {
		t.Errorf("error: %v", err)
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("it took %v", took)
	}
}

// shrink has a space be full after so many bytes.
func (s *scene) shrink(t testing.TB, space room.Space, bytes int64) {
	t.Helper()
	have, err := s.engine.findStream(bounded(t), spaceStream(space))
	if err != nil {
		t.Fatal(err)
	}
	have.MaxBytes = bytes
	if _, err := s.engine.js.UpdateStream(bounded(t), *have); err != nil {
		t.Fatal(err)
	}
}

// The book is full. What is in it stays, what would make it larger waits, what
// does not is stored; the server is not restarted for it. Once there is room the
// rest is stored.
func TestFullBook(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir()})
	s.shrink(t, room.Reserved, 1<<20)
	large := strconv.Quote(strings.Repeat("x", 10_000))
	const many = 1<<20/10_000 + 3
	for i := range many {
		s.Write(row("large", strconv.Itoa(i), large))
	}
	eventually(t, "it is full", func() bool {
		st := s.Status()
		return st.BookErr != nil && st.Rows > 0 && st.Rows < 6
	})
	s.Write(row("small", "one", strconv.Quote(strings.Repeat("x", 9_900))))
	before := rows(t, s.Journal)
	if len(before) < many-6 {
		t.Errorf("%d rows are stored", len(before))
	}
	gone := 0
	for at := range before {
		if gone++; gone > 6 {
			break
		}
		s.Write(row(at.table, at.key, ""))
	}
	eventually(t, "all is stored", func() bool { st := s.Status(); return st.Rows == 0 && st.BookErr == nil })
	if n := len(rows(t, s.Journal)); n != many+1-6 {
		t.Errorf("%d rows are stored", n)
	}
	if !s.engine.revived.IsZero() {
		t.Error("the server was restarted")
	}
}

// What people typed fills its space, and what they settled on is refused by the thousand. A
// ban is stored all the same, at once, and so is what fits in that space; who wrote what does
// not fit hears at once that it is not stored.
func TestFullDeskLeavesTheBookAlone(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir()})
	s.shrink(t, room.Desk, 64<<10)
	large := strconv.Quote(strings.Repeat("x", 1000))
	var last uint64
	for i := range 3 * mostRows {
		last = s.Write(row("typed", strconv.Itoa(i), large))
	}
	eventually(t, "they are refused", func() bool { return s.Status().DeskErr != nil && s.Settle(last-1, last) == room.ErrNeverStored })
	if err := s.Settle(last, s.Write(row("bans", "mallory", `{}`))); err != nil {
		t.Errorf("the ban: %v", err)
	}
	eventually(t, "all were tried", func() bool { _, fresh := s.bookOf("typed").waits(); return fresh == 0 })
	last++
	if err := s.Settle(last, s.Write(row("typed", "0", `{}`))); err != nil {
		t.Errorf("what is smaller than before: %v", err)
	}
	if st := s.Status(); st.BookErr != nil || st.Rows < 2*mostRows {
		t.Errorf("status: %+v", st)
	}
	if !strings.Contains(s.logged.String(), "maximum bytes exceeded") || !s.engine.revived.IsZero() {
		t.Errorf("the log does not say why, or the server was restarted:\n%s", s.logged)
	}
	if err := s.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "rows of the book could not be stored") {
		t.Errorf("Close, which does not wait for them for ever: %v", err)
	}
	s = begin(t, s.config)
	if got := rows(t, s.Journal); got[place{"bans", "mallory"}] != `{}` || got[place{"typed", "0"}] != `{}` {
		t.Errorf("after a restart %d rows are there", len(got))
	}
}

// A row takes no more of the store than the house counts for it, whatever its key and value.
func TestRowOverhead(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir()})
	for _, table := range []string{"operators", "settings"} {
		counted := uint64(0)
		for i := range 300 {
			r := row(table, strings.Repeat("k", i%257), strconv.Quote(strings.Repeat("x", i*17)))
			if i < 257 {
				counted += uint64(len(encodeToken(r.Key)) + len(r.Value) + room.RowOverhead)
			}
			s.stored(t, r)
		}
		stream, err := s.engine.js.Stream(bounded(t), spaceStream(room.SpaceOf(table)))
		if err != nil {
			t.Fatal(err)
		}
		if state := stream.CachedInfo().State; state.Msgs != 257 || state.Bytes > counted+43*17*300 {
			t.Errorf("%s: %d rows take %d bytes, counted are %d", table, state.Msgs, state.Bytes, counted)
		}
	}
}

// A row is larger than a message may be. It is not stored, and said not to be;
// others are. A smaller one in its place is.
func TestRowTooLarge(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir()})
	s.Write(row("a", "large", strconv.Quote(strings.Repeat("x", 2<<20))))
	s.Write(row("a", "small", `{}`))
	eventually(t, "the other is stored", func() bool { st := s.Status(); return st.Rows == 1 && st.BookErr != nil })
	wantRows(t, s.Journal, map[place]string{{"a", "small"}: `{}`})
	s.Write(row("a", "large", `{}`))
	eventually(t, "it is stored", func() bool { return s.Status().BookErr == nil })
	wantRows(t, s.Journal, map[place]string{{"a", "small"}: `{}`, {"a", "large"}: `{}`})
}

// Alice wants to be forgotten. That is no way to get rid of a ban.
func TestForgetLeavesBook(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	s.Write(row("bans", aliceKey, `{}`))
	alice := s.enter(t, "alice", aliceKey)
	if _, err := alice.Do([]string{"forget", "me", "yes"}); err != nil {
		t.Fatal(err)
	}
	s.end(t)
	s = begin(t, s.config)
	wantRows(t, s.Journal, map[place]string{{"bans", aliceKey}: `{}`})
}

// A backup has the book, and one that is made while rows come and go is no worse.
func TestBackupOfBook(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Memory: wide})
	want := map[place]string{{"names", ""}: `"nobody"`, {"bans", "\xff"}: `{}`}
	for at, value := range want {
		s.Write(row(at.table, at.key, value))
	}
	eventually(t, "they are stored", func() bool { return s.Status().Rows == 0 })
	for n := range testkit.Amount(50, 10) {
		var writing sync.WaitGroup
		writing.Go(func() {
			for i := range 400 {
				s.Write(row("passing", strconv.Itoa(i), strings.Repeat(`{}`, (n+1)%2)))
			}
		})
		err := s.Backup(bounded(t), &bytes.Buffer{})
		writing.Wait()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 400 {
		s.Write(row("passing", strconv.Itoa(i), ""))
	}
	eventually(t, "all is stored", func() bool { return s.Status().Rows == 0 })
	var backup bytes.Buffer
	if err := s.Backup(bounded(t), &backup); err != nil {
		t.Fatal(err)
	}
	if err := Verify(bytes.NewReader(backup.Bytes()), room.Memory{}); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := Unpack(bounded(t), Config{Dir: dir}, bytes.NewReader(backup.Bytes())); err != nil {
		t.Fatal(err)
	}
	wantRows(t, begin(t, Config{Dir: dir, Memory: wide}).Journal, want)
}

// A backup by the teahouse that had no book yet is unpacked, and a book can be
// written beside what is in it.
func TestBackupWithoutBook(t *testing.T) {
	t.Parallel()
	backup := zip(bytes.Replace(unzip(t, packed(t)), []byte(`"version":2`), []byte(`"version":1`), 1))
	dir := t.TempDir()
	if err := Unpack(bounded(t), Config{Dir: dir}, bytes.NewReader(backup)); err != nil {
		t.Fatal(err)
	}
	s := begin(t, Config{Dir: dir, Memory: wide})
	if got := texts(s.said); len(got) != 2 {
		t.Errorf("got %q", got)
	}
	s.Write(row("names", "alice", `{}`))
	s.end(t)
	wantRows(t, begin(t, Config{Dir: dir, Memory: wide}).Journal, map[place]string{{"names", "alice"}: `{}`})
}

// age makes the streams what they were in version 1, which had no book.
func age(t testing.TB, e *engine) {
	t.Helper()
	for _, name := range []string{bookStream, deskStream} {
		if err := e.js.DeleteStream(bounded(t), name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{roomStream, letterStream, peopleStream} {
		have, err := e.findStream(bounded(t), name)
		if err != nil {
			t.Fatal(err)
		}
		have.Metadata[formatKey] = "1"
		if _, err := e.js.UpdateStream(bounded(t), *have); err != nil {
			t.Fatal(err)
		}
	}
}

// versions returns the version of each stream.
func versions(t testing.TB, e *engine) (found []string) {
	t.Helper()
	for _, want := range e.wanted() {
		stream, err := e.js.Stream(bounded(t), want.Name)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, stream.CachedInfo().Config.Metadata[formatKey])
	}
	return found
}

// A house of the version that had no book is opened. What it knew is there, its
// book is empty and can be written, and the teahouse that does not know of it
// would refuse to open the house without it: its folder, and each of its streams.
func TestHouseWithoutBook(t *testing.T) {
	t.Parallel()
	for _, half := range []string{"1\n", fmt.Sprintln(format)} { // what the folder says; the second was interrupted
		c := Config{Dir: t.TempDir(), Memory: wide}
		s := begin(t, c)
		say(t, s.enter(t, "alice", aliceKey), "hello")
		eventually(t, "it is kept", func() bool { return s.Status().Kept == 2 && !s.people.isDirty() })
		age(t, s.engine)
		s.kill()
		version := filepath.Join(c.Dir, folderName, versionFile)
		write(t, version, half)

		s = begin(t, c)
		if got := texts(s.said); len(got) != 1 {
			t.Errorf("got %q", got)
		}
		wantRows(t, s.Journal, map[place]string{})
		s.Write(row("bans", "bob", `{}`))
		if got := fmt.Sprint(versions(t, s.engine)); got != fmt.Sprint([]int{format, format, format, format, format}) {
			t.Errorf("the streams are of versions %s", got)
		}
		s.end(t)
		if got, err := os.ReadFile(version); err != nil || string(got) != fmt.Sprintln(format) {
			t.Errorf("the folder is of version %q, %v", got, err)
		}
		s = begin(t, c)
		if _, ok := s.Find("alice"); !ok || len(s.said) != 1 {
			t.Errorf("alice is unknown, or what she said: %q", texts(s.said))
		}
		wantRows(t, s.Journal, map[place]string{{"bans", "bob"}: `{}`})
	}
}

// newer is the version of a teahouse that does not exist yet.
const newer = "1000"

// One stream is of a newer version: those of an older one stay as they are, so
// that the older teahouse can still be run.
func TestMixedVersions(t *testing.T) {
	t.Parallel()
	away := elsewhere(t, t.TempDir(), -1)
	c := Config{URL: away.ClientURL()}
	s := begin(t, c)
	age(t, s.engine)
	have, err := s.engine.findStream(bounded(t), peopleStream)
	if err != nil {
		t.Fatal(err)
	}
	have.Metadata[formatKey] = newer
	if _, err := s.engine.js.UpdateStream(bounded(t), *have); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(bounded(t), c); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("version %q", newer)) {
		t.Errorf("error: %v", err)
	}
	if have, err := s.engine.findStream(bounded(t), roomStream); err != nil || have.Metadata[formatKey] != "1" {
		t.Errorf("ROOM: %+v, %v", have, err)
	}
	if have, err := s.engine.findStream(bounded(t), bookStream); err != nil || have != nil {
		t.Errorf("KV_book: %+v, %v", have, err)
	}
}

// Whatever subject is read as a row's place, it is that place's own, so that no
// two messages are one row.
func FuzzPlace(f *testing.F) {
	for _, at := range []place{{"names", "alice"}, {"a", ""}, {"a", "\xff."}} {
		f.Add(at.subject())
	}
	f.Add("$KV.book.a.YR")
	f.Add("$KV.book.a.YQ\n")
	f.Add("$KV.book.a")
	f.Fuzz(func(t *testing.T, subject string) {
		for _, s := range spaces() {
			if at, err := decodePlace(s, subject); err == nil && at.subjectIn(s) != subject {
				t.Errorf("%q is of %+v, which is %q", subject, at, at.subjectIn(s))
			}
			at := place{"names", subject} // any key
			if same, err := decodePlace(s, at.subjectIn(s)); err != nil || same != at {
				t.Errorf("%+v, %v", same, err)
			}
		}
	})
}

// What it costs to write a row down, for the house, with its lock held.
func BenchmarkWrite(b *testing.B) {
	s := begin(b, Config{Dir: b.TempDir()})
	value, err := json.Marshal("SHA256:alice")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.Write(room.Row{Table: "names", Key: strconv.Itoa(i % 1000), Value: value})
		i++
	}
}
