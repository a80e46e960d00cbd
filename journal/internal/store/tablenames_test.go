package store

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
)

// The subjects of a record, as version 5 stored it and now.
func before(table, key string) string {
	p := records.Personal
	if table == "order" || table == "lost" {
		p = records.Authority
	}
	return layout.RecordID{Table: table, Key: key}.SubjectIn(p)
}

func now(table, key string) string { return layout.RecordID{Table: table, Key: key}.Subject() }

// openVersion5 opens a store with records as version 5 stored them, and returns them as they are
// to be, sorted.
func openVersion5(t *testing.T, c Config) (p *preparation, want []string) {
	t.Helper()
	if c.URL == "" {
		if _, _, err := layout.OpenFolder(c.Dir); err != nil {
			t.Fatal(err)
		}
	}
	p = openPreparation(t, c)
	if err := p.Prepare(testContext(t), p.folder); err != nil {
		t.Fatal(err)
	}
	for _, m := range [][2]string{
		{before("order", "all"), `{"slow":1}`}, {now("bans", "mallory"), `{}`}, {before("order", "all"), `{"slow":2}`}, {before("lost", "bob"), `{}`},
		{before("typed", "alice"), `"hello"`}, {before("typed", "bob"), `"bye"`}, {before("typed", "bob"), ``}, {before("typed", "carol"), `"tea"`},
		{before("places", "bob lobby"), `{}`}, {before("ignored", "\xff"), `{}`}, {now("settings", ""), `{}`},
	} {
		p.mustPublish(t, m[0], m[1])
	}
	for _, stream := range layout.StreamNames() {
		p.mustUpdate(t, stream, func(c *jetstream.StreamConfig) { c.Metadata[layout.VersionKey] = "5" })
	}
	if p.folder != "" {
		if err := os.WriteFile(filepath.Join(p.folder, layout.VersionFile), []byte("5\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want = []string{
		now("serversettings", "all") + ` {"slow":2}`, now("bans", "mallory") + ` {}`, now("namenotices", "bob") + ` {}`,
		now("inputhistories", "alice") + ` "hello"`, now("inputhistories", "carol") + ` "tea"`,
		now("readmarkers", "bob lobby") + ` {}`, now("ignorelists", "\xff") + ` {}`, now("settings", "") + ` {}`,
	}
	slices.Sort(want)
	return p, want
}

// wantRenamed checks that a store opens with the records, in any order, and all of the current
// version; also the second time.
func wantRenamed(t *testing.T, how string, c Config, want []string) {
	t.Helper()
	for range 2 {
		p := openPreparation(t, c)
		if c.URL != "" { // Prepare would wait for nodes of an older version first
			if err := p.ensureStreams(testContext(t)); err != nil {
				t.Fatalf("%s: %v", how, err)
			}
		}
		if err := p.Prepare(testContext(t), p.folder); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		p.wantStored(t, how, want)
		if got := p.versions(t); !slices.Equal(got, allOf(layout.Version)) {
			t.Errorf("%s: the streams are of versions %v", how, got)
		}
		p.CloseWatermarks(testContext(t))
		p.Close()
	}
	if c.URL != "" {
		return
	}
	if version, err := os.ReadFile(filepath.Join(c.Dir, layout.FolderName, layout.VersionFile)); err != nil || string(version) != fmt.Sprintln(layout.Version) {
		t.Errorf("%s: the folder is of version %q, %v", how, version, err)
	}
}

// wantStored checks which records are stored, in any order.
func (p *preparation) wantStored(t *testing.T, how string, want []string) {
	t.Helper()
	got := presentContents(t, p.Store)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("%s: there is\n%q, want\n%q", how, got, want)
	}
}

// versions returns the version of each stream.
func (p *preparation) versions(t *testing.T) (found []string) {
	t.Helper()
	for _, name := range layout.StreamNames() {
		have, err := p.FindStream(testContext(t), name)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, have.Metadata[layout.VersionKey])
	}
	return found
}

func allOf(version int) []string {
	return slices.Repeat([]string{fmt.Sprint(version)}, len(layout.StreamNames()))
}

