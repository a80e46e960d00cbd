package journal

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/backup"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// A dataSummary is the content of a closed journal, as read by the code that normally reads it.
type dataSummary struct {
	dir        string
	files      map[string]string      // file contents, by name
	live       map[string]backup.Line // by lineName
	positions  map[string]blockPart   // where each of them is
	everStored map[string]bool        // names of all messages ever stored and not overwritten
}

// A blockPart is a part of a file.
type blockPart struct {
	path       string // below the data directory
	begin, end int
}

// lineName identifies a message by its content.
func lineName(stream, subject string, data []byte) string {
	return stream + " " + subject + " " + string(data)
}

// summarize reads a closed journal.
func summarize(t *testing.T, dir string) *dataSummary {
	t.Helper()
	s := &dataSummary{dir: dir, live: map[string]backup.Line{}, positions: map[string]blockPart{}, everStored: map[string]bool{}}
	var saved bytes.Buffer
	if err := BackupOffline(testContext(t), Config{Dir: dir}, &saved); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Read(&saved, room.HistoryLimits{}, func(l *backup.Line) error {
		s.live[lineName(l.Stream, l.Subject, l.Data)] = *l
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, stream := range layout.StreamNames() {
		folder := blockfile.StreamFolder(filepath.Join(dir, layout.FolderName), stream)
		sizes, err := blockfile.Sizes(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, number := range slices.Sorted(maps.Keys(sizes)) {
			s.index(t, stream, blockfile.Path(folder, number))
		}
	}
	s.files = filesIn(t, dir)
	if len(s.positions) < len(s.live) {
		t.Fatalf("%d of %d messages are in the blocks", len(s.positions), len(s.live))
	}
	return s
}

func (s *dataSummary) index(t *testing.T, stream, path string) {
	t.Helper()
	b, err := blockfile.Read(path, layout.IsPlausible)
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Rel(s.dir, path)
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range b.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if e := lineName(stream, r.Subject, r.Data); !r.Erased && !r.Removed {
			s.everStored[e] = true
			s.positions[e] = blockPart{below, r.Offset, r.Offset + r.Size} // the latest of the same
		}
	}
}

// undoDamage restores damaged files.
func (s *dataSummary) undoDamage(t *testing.T, damaged []blockPart) {
	t.Helper()
	for _, d := range damaged {
		if err := os.WriteFile(filepath.Join(s.dir, d.path), []byte(s.files[d.path]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// salvageDir salvages a directory, which must not change.
func salvageDir(t *testing.T, dir string) (lines map[string]backup.Line, found []SalvageReport, saved []byte) {
	t.Helper()
	before := filesIn(t, dir)
	var b bytes.Buffer
	found, err := Salvage(dir, &b)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(filesIn(t, dir), before) {
		t.Error("the directory has changed")
	}
	saved = b.Bytes()
	lines = map[string]backup.Line{}
	if _, err := backup.Read(&b, room.HistoryLimits{}, func(l *backup.Line) error {
		lines[lineName(l.Stream, l.Subject, l.Data)] = *l
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return lines, found, saved
}

// filesIn returns the contents of the files in a directory, by name.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		all[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// damageSome damages some blocks of a data directory at random, and returns the damaged parts.
func damageSome(t *testing.T, dir string, random *rand.Rand) (damaged []blockPart) {
	t.Helper()
	blocks, err := fs.Glob(os.DirFS(dir), layout.FolderName+"/jetstream/$G/streams/*/msgs/*.blk")
	if err != nil || len(blocks) == 0 {
		t.Fatal(blocks, err)
	}
	for range 1 + random.IntN(4) {
		path := blocks[random.IntN(len(blocks))]
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil || len(data) == 0 {
			continue // it was cut off, or is gone
		}
		part := blockPart{path, random.IntN(len(data)), len(data)}
		switch random.IntN(7) {
		case 0: // everything after it is cut off
			data = data[:part.begin]
		case 3: // between two messages
			b, err := blockfile.New(filepath.Join(dir, path), data, layout.IsPlausible)
			if err != nil {
				t.Fatal(err)
			}
			at := part.begin
			for r, err := range b.Records() {
				if end := r.Offset + r.Size; err == nil && end <= at {
					part.begin = end
				}
			}
			data = data[:part.begin]
		case 1:
			part.end = min(part.end, part.begin+1+random.IntN(2000))
			clear(data[part.begin:part.end])
		case 2:
			if part.begin = 0; random.IntN(4) > 0 {
				continue
			}
			if err := os.Remove(filepath.Join(dir, path)); err != nil {
				t.Fatal(err)
			}
			damaged = append(damaged, part)
			continue
		default:
			part.end = part.begin + 1
			data[part.begin] ^= byte(1 + random.IntN(255))
		}
		damaged = append(damaged, part)
		if err := os.WriteFile(filepath.Join(dir, path), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return damaged
}

// intact returns the messages in s outside the damaged parts.
func (s *dataSummary) intact(damaged []blockPart) map[string]backup.Line {
	whole := maps.Clone(s.live)
	maps.DeleteFunc(whole, func(e string, _ backup.Line) bool {
		at := s.positions[e]
		return slices.ContainsFunc(damaged, func(d blockPart) bool {
			return filepath.ToSlash(at.path) == d.path && d.begin < at.end && d.end > at.begin
		})
	})
	return whole
}

// fillData leaves a journal with some data of each kind, much of it deleted again.
func fillData(t *testing.T, dir string) {
	t.Helper()
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	alice, bob := s.join(t, "alice", aliceKey), s.join(t, "bob", bobKey)
	for i := range 40 {
		s.Write(record("bans", fmt.Sprint("ban", i), fmt.Sprintf(`{"n":%d}`, i)))
		s.Write(record("inputhistories", fmt.Sprint("key", i), fmt.Sprintf(`{"n":%d}`, i)))
		if err := s.SaveOffline(t.Context(), privateMessageTo([]string{aliceKey, bobKey}[i%2], fmt.Sprint("message ", i)), anyNumber); err != nil {
			t.Fatal(err)
		}
		say(t, []*room.Session{alice, bob}[i%2], fmt.Sprint("line ", i))
		if i%4 == 0 { // several become one message
			testkit.Eventually(t, "it is kept", func() bool { return s.Pending() == 0 })
		}
	}
	settled := func() {
		testkit.Eventually(t, "they are stored", func() bool { return s.Status().PendingRecords == 0 })
	}
	settled()
	for i := range 40 {
		switch i % 4 {
		case 0:
			s.Write(record("bans", fmt.Sprint("ban", i), ""))
		case 1:
			s.Write(record("bans", fmt.Sprint("ban", i), fmt.Sprintf(`{"n":%d,"again":true}`, i)))
			s.Write(record("inputhistories", fmt.Sprint("key", i), ""))
		}
	}
	settled()
	messages, err := s.OfflineMessages(t.Context(), aliceKey)
	if err == nil {
		err = s.MarkDelivered(t.Context(), aliceKey, messages[len(messages)-3])
	}
	if err == nil {
		_, err = command.NewRunner(alice).RunCommand([]string{"forget", "me", "yes"})
	}
	if err != nil {
		t.Fatal(err)
	}
	say(t, bob, "the last line")
	testkit.Eventually(t, "all is kept", func() bool { return s.Pending() == 0 && !s.people.isDirty() })
	s.closeStored(t)
}

// Blocks are damaged at random. Everything that counts outside the damaged parts is saved, and
// nothing else: no deleted, forgotten or removed data.
func TestSalvage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fillData(t, dir)
	s := summarize(t, dir)
	for seed := range uint64(testkit.Amount(100, 30)) {
		damaged := damageSome(t, dir, rand.New(rand.NewPCG(seed, 1)))
		want := s.intact(damaged)
		got, found, _ := salvageDir(t, dir)
		s.undoDamage(t, damaged)
		wantLines(t, fmt.Sprint("seed ", seed, ": ", damaged), got, want, nil)
		wrong, gone := 0, 0
		for _, f := range found {
			wrong += len(f.Errors)
			gone += f.Lost
		}
		if wrong == 0 && len(want) < len(s.live) {
			t.Errorf("seed %d: no damage is found in %v", seed, damaged)
		}
		if gone < len(s.live)-len(want) {
			t.Errorf("seed %d: %d of %d are reported lost", seed, gone, len(s.live)-len(want))
		}
	}
}

// wantLines checks that exactly these lines are saved; other lines must be allowed.
func wantLines(t *testing.T, where string, got, want map[string]backup.Line, allowed func(backup.Line) bool) {
	t.Helper()
	for e := range want {
		if _, ok := got[e]; !ok {
			t.Errorf("%s: %.200s is not saved", where, e)
		}
	}
	for e, l := range got {
		if _, ok := want[e]; !ok && (allowed == nil || !allowed(l)) && !isTombstoneOnly(l) {
			t.Errorf("%s: %.200s is saved", where, e)
		}
	}
}

// isTombstoneOnly reports whether a line has only a tombstone.
func isTombstoneOnly(l backup.Line) bool {
	records, err := layout.DecodeStoredEvents(l.Data)
	return l.Stream == layout.RoomStream && err == nil && !slices.ContainsFunc(records, func(r layout.StoredEvent) bool { return r.Kind != "forgot" })
}

// The same after a kill, without the engine's saved state. If an unreadable part may have
// deleted something, the report says so; forgotten data does not return in any case.
func TestSalvageAfterAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fillData(t, dir)
	s := summarize(t, dir)
	s.dir = killedCopies(t, dir)["rebuilt"]
	if err := os.Remove(filepath.Join(s.dir, layout.FolderName, layout.ManifestFile)); err != nil {
		t.Fatal(err)
	}
	got, _, _ := salvageDir(t, s.dir)
	wantLines(t, "whole", got, s.live, nil)
	for seed := range uint64(testkit.Amount(100, 30)) {
		damaged := damageSome(t, s.dir, rand.New(rand.NewPCG(seed, 2)))
		got, found, _ := salvageDir(t, s.dir)
		s.undoDamage(t, damaged)
		unsure := map[string]bool{}
		for _, f := range found {
			unsure[f.Stream] = f.Uncertain > 0
		}
		wantLines(t, fmt.Sprint("seed ", seed, ": ", damaged), got, s.intact(damaged), func(l backup.Line) bool {
			return unsure[l.Stream] && s.everStored[lineName(l.Stream, l.Subject, l.Data)]
		})
	}
}

// The latest message of a record is damaged, after a kill, and its subject is still legible: no
// earlier value comes back, and all other records are saved.
func TestSalvageOmitsReplacedRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fillData(t, dir)
	s := summarize(t, dir)
	s.dir = killedCopies(t, dir)["rebuilt"]
	if err := os.Remove(filepath.Join(s.dir, layout.FolderName, layout.ManifestFile)); err != nil {
		t.Fatal(err)
	}
	path := blockfile.Path(blockfile.StreamFolder(filepath.Join(s.dir, layout.FolderName), layout.AuthorityStream), 1)
	latest := map[string]blockfile.Record{} // by subject
	block, err := blockfile.Read(path, layout.IsPlausible)
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range block.Records() {
		if err != nil {
			t.Fatal(err)
		}
		latest[r.Subject] = r
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for subject, r := range latest {
		data := bytes.Clone(whole)
		data[r.Offset+r.Size-1]++ // in the checksum
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		want := maps.Clone(s.live)
		maps.DeleteFunc(want, func(_ string, l backup.Line) bool {
			return l.Stream == layout.AuthorityStream && l.Subject == subject
		})
		got, _, _ := salvageDir(t, s.dir)
		wantLines(t, fmt.Sprintf("without message %d, of %s", r.Seq, subject), got, want, nil)
	}
}

// Blocks are damaged at random, and the store opens without what is lost. Everything that counts
// outside the damaged parts is there, and nothing else: no deleted, forgotten or removed data.
func TestOpenWithoutLostMessages(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	fillData(t, whole)
	s := summarize(t, whole)
	for seed := range uint64(testkit.Amount(20, 8)) {
		dir := testkit.CopyDir(t, whole)
		damaged := damageSome(t, dir, rand.New(rand.NewPCG(seed, 3)))
		mustClose(t, mustOpen(t, Config{Dir: dir, HistoryLimits: wideLimits, AcceptLoss: true}))
		got, _, _ := salvageDir(t, dir)
		wantLines(t, fmt.Sprint("seed ", seed, ": ", damaged), got, s.intact(damaged), nil)
	}
}

// A salvaged backup is restored like any other, and the server has its data.
func TestSalvageIsRestored(t *testing.T) {
	t.Parallel()
	dir, restored := t.TempDir(), t.TempDir()
	addSomeData(t, Config{Dir: dir, HistoryLimits: wideLimits})
	path := blockfile.Path(blockfile.StreamFolder(filepath.Join(dir, layout.FolderName), layout.AuthorityStream), 1)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, []byte(`{}`))] = 'x' // the ban that was lifted
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	_, found, saved := salvageDir(t, dir)
	if err := RestoreBackup(testContext(t), Config{Dir: restored}, bytes.NewReader(saved)); err != nil {
		t.Fatal(err)
	}
	openServer(t, Config{Dir: restored, HistoryLimits: wideLimits}).wantSomeData(t)
	for _, f := range found {
		if want := f.Stream == layout.AuthorityStream; (len(f.Errors) == 1) != want || f.Lost != 0 || f.Uncertain != 0 {
			t.Errorf("%+v", f)
		}
	}
}

// If there is nothing, or nothing that this version can read, that is reported.
func TestSalvageOfNothing(t *testing.T) {
	t.Parallel()
	empty, emptied, later := t.TempDir(), t.TempDir(), t.TempDir()
	for dir, version := range map[string]string{emptied: "4\n", later: newer + "\n"} {
		write(t, filepath.Join(dir, layout.FolderName, layout.VersionFile), version)
		write(t, blockfile.Path(blockfile.StreamFolder(filepath.Join(dir, layout.FolderName), layout.AuthorityStream), 1), "")
	}
	for dir, want := range map[string]string{
		empty:   ErrNoData.Error(),
		emptied: "none of it can be read",
		later:   "use the teahouse that wrote it",
	} {
		if _, err := Salvage(dir, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
