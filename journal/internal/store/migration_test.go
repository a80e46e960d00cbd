package store

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// openVersion4 opens a copy of a data directory of version 4.
func openVersion4(t *testing.T) (data string, p *preparation) {
	t.Helper()
	data = testkit.Unpack(t, filepath.Join("..", "..", "testdata", "version4.tar.gz.base64"))
	return data, openPreparation(t, Config{Dir: data})
}

func openPreparation(t *testing.T, c Config) *preparation {
	t.Helper()
	folder := ""
	if c.URL == "" {
		folder = filepath.Join(c.Dir, layout.FolderName)
	}
	c.HistoryLimits, c.Log = wideLimits, log.New(io.Discard)
	st, err := Open(testContext(t), c, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return &preparation{Store: st, folder: folder}
}

// legacyContents returns the records of an older version, in order.
func legacyContents(t *testing.T, st *Store) (all []string) {
	t.Helper()
	found, err := st.ReadLegacyRecords(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range layout.Partitions() {
		for _, m := range found[layout.PartitionStream(s)] {
			all = append(all, m.Subject+" "+string(m.Data))
		}
	}
	return all
}

// presentContents returns the records, in order.
func presentContents(t *testing.T, st *Store) (all []string) {
	t.Helper()
	for _, s := range layout.Partitions() {
		contents, err := PartitionBucket(st, s).Read(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range contents.Live() {
			all = append(all, m.Subject+" "+string(m.Data))
		}
	}
	return all
}

// wantMigrated checks that a store opens with the records, in order, and that nothing of an older
// version is left; in the soak twice.
func wantMigrated(t *testing.T, how string, c Config, want []string) {
	t.Helper()
	for range testkit.Amount(2, 1) {
		p := openPreparation(t, c)
		if c.URL != "" { // Prepare would wait for nodes of an older version first
			if err := p.migrateRecords(testContext(t)); err != nil {
				t.Fatalf("%s: %v", how, err)
			}
		}
		if err := p.Prepare(testContext(t), p.folder); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		if got := presentContents(t, p.Store); !slices.Equal(got, want) {
			t.Errorf("%s: there are %d records, want %d:\n%.500q\n%.500q", how, len(got), len(want), got, want)
		}
		for _, name := range layout.LegacyStreamNames() {
			if have, err := p.FindStream(testContext(t), name); have != nil || err != nil {
				t.Errorf("%s: found %+v, %v", how, have, err)
			}
		}
		for _, name := range layout.StreamNames() {
			if have, err := p.FindStream(testContext(t), name); err != nil || have.Metadata[layout.VersionKey] != fmt.Sprint(layout.Version) {
				t.Errorf("%s: %s is %+v, %v", how, name, have, err)
			}
		}
		p.CloseWatermarks(testContext(t))
		p.Close()
		if c.URL == "" {
			wantPresentFiles(t, how, p.folder)
		}
	}
}

// wantPresentFiles checks the names of the files in a folder that is not in use.
func wantPresentFiles(t *testing.T, how, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if want := []string{"jetstream", "manifest", "node", "stream-configs", "version", "watermarks"}; !slices.Equal(names, want) {
		t.Errorf("%s: the folder has %q", how, names)
	}
	marks, err := os.ReadFile(filepath.Join(folder, layout.WatermarksFile))
	if err != nil || !strings.Contains(string(marks), `"KV_authority":{"last":`) || strings.Contains(string(marks), "KV_book") {
		t.Errorf("%s: the watermarks are %s, %v", how, marks, err)
	}
}

// killedCopies returns copies of a data directory that is in use, as kill -9 may leave it.
func killedCopies(t *testing.T, data string) map[string]string {
	t.Helper()
	left := map[string]string{"with its index": testkit.CopyDir(t, data), "rebuilt": testkit.CopyDir(t, data)}
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

// The process is killed after any step of the migration: the next one has all records. Until the
// other streams have the current version, an older program would still open the folder, with all
// that it had.
func TestMigrationKilledAtAnyStep(t *testing.T) {
	t.Parallel()
	_, p := openVersion4(t)
	steps := len(p.migrationSteps())
	for done := range steps + 1 {
		t.Run(fmt.Sprint(done), func(t *testing.T) {
			t.Parallel()
			data, p := openVersion4(t)
			if err := p.CheckWatermarks(testContext(t)); err != nil {
				t.Fatal(err)
			}
			want := legacyContents(t, p.Store)
			if len(want) != 23 {
				t.Fatalf("version 4 had %d records", len(want))
			}
			for _, step := range p.migrationSteps()[:done] {
				if err := step(testContext(t)); err != nil {
					t.Fatal(err)
				}
			}
			if got := legacyContents(t, p.Store); !slices.Equal(got, want) {
				t.Errorf("the streams of version 4 have %d records", len(got))
			}
			rooms, err := p.FindStream(testContext(t), layout.RoomStream)
			if err != nil {
				t.Fatal(err)
			}
			version, err := os.ReadFile(filepath.Join(p.folder, layout.VersionFile))
			if refused := rooms.Metadata[layout.VersionKey] != "4" || string(version) != "4\n"; err != nil || refused != (done > 2) {
				t.Errorf("an older program is refused: %v, %v", refused, err)
			}
			for how, left := range killedCopies(t, data) {
				wantMigrated(t, how, Config{Dir: left}, want)
			}
		})
	}
}

// A folder of version 4 has the current version although its streams have not: a program of the
// current version used it with NATS servers elsewhere, before such folders kept their version.
// The process is killed after any step of the migration.
func TestMigrationInAFolderOfTheCurrentVersion(t *testing.T) {
	t.Parallel()
	steps := len((&preparation{Store: &Store{}}).migrationSteps())
	for done := steps; done >= 0; done -= testkit.Amount(1, 5) {
		data := testkit.Unpack(t, filepath.Join("..", "..", "testdata", "version4.tar.gz.base64"))
		if err := layout.UpdateFolderVersion(filepath.Join(data, layout.FolderName)); err != nil {
			t.Fatal(err)
		}
		p := openPreparation(t, Config{Dir: data})
		if err := p.CheckWatermarks(testContext(t)); err != nil {
			t.Fatal(err)
		}
		want := legacyContents(t, p.Store)
		if p.Watermarks.Get("KV_book").Entries != 19 {
			t.Errorf("the watermarks are %+v", p.Watermarks)
		}
		for _, step := range p.migrationSteps()[:done] {
			if err := step(testContext(t)); err != nil {
				t.Fatal(err)
			}
		}
		for how, left := range killedCopies(t, data) {
			wantMigrated(t, fmt.Sprint(how, ", after step ", done), Config{Dir: left}, want)
		}
	}
}

// In such a folder, too, damage to the records is found, before anything is moved.
func TestDamageInAFolderOfTheCurrentVersion(t *testing.T) {
	t.Parallel()
	data := testkit.Unpack(t, filepath.Join("..", "..", "testdata", "version4.tar.gz.base64"))
	folder := filepath.Join(data, layout.FolderName)
	if err := layout.UpdateFolderVersion(folder); err != nil {
		t.Fatal(err)
	}
	if err := flipByte(blockfile.Path(blockfile.StreamFolder(folder, "KV_book"), 1), 1000, 1); err != nil {
		t.Fatal(err)
	}
	st, err := Open(testContext(t), Config{Dir: data, Log: log.New(io.Discard)}, folder)
	if err == nil {
		st.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "KV_book") || !strings.Contains(err.Error(), "--accept-loss") {
		t.Errorf("the error is %v", err)
	}
}

// A folder of version 4 stays as it is while its server uses NATS servers elsewhere, so that an
// older program can open it again, and a current one moves its records later.
func TestFolderOfVersion4BesideServers(t *testing.T) {
	t.Parallel()
	data, p := openVersion4(t)
	want, folder := legacyContents(t, p.Store), p.folder
	p.Close()
	c := Config{Dir: data, URL: startRemoteServer(t).ClientURL()}
	p = openPreparation(t, c)
	for range 2 {
		if err := p.Prepare(testContext(t), folder); err != nil {
			t.Fatal(err)
		}
	}
	if version, err := os.ReadFile(filepath.Join(folder, layout.VersionFile)); err != nil || string(version) != "4\n" {
		t.Errorf("the folder is of version %q, %v", version, err)
	}
	if hosts, elsewhere, err := SavedServers(data); !elsewhere || err != nil {
		t.Errorf("the folder records %q, %v", hosts, err)
	}
	for _, name := range []string{"marks", "streams", "nats"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
	p.Close()
	wantMigrated(t, "without the servers", Config{Dir: data}, want)
}

// The process is killed while the engine deletes the streams of the older version: their files
// are gone in part.
func TestMigrationKilledWhileDeleting(t *testing.T) {
	t.Parallel()
	for _, gone := range [][]string{{"meta.inf"}, {"msgs"}, {"meta.inf", "meta.sum", "msgs/1.blk"}, {"msgs/1.blk"}, {""}}[:testkit.Amount(5, 2)] {
		data, p := openVersion4(t)
		want := legacyContents(t, p.Store)
		for _, step := range p.migrationSteps() {
			if err := step(testContext(t)); err != nil {
				t.Fatal(err)
			}
		}
		for how, left := range killedCopies(t, data) {
			for _, name := range gone {
				if err := os.RemoveAll(filepath.Join(blockfile.StreamFolder(filepath.Join(left, layout.FolderName), "KV_book"), name)); err != nil {
					t.Fatal(err)
				}
			}
			wantMigrated(t, fmt.Sprintf("%s, without %q", how, gone), Config{Dir: left}, want)
		}
	}
}

// The process was killed after the folder got its version and before its files got their names.
func TestFilesHalfRenamed(t *testing.T) {
	t.Parallel()
	data, p := openVersion4(t)
	want := legacyContents(t, p.Store)
	for _, step := range p.migrationSteps() {
		if err := step(testContext(t)); err != nil {
			t.Fatal(err)
		}
	}
	for now, before := range map[string]string{"watermarks": "marks", "stream-configs": "streams"} {
		for how, left := range killedCopies(t, data) {
			folder := filepath.Join(left, layout.FolderName)
			if err := os.Rename(filepath.Join(folder, now), filepath.Join(folder, before)); err != nil {
				t.Fatal(err)
			}
			wantMigrated(t, how+", "+before, Config{Dir: left}, want)
		}
	}
}

// remoteVersion4 stores records on NATS servers as version 4 did, with a deletion and a marker of
// version 3, and returns them as they are to be.
func remoteVersion4(t *testing.T, url string) (want []string) {
	t.Helper()
	p := openPreparation(t, Config{URL: url})
	for _, stream := range p.WantedStreams() {
		if layout.HasRecords(stream.Name) {
			continue
		}
		stream.Metadata[layout.VersionKey] = "4"
		if stream.Name == layout.RoomStream {
			stream.Metadata[legacyHistoryLimitsKey] = `{"Lines":200000,"Bytes":0,"Age":0}`
		}
		if err := p.CreateStream(testContext(t), stream); err != nil {
			t.Fatal(err)
		}
	}
	for _, stream := range p.WantedStreams() {
		if i := slices.Index([]string{layout.AuthorityStream, layout.PersonalStream}, stream.Name); i >= 0 {
			stream.Name = layout.LegacyStreamNames()[i]
			stream.Metadata[layout.VersionKey] = "4"
			if i == 0 {
				stream.Metadata[legacyNameRetentionKey] = "1440h0m0s"
			}
			if err := p.CreateStream(testContext(t), stream); err != nil {
				t.Fatal(err)
			}
		}
	}
	authority, personal := layout.LegacyPartitions()[0], layout.LegacyPartitions()[1]
	id := func(table, key string) layout.RecordID { return layout.RecordID{Table: table, Key: key} }
	p.mustPublish(t, id("typed", "alice").SubjectIn(authority), `"of version 3"`)
	p.mustPublish(t, id("typed", "bob").SubjectIn(authority), `"of version 3, deleted since"`)
	p.mustPublish(t, id("bans", "mallory").SubjectIn(authority), `{}`)
	p.mustPublish(t, id("bans", "bob").SubjectIn(authority), `{}`)
	p.mustPublish(t, id("bans", "bob").SubjectIn(authority), ``)
	p.mustPublish(t, id("names", "").SubjectIn(authority), `{"n":1}`)
	p.mustPublish(t, id("typed", "alice").SubjectIn(personal), `"hello"`)
	p.mustPublish(t, id("typed", "bob").SubjectIn(personal), ``)
	p.mustPublish(t, id("unheard", "of").SubjectIn(personal), `{}`)
	return []string{
		id("bans", "mallory").Subject() + ` {}`, id("names", "").Subject() + ` {"n":1}`,
		id("inputhistories", "alice").Subject() + ` "hello"`, id("unheard", "of").SubjectIn(records.Personal) + ` {}`,
	}
}

func (p *preparation) mustPublish(t *testing.T, subject, data string) {
	t.Helper()
	if _, err := p.Publish(testContext(t), subject, "", []byte(data)); err != nil {
		t.Fatal(err)
	}
}

// On NATS servers elsewhere the migration is broken off after any step, by this node or another
// one that goes on later. The name retention of the servers stays.
func TestRemoteMigrationBrokenOff(t *testing.T) {
	t.Parallel()
	steps := len((&preparation{Store: &Store{}}).migrationSteps())
	for done := range steps + 1 {
		url := startRemoteServer(t).ClientURL()
		want := remoteVersion4(t, url)
		first, second := openPreparation(t, Config{URL: url}), openPreparation(t, Config{URL: url})
		for _, step := range first.migrationSteps()[:done] {
			if err := step(testContext(t)); err != nil {
				t.Fatal(err)
			}
		}
		if err := second.migrateRecords(testContext(t)); err != nil {
			t.Fatal(err)
		}
		second.mustPublish(t, layout.RecordID{Table: "bans", Key: "eve"}.Subject(), `{}`) // it is in use now
		second.mustPublish(t, layout.RecordID{Table: "bans", Key: "mallory"}.Subject(), ``)
		for _, step := range first.migrationSteps()[done:] {
			if err := step(testContext(t)); err != nil {
				t.Fatalf("step %d: %v", done, err)
			}
		}
		if err := first.deleteLegacyStreams(testContext(t)); err != nil {
			t.Fatal(err)
		}
		want = append([]string{want[1], layout.RecordID{Table: "bans", Key: "eve"}.Subject() + ` {}`}, want[2:]...)
		wantMigrated(t, fmt.Sprint("after step ", done), Config{URL: url, NameRetention: 1}, want)
		have, err := second.FindStream(testContext(t), layout.AuthorityStream)
		if err != nil || have.Metadata[NameRetentionKey] != "1440h0m0s" || have.Metadata[legacyNameRetentionKey] != "" || have.MaxBytes != layout.MaxPartitionBytes(records.Authority) {
			t.Errorf("%s is %+v, %v", layout.AuthorityStream, have, err)
		}
		if have, err = second.FindStream(testContext(t), layout.RoomStream); err != nil {
			t.Fatal(err)
		}
		if limits, known := HistoryLimitsOf(have); !known || limits != (room.HistoryLimits{Lines: 200_000}) || have.Metadata[legacyHistoryLimitsKey] != "" {
			t.Errorf("the history limits are %+v, of %+v", limits, have)
		}
	}
}

// Several nodes migrate at the same moment: none fails, and all records are there.
func TestMigrationBySeveralNodes(t *testing.T) {
	t.Parallel()
	for round := range testkit.Amount(40, 10) {
		url := startRemoteServer(t).ClientURL()
		want := remoteVersion4(t, url)
		byThreeNodes(t, url, (*preparation).migrateRecords)
		wantMigrated(t, fmt.Sprint("round ", round), Config{URL: url}, want)
	}
}

// byThreeNodes has three nodes do something at the same moment.
func byThreeNodes(t *testing.T, url string, do func(*preparation, context.Context) error) {
	t.Helper()
	start := make(chan struct{})
	var nodes sync.WaitGroup
	for range 3 {
		p := openPreparation(t, Config{URL: url})
		nodes.Go(func() {
			<-start
			if err := do(p, testContext(t)); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	nodes.Wait()
}

// A slow node has looked at a stream, or has just created it, when another one completes the
// migration, deletes the old streams or not, and stores records. The slow one takes nothing back.
func TestMigrationWithASlowNode(t *testing.T) {
	t.Parallel()
	for _, created := range []bool{false, true} {
		for _, deleted := range []bool{false, true} {
			how := fmt.Sprintf("the stream is there already: %v, the old ones are deleted: %v", created, deleted)
			url := startRemoteServer(t).ClientURL()
			want := remoteVersion4(t, url)
			fast, slow := openPreparation(t, Config{URL: url}), openPreparation(t, Config{URL: url})
			if created { // by an attempt when there were few records
				if err := fast.createCopies(testContext(t)); err != nil {
					t.Fatal(err)
				}
				fast.mustUpdate(t, layout.AuthorityStream, func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 })
			}
			slow.Store = slow.with(&slowJetStream{JetStream: slow.JS, stream: layout.AuthorityStream, meanwhile: func() {
				for _, step := range fast.migrationSteps() {
					if err := step(testContext(t)); err != nil {
						t.Error(err)
					}
				}
				if deleted {
					if err := fast.deleteLegacyStreams(testContext(t)); err != nil {
						t.Error(err)
					}
				}
				fast.mustPublish(t, layout.RecordID{Table: "bans", Key: "eve"}.Subject(), `{}`)
				fast.mustPublish(t, layout.RecordID{Table: "bans", Key: "mallory"}.Subject(), ``)
			}})
			steps := slow.migrationSteps()
			if deleted { // the slow node is killed
				steps = steps[:1]
			}
			for _, step := range steps {
				if err := step(testContext(t)); err != nil {
					t.Fatalf("%s: %v", how, err)
				}
			}
			wantMigrated(t, how, Config{URL: url}, []string{want[1], layout.RecordID{Table: "bans", Key: "eve"}.Subject() + ` {}`, want[2], want[3]})
		}
	}
}

// A slowJetStream finds or creates a stream, but returns it only after something else has
// happened, once.
type slowJetStream struct {
	jetstream.JetStream
	stream    string
	meanwhile func()
	once      sync.Once
}

func (s *slowJetStream) Stream(ctx context.Context, name string) (jetstream.Stream, error) {
	found, err := s.JetStream.Stream(ctx, name)
	if err == nil && name == s.stream {
		s.once.Do(s.meanwhile)
	}
	return found, err
}

func (s *slowJetStream) CreateStream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	made, err := s.JetStream.CreateStream(ctx, c)
	if err == nil && c.Name == s.stream {
		s.once.Do(s.meanwhile)
	}
	return made, err
}

// mustUpdate changes the configuration of a stream.
func (p *preparation) mustUpdate(t *testing.T, stream string, change func(*jetstream.StreamConfig)) {
	t.Helper()
	have, err := p.FindStream(testContext(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	change(have)
	if _, err := p.JS.UpdateStream(testContext(t), *have); err != nil {
		t.Fatal(err)
	}
}

// An attempt was broken off when there were few records, and its copies have no space for those
// that an older program has added since: the node says so, and changes nothing. Once they have
// space, all records are there.
func TestMigrationIntoSmallCopies(t *testing.T) {
	t.Parallel()
	url := startRemoteServer(t).ClientURL()
	want := remoteVersion4(t, url)
	p := openPreparation(t, Config{URL: url})
	if err := p.createCopies(testContext(t)); err != nil {
		t.Fatal(err)
	}
	limit := func(bytes int64) {
		p.mustUpdate(t, layout.PersonalStream, func(c *jetstream.StreamConfig) { c.MaxBytes = bytes })
	}
	limit(100)
	if err := p.migrateRecords(testContext(t)); err == nil || !strings.Contains(err.Error(), "nats stream edit KV_personal --max-bytes") {
		t.Fatalf("the error is %v", err)
	}
	for _, name := range append(layout.LegacyStreamNames(), layout.RoomStream) {
		if have, err := p.FindStream(testContext(t), name); err != nil || have.Metadata[layout.VersionKey] != "4" || have.Sealed {
			t.Errorf("%s is %+v, %v", name, have, err)
		}
	}
	limit(1 << 20)
	wantMigrated(t, "into larger copies", Config{URL: url}, want)
}

// The streams of the older version are gone before their records were moved: what was copied does
// not pass for all records.
func TestMigrationWithoutItsSource(t *testing.T) {
	t.Parallel()
	for done := 1; done <= 2; done++ {
		url := startRemoteServer(t).ClientURL()
		remoteVersion4(t, url)
		p := openPreparation(t, Config{URL: url})
		for _, step := range p.migrationSteps()[:done] {
			if err := step(testContext(t)); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.deleteLegacyStreams(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if err := p.migrateRecords(testContext(t)); err == nil || !strings.Contains(err.Error(), "incomplete copy") || !strings.Contains(err.Error(), "nats stream backup") || !strings.Contains(err.Error(), "restore a backup") {
			t.Errorf("the error is %v", err)
		}
		for _, stream := range []string{layout.AuthorityStream, layout.PersonalStream} {
			if have, err := p.FindStream(testContext(t), stream); err != nil || have.Metadata[layout.VersionKey] != layout.MigratingVersion {
				t.Errorf("%s is %+v, %v", stream, have, err)
			}
		}
	}
}

// The limits of a store of an older version are neither told nor changed.
func TestLimitsOfVersion4(t *testing.T) {
	t.Parallel()
	c := Config{URL: startRemoteServer(t).ClientURL(), HistoryLimits: wideLimits, Log: log.New(io.Discard)}
	remoteVersion4(t, c.URL)
	const want = "journal: the stored data is of an older version"
	if _, _, err := RemoteLimits(testContext(t), c); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
	if err := Trim(testContext(t), c); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
}

// A node of version 4 was cut off when this one looked for such nodes, and writes during the
// migration: what was acknowledged is there, and later writes are refused.
func TestMigrationWhileAnOlderNodeWrites(t *testing.T) {
	t.Parallel()
	authority := layout.LegacyPartitions()[0]
	ban := func(who string) layout.RecordID { return layout.RecordID{Table: "bans", Key: who} }
	url := startRemoteServer(t).ClientURL()
	want := remoteVersion4(t, url)
	p := openPreparation(t, Config{URL: url})
	refused := 0
	for i, step := range p.migrationSteps() {
		if err := step(testContext(t)); err != nil {
			t.Fatal(err)
		}
		who := fmt.Sprint("mallory", i)
		if sent := p.PublishAll(testContext(t), []*nats.Msg{{Subject: ban(who).SubjectIn(authority), Data: []byte(`{}`)}}); sent[0].Err == nil {
			want = append(want, ban(who).Subject()+` {}`)
			p.mustPublish(t, ban("mallory").SubjectIn(authority), ``) // and lifts a ban that was copied
			want = slices.DeleteFunc(want, func(r string) bool { return r == ban("mallory").Subject()+` {}` })
		} else {
			refused++
		}
	}
	if refused != 4 {
		t.Errorf("%d of 7 writes were refused", refused)
	}
	if err := p.deleteLegacyStreams(testContext(t)); err != nil {
		t.Fatal(err)
	}
	got := presentContents(t, p.Store)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found\n%q, want\n%q", got, want)
	}
}

// An older program ran after a migration was broken off, and deleted and changed records: what
// was copied before does not come back.
func TestMigrationAfterADowngrade(t *testing.T) {
	t.Parallel()
	authority := layout.LegacyPartitions()[0]
	url := startRemoteServer(t).ClientURL()
	want := remoteVersion4(t, url)
	first := openPreparation(t, Config{URL: url})
	for _, step := range first.migrationSteps()[:2] {
		if err := step(testContext(t)); err != nil {
			t.Fatal(err)
		}
	}
	mallory := layout.RecordID{Table: "bans", Key: "mallory"}
	first.mustPublish(t, mallory.SubjectIn(authority), ``)
	if err := first.PurgeSubject(testContext(t), "KV_book", mallory.SubjectIn(authority), 0); err != nil { // its marker was compacted
		t.Fatal(err)
	}
	first.mustPublish(t, layout.RecordID{Table: "names"}.SubjectIn(authority), `{"n":2}`)
	wantMigrated(t, "downgraded", Config{URL: url}, []string{layout.RecordID{Table: "names"}.Subject() + ` {"n":2}`, want[2], want[3]})
}

// The NATS servers may store little more than version 4 has reserved: the migration needs no more
// than the records take. With less, the node does not start, says what to do, and changes nothing
// that an older program would notice.
func TestRemoteMigrationWithLittleStorage(t *testing.T) {
	t.Parallel()
	reserved := int64(0)
	for _, want := range (&Store{engine: &engine{Config: Config{HistoryLimits: wideLimits, URL: "nats://127.0.0.1:1"}, Conn: &nats.Conn{}}}).WantedStreams() {
		reserved += max(0, want.MaxBytes)
	}
	for _, test := range []struct {
		spare int64
		fits  bool
	}{{3 * migrationSpace, true}, {migrationSpace / 2, false}} {
		s := natstest.Start(t, &server.Options{Port: -1, JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: reserved + test.spare})
		want := remoteVersion4(t, s.ClientURL())
		if test.fits {
			wantMigrated(t, "with little storage", Config{URL: s.ClientURL()}, want)
			continue
		}
		p := openPreparation(t, Config{URL: s.ClientURL()})
		ctx, cancel := context.WithCancel(testContext(t))
		p.Store = p.with(&refusedJetStream{p.JS, cancel})
		if err := p.migrateRecords(ctx); err == nil || !strings.Contains(err.Error(), "max_file_store") {
			t.Errorf("the error is %v", err)
		}
		for _, name := range append(layout.LegacyStreamNames(), layout.RoomStream) {
			if have, err := p.FindStream(testContext(t), name); err != nil || have.Metadata[layout.VersionKey] != "4" || have.Sealed {
				t.Errorf("%s is %+v, %v", name, have, err)
			}
		}
	}
}

// A refusedJetStream tells once the servers have refused to create a stream.
type refusedJetStream struct {
	jetstream.JetStream
	refused func()
}

func (r *refusedJetStream) CreateStream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	made, err := r.JetStream.CreateStream(ctx, c)
	if err != nil {
		r.refused()
	}
	return made, err
}