// mustFindOld returns what moveRecords takes.
func (b *Bucket) mustFindOld(t *testing.T) (old []layout.Message, last map[string]uint64) {
	t.Helper()
	old, last, err := b.oldRecords(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return old, last
}

// The process is killed after any step of renaming tables: the next one has all records. No
// record is moved before an older program refuses the streams and the folder.
func TestTableNamesKilledAtAnyStep(t *testing.T) {
	t.Parallel()
	partitions := layout.Partitions()
	move := func(partition records.Partition, n int) func(*testing.T, *preparation) {
		return func(t *testing.T, p *preparation) {
			old, last := PartitionBucket(p.Store, partition).mustFindOld(t)
			if moved, err := PartitionBucket(p.Store, partition).moveRecords(testContext(t), old[:n], last); moved != n || err != nil {
				t.Fatalf("%d records were moved, %v", moved, err)
			}
		}
	}
	copyOne := func(t *testing.T, p *preparation) { // and the old one is not replaced by a marker any more
		old, last := PartitionBucket(p.Store, records.Personal).mustFindOld(t)
		present := layout.PresentSubject(old[0].Subject)
		if sent := p.PublishAll(testContext(t), []*nats.Msg{ConditionalMsg(present, old[0].Data, last[present])}); sent[0].Err != nil {
			t.Fatal(sent[0].Err)
		}
	}
	steps := []func(*testing.T, *preparation){
		func(t *testing.T, p *preparation) {
			if err := p.ensureStreams(testContext(t)); err != nil {
				t.Fatal(err)
			}
		},
		func(t *testing.T, p *preparation) {
			if err := p.noteInFolder(testContext(t)); err != nil {
				t.Fatal(err)
			}
		},
		move(partitions[0], 1), move(partitions[0], 1), copyOne, move(partitions[1], 2), copyOne, move(partitions[1], 1), move(partitions[1], 1),
	}
	for done := range len(steps) + 1 {
		t.Run(fmt.Sprint(done), func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			p, want := openVersion5(t, Config{Dir: data})
			for _, step := range steps[:done] {
				step(t, p)
			}
			if done == len(steps) {
				p.wantStored(t, "all was moved", want)
			}
			for how, left := range killedCopies(t, data) {
				wantRenamed(t, how, Config{Dir: left}, want)
			}
		})
	}
}

// The first steps of a start are those after which an older program refuses the data: if moving
// the records fails, they are done.
func TestOlderProgramsAreRefusedFirst(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p, _ := openVersion5(t, Config{Dir: data})
	p.mustUpdate(t, layout.PersonalStream, func(c *jetstream.StreamConfig) { c.Sealed, c.AllowRollup, c.DenyPurge = true, false, true })
	if err := p.Prepare(testContext(t), p.folder); err == nil || !strings.Contains(err.Error(), "KV_personal") {
		t.Errorf("the error is %v", err)
	}
	if version, err := os.ReadFile(filepath.Join(p.folder, layout.VersionFile)); string(version) != fmt.Sprintln(layout.Version) || err != nil {
		t.Errorf("the folder is of version %q, %v", version, err)
	}
}

// Another node has moved the records and gone on, while a slow one moves what it has read before:
// what was deleted and changed meanwhile stays so.
func TestTableNamesWithASlowNode(t *testing.T) {
	t.Parallel()
	url := startRemoteServer(t).ClientURL()
	slow, want := openVersion5(t, Config{URL: url})
	fast := openPreparation(t, Config{URL: url})
	b := PartitionBucket(slow.Store, records.Personal)
	old, last := b.mustFindOld(t)
	if err := fast.renameTables(testContext(t)); err != nil {
		t.Fatal(err)
	}
	fast.mustPublish(t, now("inputhistories", "alice"), ``)
	fast.mustPublish(t, now("inputhistories", "carol"), `"mate"`)
	if _, err := b.moveRecords(testContext(t), old, last); err != nil {
		t.Fatal(err)
	}
	want = slices.DeleteFunc(want, func(r string) bool { return strings.HasPrefix(r, "$KV.personal.inputhistories.") })
	want = append(want, now("inputhistories", "carol")+` "mate"`)
	slices.Sort(want)
	wantRenamed(t, "with a slow node", Config{URL: url}, want)
}

// Several nodes rename tables at the same moment: none fails, and all records are there.
func TestTableNamesBySeveralNodes(t *testing.T) {
	t.Parallel()
	for round := range testkit.Amount(20, 5) {
		url := startRemoteServer(t).ClientURL()
		_, want := openVersion5(t, Config{URL: url})
		byThreeNodes(t, url, (*preparation).renameTables)
		wantRenamed(t, fmt.Sprint("round ", round), Config{URL: url}, want)
	}
}

