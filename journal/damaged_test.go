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

	"teahouse/internal/testkit"
	"teahouse/room"
)

// This test knows nothing of what is in which file. It damages each file of a data directory in
// each way, and wants a start that either refuses, with the file and what to do, or has all that there was,
// or says in which file something is gone.

const (
	damageCases = "TEAHOUSE_DAMAGES"     // how many cases are tried, of all; otherwise leastDamages
	damageSeed  = "TEAHOUSE_DAMAGE_SEED" // which these are, and where bytes are flipped, depends on it

	leastDamages = 60
	flips        = 6 // bytes of each file, one at a time
	hangs        = 30 * time.Second
)

// A knowledge is all that a house knows.
type knowledge struct {
	rows    map[place]string
	lines   []string
	letters []string
	people  []string
}

// learn opens what is in a data directory, and returns what is known, with the log.
func learn(t *testing.T, dir string) (k knowledge, logged string, err error) {
	t.Helper()
	buf := &lockedBuffer{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		k, err = learnNow(t, dir, log.New(buf))
	}()
	select {
	case <-done:
	case <-time.After(hangs):
		t.Fatal("it hangs")
	}
	return k, buf.String(), err
}

func learnNow(t *testing.T, dir string, logger *log.Logger) (k knowledge, err error) {
	j, err := Open(bounded(t), Config{Dir: dir, Memory: wide, Log: logger})
	if err != nil {
		return k, err
	}
	defer func() { _ = j.Close(bounded(t)) }()
	stored, err := j.Rows(bounded(t))
	if err != nil {
		return k, err
	}
	k.rows = map[place]string{}
	for _, r := range stored {
		k.rows[place{r.Table, r.Key}] = string(r.Value)
	}
	said, _, err := j.load(bounded(t))
	if err != nil {
		return k, err
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		k.lines = append(k.lines, texts(said[name])...)
	}
	for _, key := range crashKeys {
		letters, err := j.Letters(key)
		if err != nil {
			return k, err
		}
		k.letters = append(k.letters, texts(letters)...)
		if p, known := j.Person(key); known {
			k.people = append(k.people, p.Name)
		}
	}
	return k, nil
}

// lived makes a data directory of a house in which people were.
func lived(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := begin(t, Config{Dir: dir, Memory: wide})
	for i, key := range crashKeys {
		u := s.enter(t, fmt.Sprint("person", i), key)
		for n := range 3 {
			say(t, u, fmt.Sprintf("line %d of %d", n, i))
			eventually(t, "it is stored", func() bool { return s.Behind() == 0 })
		}
		settle(t, s.Journal, row("bans", key, fmt.Sprintf(`{"n":%d}`, i)))
		settle(t, s.Journal, row("names", key, `{}`))
		settle(t, s.Journal, row("typed", key, `{}`))
		if err := s.Post(letterTo(key, fmt.Sprint("letter ", i)), anyLetters); err != nil {
			t.Fatal(err)
		}
		u.Leave(room.Quit)
	}
	settle(t, s.Journal, row("names", crashKeys[0], ""))
	if err := s.Delivered(crashKeys[1], &room.Event{Seq: 2}); err != nil {
		t.Fatal(err)
	}
	s.end(t)
	return dir
}

// An accident is a file that is damaged, or a folder that is gone.
type accident struct {
	file   string // in the data directory
	how    string
	killed bool // there was no orderly end before
	damage func(path string) error
}

// accidents are all that there may be in a data directory.
func accidents(t *testing.T, dir string, random *rand.Rand) (all []accident) {
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
				all = append(all, accident{file, "removed", false, os.RemoveAll}, accident{file, "removed", true, os.RemoveAll})
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		ways := maps.Clone(damages)
		for range flips {
			at, bits := random.Int64N(max(info.Size(), 1)), byte(1+random.IntN(255))
			ways[fmt.Sprintf("byte %d by %d", at, bits)] = func(path string) error { return flipByte(path, at, bits) }
		}
		for _, how := range slices.Sorted(maps.Keys(ways)) {
			all = append(all, accident{file, how, false, ways[how]}, accident{file, how, true, ways[how]})
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
	whole := lived(t)
	want, logged, err := learn(t, copyOf(t, whole))
	if err != nil || logged != "" || len(want.lines) != 3*len(crashKeys) || len(want.people) != len(crashKeys) {
		t.Fatalf("%+v, %v, %s", want, err, logged)
	}
	all := accidents(t, whole, random)
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

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	other := t.TempDir()
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return other
}

// check returns what came of it, and what is wrong with that.
func (a accident) check(t *testing.T, whole string, want knowledge) (outcome, wrong string) {
	t.Helper()
	dir := copyOf(t, whole)
	if a.killed && a.file != filepath.Join(folderName, sealFile) {
		if err := os.Remove(filepath.Join(dir, folderName, sealFile)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, a.file)
	if err := a.damage(path); err != nil {
		t.Fatal(err)
	}
	got, logged, err := learn(t, dir)
	named := filepath.Dir(path)
	if filepath.Base(named) == messagesFolder {
		named = filepath.Dir(named) // of a stream
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
	return "silent", fmt.Sprintf("it has %s, of %s, and says no more than %s", known(got), known(want), logged)
}

// known returns how much somebody knows.
func known(k knowledge) string {
	return fmt.Sprintf("%d rows, %d lines, %d letters, people %q", len(k.rows), len(k.lines), len(k.letters), k.people)
}
