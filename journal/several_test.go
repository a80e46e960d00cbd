package journal

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

// Another node writes records while this one starts and reads them. The hub gets one value of
// each record, the last one read, and never sees it again.
func TestRecordsChangeWhileTheyAreRead(t *testing.T) {
	t.Parallel()
	const bans, others = 5, 2000
	away := startRemoteServer(t, t.TempDir(), -1)
	j, err := Open(testContext(t), Config{URL: away.ClientURL(), HistoryLimits: wideLimits})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close(testContext(t)) }()
	put := func(at layout.RecordID, value string) uint64 {
		seq, err := j.store.Publish(testContext(t), at.Subject(), "", []byte(value))
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	for i := range bans {
		put(layout.RecordID{Table: "bans", Key: fmt.Sprint(i)}, `{}`)
	}
	for i := range others {
		put(layout.RecordID{Table: "names", Key: fmt.Sprint(i)}, `{}`)
	}
	for i := range bans {
		lifted := layout.RecordID{Table: "bans", Key: fmt.Sprint(i)}
		var struck uint64
		var other sync.WaitGroup
		other.Go(func() {
			var err error
			if struck, err = j.store.Publish(testContext(t), lifted.Subject(), "", nil); err != nil {
				t.Error(err)
			}
			put(layout.RecordID{Table: "names", Key: "0"}, fmt.Sprintf(`{"n":%d}`, i))
		})
		found := recordsIn(t, j)
		other.Wait()
		if value, ok := found[lifted]; ok && struck <= j.records.queueOf("bans").watcher.position() {
			t.Fatalf("round %d: the ban stays %s here although it was read that it is lifted", i, value)
		}
	}
}

// Somebody enters and leaves at another node while this one starts and reads the known people: the
// state that was stored last counts.
func TestPeopleChangeWhileTheyAreRead(t *testing.T) {
	t.Parallel()
	people := testkit.Amount(2000, 300)
	away := startRemoteServer(t, t.TempDir(), -1)
	j, err := Open(testContext(t), Config{URL: away.ClientURL(), HistoryLimits: wideLimits})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close(testContext(t)) }()
	put := func(i int, record string) {
		if _, err := j.store.Publish(testContext(t), layout.PeopleSubject(ids.Account(fmt.Sprint(i))), "", []byte(record)); err != nil {
			t.Error(err)
		}
	}
	for i := range people {
		put(i, `{"name":"ada","seen":"2026-11-01T00:00:00Z"}`)
	}
	for i := range testkit.Amount(40, 10) {
		j.people = newPeopleCache(j.node)
		var other sync.WaitGroup
		other.Go(func() {
			for day := range 20 {
				put(i, fmt.Sprintf(`{"name":"day%d","seen":"2026-11-%02dT00:00:00Z"}`, day, day+2))
			}
			put(people+i, `{"name":"cleo","seen":"2026-11-02T00:00:00Z"}`)
		})
		if err := j.people.load(testContext(t), j.store, j.log); err != nil {
			t.Fatal(err)
		}
		other.Wait()
		_, later := j.Account(ids.Account(fmt.Sprint(people + i)))
		if p, _ := j.Account(ids.Account(fmt.Sprint(i))); later && p.Name != "day19" {
			t.Fatalf("round %d: known is %s of %v, though a later value was read", i, p.Name, p.LastSeen)
		}
	}
}

// Two nodes start at the same time on an empty store, one with wider limits than the other: both
// find their streams.
func TestTwoStartAtOnce(t *testing.T) {
	t.Parallel()
	for range 5 {
		away := startRemoteServer(t, t.TempDir(), -1)
		var starting sync.WaitGroup
		for _, bytes := range []int{1 << 20, 2 << 20} {
			starting.Go(func() {
				memory := wideLimits
				memory.Bytes = bytes
				j, err := Open(testContext(t), Config{URL: away.ClientURL(), HistoryLimits: memory})
				if err != nil {
					t.Error(err)
					return
				}
				if err := j.Close(testContext(t)); err != nil {
					t.Error(err)
				}
			})
		}
		starting.Wait()
	}
}

// One server of the cluster lags behind, and any server may answer a request that goes to all.
// Its claim that there is nothing more to read is not trusted: all nodes read what was
// acknowledged from then on.
func TestServerLagsBehind(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	if err := away.GlobalAccount().AddMapping("$JS.API.DIRECT.>", "lagging.>"); err != nil {
		t.Fatal(err)
	}
	lagging, err := nats.Connect(away.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer lagging.Close()
	_, err = lagging.Subscribe("lagging.>", func(m *nats.Msg) {
		none := nats.NewMsg(m.Reply)
		none.Header.Set("Status", "404")
		_ = lagging.PublishMsg(none)
	})
	if err := errors.Join(err, lagging.Flush()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds the streams in place
		j, err := Open(testContext(t), Config{URL: away.ClientURL(), HistoryLimits: wideLimits})
		if err != nil {
			t.Fatal(err)
		}
		wantRecordsRead(t, j)
		if err := j.Close(testContext(t)); err != nil {
			t.Error(err)
		}
	}
}

func wantRecordsRead(t *testing.T, j *Journal) {
	t.Helper()
	at := layout.RecordID{Table: "bans", Key: "mallory"}
	seq, err := j.store.Publish(testContext(t), at.Subject(), "", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, last, err := j.store.LastMessage(testContext(t), layout.AuthorityStream, at.Subject()); err != nil || last != seq {
		t.Errorf("a record was written as message %d, read as %d, %v", seq, last, err)
	}
	read := uint64(0)
	err = j.store.ReadAfter(testContext(t), layout.AuthorityStream, store.AllSubjects, seq-1, func(m layout.Message) error { read = m.Seq; return nil })
	if err != nil || read != seq {
		t.Errorf("read up to message %d of %d, %v", read, seq, err)
	}
	if err := j.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); err != nil {
		t.Fatal(err)
	}
	messages, err := j.OfflineMessages(t.Context(), bobKey)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d private messages were read, %v", len(messages), err)
	}
	if err := j.MarkDelivered(t.Context(), bobKey, messages[0]); err != nil {
		t.Error(err)
	}
}

// Whoever wrote to the store, what is read from it is clean.
func TestStoredTextIsSanitized(t *testing.T) {
	t.Parallel()
	r := layout.StoredEvent{Kind: "said", Time: time.Now(), Name: "ada\x1b[2J", Text: "hello\x1b[2J", Verbatim: "<ada>\x1b[2J\nhello\n"}
	if e := r.Event(); e.User.Name != "ada" || e.Text != "hello" || e.Verbatim != "<ada>\nhello\n" {
		t.Errorf("read is %q, %q, %q", e.User.Name, e.Text, e.Verbatim)
	}
}