// A node of version 5 was cut off when this one looked for such nodes, and writes later: what it
// wrote last is there after the next start, but what was deleted later is not, even once the
// marker is gone.
func TestTableNamesAndALateNode(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p, want := openVersion5(t, Config{Dir: data})
	if err := p.Prepare(testContext(t), p.folder); err != nil {
		t.Fatal(err)
	}
	p.mustPublish(t, before("typed", "carol"), `"mate"`)
	p.mustPublish(t, before("typed", "dave"), `"late"`)
	p.mustPublish(t, before("typed", "alice"), `"late"`)
	p.mustPublish(t, now("inputhistories", "alice"), ``)
	change := map[string]string{now("inputhistories", "carol") + ` "tea"`: now("inputhistories", "carol") + ` "mate"`, now("inputhistories", "alice") + ` "hello"`: now("inputhistories", "dave") + ` "late"`}
	for i, r := range want {
		if other, ok := change[r]; ok {
			want[i] = other
		}
	}
	slices.Sort(want)
	for how, left := range killedCopies(t, data) {
		wantRenamed(t, how, Config{Dir: left}, want)
	}

	b := PartitionBucket(p.Store, records.Personal)
	c, err := b.Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RaiseFloor(testContext(t), c, c.LastSeq+1); err != nil {
		t.Fatal(err)
	}
	if err := p.purgeBefore(testContext(t), b.Stream, c.LastSeq+1); err != nil {
		t.Fatal(err)
	}
	for how, left := range killedCopies(t, data) {
		p := openPreparation(t, Config{Dir: left})
		if err := p.Prepare(testContext(t), p.folder); err != nil {
			t.Fatal(err)
		}
		for _, r := range presentContents(t, p.Store) {
			if strings.HasPrefix(r, before("typed", "alice")) || strings.HasPrefix(r, now("inputhistories", "alice")) {
				t.Errorf("%s: a deleted record is back: %s", how, r)
			}
		}
	}
}

// The servers are so slow that reading a stream takes longer than any one request may.
func TestTableNamesOnSlowServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		p := &preparation{Store: &Store{engine: &engine{Config: Config{URL: "nats://elsewhere"}, Conn: &nats.Conn{}, JS: slowServers{}}}}
		if err := p.renameTables(ctx); err != nil {
			t.Error(err)
		}
	})
}

// slowServers have a stream with so many records, and take a while for each.
type slowServers struct{ jetstream.JetStream }

const (
	slowRecords = 10
	slowAnswer  = maxTryTimeout / 5
)

func (slowServers) Stream(context.Context, string) (jetstream.Stream, error) {
	return slowStream{}, nil
}

type slowStream struct{ jetstream.Stream }

func (slowStream) CachedInfo() *jetstream.StreamInfo {
	return &jetstream.StreamInfo{State: jetstream.StreamState{Msgs: slowRecords, FirstSeq: 1, LastSeq: slowRecords}}
}

func (s slowStream) Info(context.Context, ...jetstream.StreamInfoOpt) (*jetstream.StreamInfo, error) {
	return s.CachedInfo(), nil
}

func (slowStream) CreateConsumer(_ context.Context, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	return &slowConsumer{next: c.OptStartSeq}, nil
}

func (slowStream) DeleteConsumer(context.Context, string) error { return nil }

type slowConsumer struct {
	jetstream.Consumer
	next, delivered uint64
}

func (c *slowConsumer) CachedInfo() *jetstream.ConsumerInfo {
	return &jetstream.ConsumerInfo{NumPending: slowRecords - c.next + 1}
}

func (c *slowConsumer) FetchNoWait(int) (jetstream.MessageBatch, error) {
	time.Sleep(slowAnswer)
	c.delivered++
	about := jetstream.MsgMetadata{NumPending: slowRecords - c.next}
	about.Sequence.Stream, about.Sequence.Consumer = c.next, c.delivered
	c.next++
	one := make(chan jetstream.Msg, 1)
	one <- slowMessage{about: &about}
	close(one)
	return slowBatch{messages: one}, nil
}

type slowBatch struct{ messages chan jetstream.Msg }

func (b slowBatch) Messages() <-chan jetstream.Msg { return b.messages }
func (slowBatch) Error() error                     { return nil }

type slowMessage struct {
	jetstream.Msg
	about *jetstream.MsgMetadata
}

func (m slowMessage) Metadata() (*jetstream.MsgMetadata, error) { return m.about, nil }
func (slowMessage) Headers() nats.Header                        { return nil }
func (slowMessage) Data() []byte                                { return []byte("{}") }
func (m slowMessage) Subject() string {
	return now("inputhistories", fmt.Sprint(m.about.Sequence.Stream))
}

