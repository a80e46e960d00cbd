package journal

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/internal/testkit"
	"teahouse/room"
)

// furnished makes a data directory with rows of both spaces, which it returns.
func furnished(t *testing.T) (dir string, want map[place]string) {
	t.Helper()
	dir = t.TempDir()
	j := opened(t, Config{Dir: dir, Memory: wide})
	for i := range 20 {
		settle(t, j, row("bans", fmt.Sprint("key", i), "{}"))
		settle(t, j, row("typed", fmt.Sprint("key", i), "{}"))
	}
	settle(t, j, row("bans", "key3", ""))
	want = rows(t, j)
	closed(t, j)
	return dir, want
}

func opened(t *testing.T, c Config) *Journal {
	t.Helper()
	j, err := Open(bounded(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close(context.Background()) })
	return j
}

func closed(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(bounded(t)); err != nil {
		t.Fatal(err)
	}
}

// settle stores a row.
func settle(t *testing.T, j *Journal, r room.Row) {
	t.Helper()
	n := j.Write(r)
	if err := j.Settle(n-1, n); err != nil {
		t.Fatal(err)
	}
}

// damages are what may become of a file.
var damages = map[string]func(path string) error{
	"removed":   os.Remove,
	"truncated": func(path string) error { return os.Truncate(path, 0) },
	"halved": func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	},
	"misnumbered": func(path string) error { return flipByte(path, 6, 38) }, // a message of a block: the engine would count up to that
	"zeroed": func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, make([]byte, info.Size()), 0o600)
	},
}

// Whatever becomes of a file of the book, a house either refuses to open, and says which
// stream it is and what to do, or has lost nothing. With AcceptLoss it opens, and from then on without.
func TestDamagedBook(t *testing.T) {
	t.Parallel()
	whole, want := furnished(t)
	var files []string
	for _, stream := range []string{bookStream, deskStream}[:testkit.Amount(2, 1)] {
		some, err := filepath.Glob(filepath.Join(whole, folderName, "jetstream", "$G", "streams", stream, "msgs", "*"))
		if err != nil || len(some) < 2 {
			t.Fatalf("%q, %v", some, err)
		}
		files = append(files, some...)
	}
	files = append(files, filepath.Join(whole, folderName, marksFile))
	for _, file := range files {
		name, err := filepath.Rel(whole, file)
		if err != nil {
			t.Fatal(err)
		}
		for how, damage := range damages {
			for _, alone := range []bool{true, false} {
				if !alone && filepath.Ext(file) != ".blk" {
					continue
				}
				t.Run(fmt.Sprint(filepath.Base(filepath.Dir(filepath.Dir(name))), " ", filepath.Base(name), " ", how, " ", alone), func(t *testing.T) {
					dir := t.TempDir()
					if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
						t.Fatal(err)
					}
					if !alone { // a kill leaves no index that is up to date
						_ = os.Remove(filepath.Join(dir, filepath.Dir(name), "index.db"))
					}
					if err := damage(filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
					refusesOrHas(t, dir, want)
				})
			}
		}
	}
}

func refusesOrHas(t *testing.T, dir string, want map[place]string) {
	t.Helper()
	told := Probe(bounded(t), dir)
	j, err := Open(bounded(t), Config{Dir: dir, Memory: wide})
	if (told == nil) != (err == nil) {
		t.Errorf("the doctor says %v, and the house %v", told, err)
	}
	if err == nil {
		if got := rows(t, j); !maps.Equal(got, want) {
			t.Errorf("it opened with %d rows of %d", len(got), len(want))
		}
		closed(t, j)
		return
	}
	t.Log(err)
	if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "backup") || !strings.Contains(err.Error(), "--accept-loss") {
		t.Errorf("it says %v", err)
	}
	if err := BackupClosed(bounded(t), Config{Dir: dir}, io.Discard); err == nil {
		t.Error("there is a backup of what is left")
	}
	logged := &lockedBuffer{}
	j = opened(t, Config{Dir: dir, Memory: wide, AcceptLoss: true, Log: log.New(logged)})
	if !strings.Contains(logged.String(), "lost") {
		t.Errorf("it logged %s", logged)
	}
	settle(t, j, row("bans", "later", "{}"))
	left := rows(t, j)
	closed(t, j)
	if got := rows(t, opened(t, Config{Dir: dir, Memory: wide})); !maps.Equal(got, left) {
		t.Errorf("afterwards it has %v, not %v", got, left)
	}
}

