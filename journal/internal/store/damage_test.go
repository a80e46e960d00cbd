package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

// A storeFiles is a journal's folder in which ROOM has several blocks, some of them with removed
// messages.
type storeFiles struct {
	dir    string // the data directory
	blocks []uint32
}

func newStoreFiles(t *testing.T) *storeFiles {
	t.Helper()
	ctx := testContext(t)
	s := &storeFiles{dir: t.TempDir()}
	_, dir, err := layout.OpenFolder(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(ctx, Config{Dir: s.dir, Log: log.New(io.Discard)}, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	config := jetstream.StreamConfig{Name: layout.RoomStream, Subjects: []string{layout.RoomPrefix + "*"}, MaxBytes: 120_000} // of blocks of 32 kB
	if _, err := e.JS.CreateStream(ctx, config); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if _, err := e.Publish(ctx, layout.RoomSubject("tea"), fmt.Sprint(i), []byte(fmt.Sprintf("{\"text\":\"%d%s\"}\n", i, strings.Repeat("x", 400)))); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.DeleteMessages(ctx, layout.RoomStream, []uint64{3, 80, 81, 199}); err != nil {
		t.Fatal(err)
	}
	if e.Watermarks, err = integrity.ReadWatermarks(dir); err != nil {
		t.Fatal(err)
	}
	if err := e.raiseWatermark(ctx, layout.RoomStream); err != nil {
		t.Fatal(err)
	}
	if err := e.Watermarks.Save(); err != nil {
		t.Fatal(err)
	}
	sizes, err := blockfile.Sizes(e.folder(layout.RoomStream))
	if err != nil || len(sizes) < 3 {
		t.Fatal(sizes, err)
	}
	for number := range sizes {
		s.blocks = append(s.blocks, number)
	}
	slices.Sort(s.blocks)
	return s
}

func (s *storeFiles) folder() string { return filepath.Join(s.dir, layout.FolderName) }

func (s *storeFiles) path(number uint32) string {
	return blockfile.Path(blockfile.StreamFolder(s.folder(), layout.RoomStream), number)
}

// clone returns a copy; after a kill it has no manifest.
func (s *storeFiles) clone(t *testing.T, killed bool) *storeFiles {
	t.Helper()
	other := &storeFiles{dir: t.TempDir(), blocks: s.blocks}
	if err := os.CopyFS(other.dir, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	if killed {
		if err := os.Remove(filepath.Join(other.folder(), layout.ManifestFile)); err != nil {
			t.Fatal(err)
		}
	}
	return other
}

// liveRecords returns the messages of ROOM that are in a block.
func (s *storeFiles) liveRecords(t *testing.T, number uint32) (lives []blockfile.Record) {
	t.Helper()
	removed := []uint64{3, 80, 81, 199}
	b, err := blockfile.Read(s.path(number), layout.IsPlausible)
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range b.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if !r.Erased && !r.Removed && !slices.Contains(removed, r.Seq) {
			lives = append(lives, r)
		}
	}
	return lives
}

// Damage is reported with its file and, if the engine had stopped in order, the number of lost
// messages. After a kill, damage is reported if it is in data synced by the last watermark; if a
// power cut may have caused it, it is reported as such; and a torn end of the last block is not
// reported.
func TestDamages(t *testing.T) {
	t.Parallel()
	whole := newStoreFiles(t)
	for _, killed := range []bool{false, true} {
		if found, err := damagesIn(t.Context(), whole.clone(t, killed).dir); len(found) > 0 || err != nil {
			t.Errorf("killed: %v: an intact store has %v, %v", killed, found, err)
		}
	}
	first, middle, last := whole.blocks[0], whole.blocks[1], whole.blocks[len(whole.blocks)-1]
	all := len(whole.liveRecords(t, middle))
	flip := func(at int) func([]byte) []byte {
		return func(data []byte) []byte {
			data = bytes.Clone(data)
			data[(at+len(data))%len(data)] ^= 38
			return data
		}
	}
	gone := func([]byte) []byte { return nil }
	empty := func([]byte) []byte { return []byte{} }
	zeros := func(data []byte) []byte { return make([]byte, len(data)) }
	without := func(n int) func([]byte) []byte { // the last records
		return func(data []byte) []byte { return data[:whole.liveRecords(t, middle)[all-n].Offset] }
	}
	short := func(data []byte) []byte { return data[:len(data)-3] }
	for _, c := range []struct {
		name     string
		block    uint32
		damage   func([]byte) []byte
		lost     int
		unsealed string // what is reported after a kill: "" for nothing, "late", or "damage"
	}{
		{"flipped", middle, flip(700), 1, "damage"},
		{"a flipped length", first, flip(2), 1, "damage"},
		{"a flipped number", middle, flip(6), 1, "damage"},
		{"the last byte flipped", middle, flip(-1), 1, "damage"},
		{"the last byte of the last flipped", last, flip(-1), 0, "damage"}, // of a removal note
		{"removed", middle, gone, all, ""},
		{"removed, the last", last, gone, len(whole.liveRecords(t, last)), "damage"},
		{"empty", middle, empty, all, "damage"},
		{"empty, the last", last, empty, len(whole.liveRecords(t, last)), "damage"},
		{"zeros", middle, zeros, all, "damage"},
		{"zeros, the last", last, zeros, len(whole.liveRecords(t, last)), "damage"},
		{"without its last messages", middle, without(5), 5, ""},
		{"cut short", middle, short, 1, "damage"},
		{"cut short, the last", last, short, 0, "damage"},
	} {
		for _, killed := range []bool{false, true} {
			s := whole.clone(t, killed)
			data, err := os.ReadFile(s.path(c.block))
			if err != nil {
				t.Fatal(err)
			}
			if data = c.damage(data); data == nil {
				err = os.Remove(s.path(c.block))
			} else {
				err = os.WriteFile(s.path(c.block), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			found, err := damagesIn(t.Context(), s.dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(c.name, killed, found)
			if !killed {
				if len(found) != 1 || found[0].Unsynced || found[0].Path != s.path(c.block) || found[0].Lost != c.lost {
					t.Errorf("%s: %+v, and %d messages are gone", c.name, found, c.lost)
				}
				continue
			}
			told := ""
			for _, d := range found {
				told = "damage"
				if d.Unsynced {
					told = "late"
				}
			}
			if told != c.unsealed {
				t.Errorf("%s, after a kill: %+v", c.name, found)
			}
		}
	}
}

// Data written after the last watermark may be torn by a power cut: that is reported as such if
// good messages follow, and not at all at the end of the last block.
func TestUnsyncedDamages(t *testing.T) {
	t.Parallel()
	whole := newStoreFiles(t)
	last := whole.blocks[len(whole.blocks)-1]
	lives := whole.liveRecords(t, last)
	marks := fmt.Sprintf(`{"ROOM":{"last":%d,"block":%d,"size":%d}}`, lives[0].Seq, last, lives[0].Size)
	for _, c := range []struct {
		at          int // the byte to flip; if it is the size, the file is cut there
		cut         bool
		found, late bool
	}{
		{at: 0, found: true},
		{at: lives[1].Offset, found: true, late: true},
		{at: lives[1].Offset + 50, found: true, late: true},
		{at: lives[1].Offset + 50, cut: true},
		{at: lives[0].Size, cut: true},
		{at: lives[0].Size - 1, cut: true, found: true},
	} {
		s := whole.clone(t, true)
		write(t, filepath.Join(s.folder(), layout.WatermarksFile), marks)
		err := flipByte(s.path(last), int64(c.at), 8)
		if c.cut {
			err = os.Truncate(s.path(last), int64(c.at))
		}
		if err != nil {
			t.Fatal(err)
		}
		found, err := damagesIn(t.Context(), s.dir)
		if err != nil || (len(found) > 0) != c.found || c.found && found[0].Unsynced != c.late {
			t.Errorf("%+v: %+v, %v", c, found, err)
		}
	}
}

// If an older version, which knows no manifest, has used the store meanwhile, the manifest is
// ignored.
func TestStaleManifest(t *testing.T) {
	t.Parallel()
	whole := newStoreFiles(t)
	seal, err := os.ReadFile(filepath.Join(whole.folder(), layout.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(e *Store) error{
		"more": func(e *Store) error {
			_, err := e.Publish(testContext(t), layout.RoomSubject("tea"), "later", []byte("{}"))
			return err
		},
		"less": func(e *Store) error { return e.purgeBefore(testContext(t), layout.RoomStream, 150) },
	} {
		s := whole.clone(t, false)
		e, err := Open(testContext(t), Config{Dir: s.dir, Log: log.New(io.Discard)}, s.folder())
		if err != nil {
			t.Fatal(err)
		}
		if err := do(e); err != nil {
			t.Fatal(err)
		}
		e.Close()
		write(t, filepath.Join(s.folder(), layout.ManifestFile), string(seal))
		if found, err := damagesIn(t.Context(), s.dir); len(found) > 0 || err != nil {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// The readable part of a file with read errors is kept, and anything that is not a file is
// removed.
func TestRewriteUnreadableBlock(t *testing.T) {
	t.Parallel()
	s := newStoreFiles(t)
	path, kept := s.path(s.blocks[1]), filepath.Join(t.TempDir(), "2.blk")
	lives := s.liveRecords(t, s.blocks[1])
	zeros := make([]byte, lives[2].Size)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(zeros, int64(lives[2].Offset)); err != nil { // what cannot be read is taken for zeros
		t.Fatal(err)
	}
	if err := integrity.RewriteUnreadable(path, kept); err != nil {
		t.Fatal(err)
	}
	if left := s.liveRecords(t, s.blocks[1]); len(left) != len(lives)-1 {
		t.Errorf("%d messages are left of %d", len(left), len(lives))
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700), integrity.RewriteUnreadable(path, kept+".folder")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}