// The servers store a copy or a marker, but its acknowledgement is lost: all records are moved
// nevertheless.
func TestTableNamesWithoutAnAcknowledgement(t *testing.T) {
	t.Parallel()
	for lost := range 12 { // 2 copies and 2 markers in one stream, 4 and 4 in the other
		t.Run(fmt.Sprint(lost), func(t *testing.T) {
			t.Parallel()
			p, want := openVersion5(t, Config{URL: startRemoteServer(t).ClientURL()})
			js := &losingJetStream{JetStream: p.JS, lost: lost}
			p.Store = p.with(js)
			if err := p.renameTables(testContext(t)); err != nil {
				t.Fatal(err)
			}
			p.wantStored(t, "then", want)
			if js.sent <= lost {
				t.Errorf("only %d messages were sent", js.sent)
			}
		})
	}
}

// A losingJetStream loses the acknowledgement of the message after so many.
type losingJetStream struct {
	jetstream.JetStream
	lost, sent int
}

func (l *losingJetStream) PublishMsgAsync(m *nats.Msg, o ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	ack, err := l.JetStream.PublishMsgAsync(m, o...)
	if l.sent++; l.sent != l.lost+1 || err != nil {
		return ack, err
	}
	select {
	case <-ack.Ok():
		return nil, nats.ErrTimeout
	case err := <-ack.Err():
		return nil, err
	}
}

// A bucket was compacted, and the process killed before it dropped what no longer counts. A late
// node's record of that name is moved nevertheless.
func TestTableNamesAboveAFloor(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p, want := openVersion5(t, Config{Dir: data})
	if err := p.Prepare(testContext(t), p.folder); err != nil {
		t.Fatal(err)
	}
	p.mustPublish(t, now("inputhistories", "dave"), ``)
	b := PartitionBucket(p.Store, records.Personal)
	c, err := b.Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RaiseFloor(testContext(t), c, c.LastSeq+1); err != nil {
		t.Fatal(err)
	}
	p.mustPublish(t, before("typed", "dave"), `"late"`)
	want = append(want, now("inputhistories", "dave")+` "late"`)
	slices.Sort(want)
	for how, left := range killedCopies(t, data) {
		wantRenamed(t, how, Config{Dir: left}, want)
	}
}

// The limits of a store of version 5 are neither told nor changed.
func TestLimitsOfVersion5(t *testing.T) {
	t.Parallel()
	c := Config{URL: startRemoteServer(t).ClientURL(), HistoryLimits: wideLimits, Log: log.New(io.Discard)}
	p, _ := openVersion5(t, c)
	const want = "journal: the stored data is of an older version"
	if _, _, err := RemoteLimits(testContext(t), c); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
	if err := Trim(testContext(t), c); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
	if got := p.versions(t); !slices.Equal(got, allOf(5)) {
		t.Errorf("the streams are of versions %v", got)
	}
}

// There are more records than fit under both names at once.
func TestTableNamesOfManyRecords(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p, want := openVersion5(t, Config{Dir: data})
	long := `"` + strings.Repeat("x", 1000) + `"`
	for i := range 2*moveBatchSize + 1 {
		p.mustPublish(t, before("typed", fmt.Sprint("many", i)), long)
		want = append(want, now("inputhistories", fmt.Sprint("many", i))+" "+long)
	}
	slices.Sort(want)
	c, err := PartitionBucket(p.Store, records.Personal).Read(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	p.mustUpdate(t, layout.PersonalStream, func(cfg *jetstream.StreamConfig) { cfg.MaxBytes = c.Bytes * 7 / 4 })
	if err := p.renameTables(testContext(t)); err != nil {
		t.Fatal(err)
	}
	p.wantStored(t, "with little space", want)
}

// A folder of version 5 stays as it is while its server uses NATS servers elsewhere.
func TestFolderOfVersion5BesideServers(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p, want := openVersion5(t, Config{Dir: data})
	folder := p.folder
	p.Close()
	p = openPreparation(t, Config{Dir: data, URL: startRemoteServer(t).ClientURL()})
	if err := p.Prepare(testContext(t), folder); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if version, err := os.ReadFile(filepath.Join(folder, layout.VersionFile)); err != nil || string(version) != "5\n" {
		t.Errorf("the folder is of version %q, %v", version, err)
	}
	wantRenamed(t, "without the servers", Config{Dir: data}, want)
}
