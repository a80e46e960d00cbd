package journal

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// This test does not know what is in which file. It damages each file of a data directory in
// each way. The next start must either refuse, naming the file and what to do, or have
// everything, or say in which file something is lost.

const (
	damageCases = "TEAHOUSE_DAMAGES"     // number of cases to try; default leastDamages
	damageSeed  = "TEAHOUSE_DAMAGE_SEED" // seed for choosing cases and bytes to flip

	leastDamages = 60
	flips        = 6 // bytes flipped in each file, one at a time
	hangs        = 30 * time.Second
)

// A storeContents is everything that a server knows.
type storeContents struct {
	records  map[layout.RecordID]string
	lines    []string
	messages []string
	people   []string
}

// openAndRead opens a data directory, and returns its contents and the log.
func openAndRead(t *testing.T, dir string) (k storeContents, logged string, err error) {
	t.Helper()
	buf := &testkit.Recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		k, err = openAndReadNow(t, dir, log.New(buf))
	}()
	select {
	case <-done:
	case <-time.After(hangs):
		t.Fatal("the journal did not open in time")
	}
	return k, buf.String(), err
}

func openAndReadNow(t *testing.T, dir string, logger *log.Logger) (k storeContents, err error) {
	j, err := Open(testContext(t), Config{Dir: dir, HistoryLimits: wideLimits, Log: logger})
	if err != nil {
		return k, err
	}
	defer func() { _ = j.Close(testContext(t)) }()
	stored, err := j.records.all(testContext(t))
	if err != nil {
		return k, err
	}
	k.records = map[layout.RecordID]string{}
	for _, r := range stored {
		k.records[layout.RecordID{Table: r.Table, Key: r.Key}] = string(r.Value)
	}
	said, _, err := j.history.load(testContext(t))
	if err != nil {
		return k, err
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		k.lines = append(k.lines, textsOf(said[name])...)
	}
	for _, key := range crashKeys {
		messages, err := j.OfflineMessages(t.Context(), ids.Account(key))
		if err != nil {
			return k, err
		}
		k.messages = append(k.messages, textsOf(messages)...)
		if p, known := j.Account(ids.Account(key)); known {
			k.people = append(k.people, p.Name)
		}
	}
	return k, nil
}

// makeData creates the data directory of a server that people have used.
func makeData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	for i, key := range crashKeys {
		u := s.join(t, fmt.Sprint("person", i), key)
		for n := range 3 {
			say(t, u, fmt.Sprintf("line %d of %d", n, i))
			testkit.Eventually(t, "it is stored", func() bool { return s.Pending() == 0 })
		}
		writeAndWait(t, s.Journal, record("bans", key, fmt.Sprintf(`{"n":%d}`, i)))
		writeAndWait(t, s.Journal, record("names", key, `{}`))
		writeAndWait(t, s.Journal, record("inputhistories", key, `{}`))
		if err := s.SaveOffline(t.Context(), privateMessageTo(key, fmt.Sprint("message ", i)), anyNumber); err != nil {
			t.Fatal(err)
		}
		u.Leave(room.Quit)
	}
	writeAndWait(t, s.Journal, record("names", crashKeys[0], ""))
	if err := s.MarkDelivered(t.Context(), ids.Account(crashKeys[1]), &room.Event{Seq: 2}); err != nil {
		t.Fatal(err)
	}
	s.closeStored(t)
	return dir
}

// A fileDamage is a damaged file or a missing folder.
type fileDamage struct {
	file   string // in the data directory
	how    string
	killed bool // the server was killed before
	damage func(path string) error
}

// allFileDamages returns all possible damages of a data directory.
func allFileDamages(t *testing.T, dir string, random *rand.Rand) (all []fileDamage) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if strings.Contains(file, string(filepath.Separator)) { // without its folder there is no journal
				all = append(all, fileDamage{file, "removed", false, os.RemoveAll}, fileDamage{file, "removed", true, os.RemoveAll})
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		ways := maps.Clone(bucketDamages)
		for range flips {
			at, bits := random.Int64N(max(info.Size(), 1)), byte(1+random.IntN(255))
			ways[fmt.Sprintf("byte %d by %d", at, bits)] = func(path string) error { return flipByte(path, at, bits) }
		}
		for _, how := range slices.Sorted(maps.Keys(ways)) {
			all = append(all, fileDamage{file, how, false, ways[how]}, fileDamage{file, how, true, ways[how]})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func flipByte(path string, at int64, bits byte) error {
	data, err := os.ReadFile(path)
	if err != nil || at >= int64(len(data)) {
		return err
	}
	data[at] ^= bits
	return os.WriteFile(path, data, 0o600)
}

func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	cases, seed := testkit.Amount(leastDamages, leastDamages/4), uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv(damageCases)); err == nil {
		cases = n
	}
	if n, err := strconv.ParseUint(os.Getenv(damageSeed), 10, 64); err == nil {
		seed = n
	}
	random := rand.New(rand.NewPCG(seed, 0))
	whole := makeData(t)
	want, logged, err := openAndRead(t, testkit.CopyDir(t, whole))
	if err != nil || logged != "" || len(want.lines) != 3*len(crashKeys) || len(want.people) != len(crashKeys) {
		t.Fatalf("%+v, %v, %s", want, err, logged)
	}
	all := allFileDamages(t, whole, random)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	t.Logf("%d cases of %d; again by %s=%d", min(cases, len(all)), len(all), damageSeed, seed)
	outcomes := map[string]int{}
	for _, a := range all[:min(cases, len(all))] {
		outcome, wrong := a.check(t, whole, want)
		outcomes[outcome]++
		if wrong != "" {
			t.Errorf("%s, %s, killed %v: %s", a.file, a.how, a.killed, wrong)
		}
	}
	t.Log(outcomes)
}

// check returns the outcome of a damage, and what is wrong with it.
func (d fileDamage) check(t *testing.T, whole string, want storeContents) (outcome, wrong string) {
	t.Helper()
	dir := testkit.CopyDir(t, whole)
	if d.killed && d.file != filepath.Join(layout.FolderName, layout.ManifestFile) {
		if err := os.Remove(filepath.Join(dir, layout.FolderName, layout.ManifestFile)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, d.file)
	if err := d.damage(path); err != nil {
		t.Fatal(err)
	}
	got, logged, err := openAndRead(t, dir)
	named := filepath.Dir(path)
	if filepath.Base(named) == blockfile.MessagesFolder {
		named = filepath.Dir(named) // of d stream
	}
	switch {
	case err != nil && strings.Contains(err.Error(), named) && (strings.Contains(err.Error(), "backup") || strings.Contains(err.Error(), "run ")):
		return "refused", ""
	case err != nil:
		return "refused", fmt.Sprintf("it refuses, and says no more than %v", err)
	case reflect.DeepEqual(got, want):
		return "whole", ""
	case strings.Contains(logged, named):
		return "told", ""
	}
	return "silent", fmt.Sprintf("it has %s, of %s, and says no more than %s", describeContents(got), describeContents(want), logged)
}

// describeContents returns how much is known.
func describeContents(k storeContents) string {
	return fmt.Sprintf("%d records, %d lines, %d private messages, people %q", len(k.records), len(k.lines), len(k.messages), k.people)
}