// The marks are gone, with or without the book, after a kill: the house does not open as if there had never been any.
func TestMarksAreGone(t *testing.T) {
	t.Parallel()
	whole, _ := furnished(t)
	for _, also := range []string{"", streamFolder("", bookStream)} {
		dir := copyOf(t, whole)
		for _, gone := range []string{sealFile, marksFile} {
			if err := os.Remove(filepath.Join(dir, folderName, gone)); err != nil {
				t.Fatal(err)
			}
		}
		if also != "" {
			if err := os.RemoveAll(filepath.Join(dir, folderName, also)); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, folderName, marksFile)
		if j, err := Open(bounded(t), Config{Dir: dir, Memory: wide}); err == nil || !strings.Contains(err.Error(), path+", which says how much was stored, is gone") {
			if j != nil {
				closed(t, j)
			}
			t.Errorf("without %q, too: %v", also, err)
		}
		closed(t, opened(t, Config{Dir: dir, Memory: wide, AcceptLoss: true}))
		closed(t, opened(t, Config{Dir: dir, Memory: wide}))
	}
}

// A stream that is gone with its folder.
func TestRemovedStream(t *testing.T) {
	t.Parallel()
	dir, want := furnished(t)
	if err := os.RemoveAll(filepath.Join(dir, folderName, "jetstream", "$G", "streams", bookStream)); err != nil {
		t.Fatal(err)
	}
	refusesOrHas(t, dir, want)
}

// What a mark says holds for ever after: it is raised by what says more, and by nothing else,
// and less than it says is a loss.
func TestMarks(t *testing.T) {
	t.Parallel()
	was := mark{Last: 40, Floor: 10, Rows: 5}
	for _, c := range []struct {
		now    mark
		gone   bool
		raised mark
	}{
		{now: was, raised: was},
		{now: mark{Last: 50, Floor: 10, Rows: 7}, raised: mark{Last: 50, Floor: 10, Rows: 7}},
		{now: mark{Last: 50, Floor: 45, Rows: 2}, raised: mark{Last: 50, Floor: 45, Rows: 2}}, // compacted
		{now: mark{Last: 39, Floor: 10, Rows: 5}, gone: true, raised: was},
		{now: mark{Last: 40, Floor: 10, Rows: 4}, gone: true, raised: was},                               // a block in the middle
		{now: mark{Last: 50, Floor: 0, Rows: 9}, gone: true, raised: mark{Last: 50, Floor: 10, Rows: 5}}, // the one with the floor
		{now: mark{Last: 0, Floor: 0, Rows: 0}, gone: true, raised: was},                                 // all
		{now: mark{Last: 39, Floor: 20, Rows: 90}, gone: true, raised: mark{Last: 40, Floor: 20, Rows: 90}},
	} {
		if what := was.missing(c.now); (what != "") != c.gone {
			t.Errorf("%v after %v: %q", c.now, was, what)
		}
		if got := was.raised(c.now); got != c.raised {
			t.Errorf("%v after %v is %v, not %v", c.now, was, got, c.raised)
		}
	}
}

// Rows that are written anew, struck out and compacted are no loss, with any of the marks
// that there were on the way.
func TestMarksOfABusyBook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := opened(t, Config{Dir: dir, Memory: wide})
	b := spaceBucket(j.engine, room.Reserved)
	var marks []mark
	for i := range 30 {
		settle(t, j, row("bans", fmt.Sprint("key", i%7), "{}"))
		settle(t, j, row("bans", fmt.Sprint("key", i%5), ""))
		if i%3 == 0 {
			c, err := b.read(bounded(t))
			if err != nil {
				t.Fatal(err)
			}
			if err := b.raise(bounded(t), c, c.last+1); err != nil {
				t.Fatal(err)
			}
		}
		if i%4 == 0 {
			if err := b.compact(bounded(t)); err != nil {
				t.Fatal(err)
			}
		}
		if i%2 == 0 {
			j.closeMarks(bounded(t))
		}
		marks = append(marks, j.engine.marks.of(bookStream))
	}
	for how, left := range killed(t, dir) {
		now, err := startClosed(bounded(t), Config{Dir: left})
		if err != nil {
			t.Fatal(err)
		}
		defer now.close()
		has, err := now.measure(bounded(t), spaceBucket(now, room.Reserved))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range marks {
			if what := m.missing(has); what != "" {
				t.Errorf("%s: after %v there is %v: %s", how, m, has, what)
			}
		}
	}
}
