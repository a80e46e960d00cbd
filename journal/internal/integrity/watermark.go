package integrity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// WatermarksFile is in the journal's folder, and not with the streams, whose fate it is not to share.
const WatermarksFile = "marks"

// A Watermark says what a stream had at some time, and has ever since: its last message, or the
// engine's note that there was one of that number; and of a bucket its rows, as a subject that has a
// message above the floor has one for as long as the floor stays. It says, too, what was on the disk then:
// a power cut takes nothing of that.
type Watermark struct {
	LastSeq uint64 `json:"last"`  // its last message
	Floor   uint64 `json:"floor"` // its floor,
	Entries int    `json:"rows"`  // and the rows above it, markers among them

	Block uint32 `json:"block,omitempty"` // the last block of its file when the mark was made,
	Size  int64  `json:"size,omitempty"`  // and how much of that was on the disk
}

// WatermarkOf returns the mark of what was read.
func WatermarkOf(c *layout.BucketContents) Watermark {
	return Watermark{LastSeq: c.LastSeq, Floor: c.Floor, Entries: len(c.Entries)}
}

// Missing says what a bucket lacks of which something was read, or "". After a kill -9 it may
// have more than the mark says, and never less: the mark was written after all that it tells of.
func (w Watermark) Missing(now Watermark) string {
	switch {
	case now.LastSeq < w.LastSeq:
		return fmt.Sprintf("it had a message %d, and the last one now is %d", w.LastSeq, now.LastSeq)
	case now.Floor < w.Floor:
		return fmt.Sprintf("it had a floor at message %d, and that is gone", w.Floor)
	case now.Floor == w.Floor && now.Entries < w.Entries:
		return fmt.Sprintf("it had %d rows, and has %d", w.Entries, now.Entries)
	}
	return ""
}

// Raised returns a mark that says all that two do, of which now is the later one.
func (w Watermark) Raised(now Watermark) Watermark {
	if now.Floor < w.Floor || now.Floor == w.Floor && now.Entries < w.Entries { // it was read while others wrote
		now.Floor, now.Entries = w.Floor, w.Entries
	}
	now.LastSeq, now.Block, now.Size = max(now.LastSeq, w.LastSeq), w.Block, w.Size
	return now
}

// Watermarks are those of the streams which the server in this process has, by stream.
type Watermarks struct {
	path string

	saving sync.Mutex
	saved  map[string]Watermark // as they are in the file; guarded by saving

	mu      sync.Mutex
	current map[string]Watermark // as they may be in the file once the streams are synced; guarded by mu
}

// ReadWatermarks reads the marks of a journal's folder. One that an older teahouse has left has none; where the
// streams' descriptions are noted there were some.
func ReadWatermarks(dir string) (*Watermarks, error) {
	m := &Watermarks{path: filepath.Join(dir, WatermarksFile), saved: map[string]Watermark{}, current: map[string]Watermark{}}
	text, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, StreamConfigsFile)); err == nil {
			return m, fmt.Errorf("%s, which says how much was stored, is gone", m.path)
		}
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &m.saved)
	}
	if err != nil {
		m.saved = map[string]Watermark{}
		return m, fmt.Errorf("%s, which says how much was stored, cannot be read: %w", m.path, err)
	}
	m.current = maps.Clone(m.saved)
	return m, nil
}

// create makes the file, where there is none yet.
func (w *Watermarks) create() error {
	if _, err := os.Stat(w.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return w.write(map[string]Watermark{})
}

// Raise raises the mark of a stream in memory.
func (w *Watermarks) Raise(stream string, now Watermark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current[stream] = w.current[stream].Raised(now)
}

// Get returns the mark of a stream.
func (w *Watermarks) Get(stream string) Watermark {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current[stream]
}

// Set has the mark of a stream be what is there.
func (w *Watermarks) Set(stream string, now Watermark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current[stream] = now
}

// Save writes the marks, if they are others than those in the file, after what they tell of
// was written to the disk.
func (w *Watermarks) Save() error {
	return w.saveAfter(func(stream string) (uint32, int64, error) { return syncedSize(filepath.Dir(w.path), stream) })
}

// saveAfter is save, where onDisk writes a stream to the disk, and tells up to where that is of its last block.
func (w *Watermarks) saveAfter(onDisk func(stream string) (block uint32, size int64, err error)) error {
	w.saving.Lock()
	defer w.saving.Unlock()
	w.mu.Lock()
	now := maps.Clone(w.current)
	w.mu.Unlock()
	if maps.Equal(now, w.saved) {
		return nil
	}
	for stream, mark := range now {
		if mark == w.saved[stream] {
			continue
		}
		var err error
		if mark.Block, mark.Size, err = onDisk(stream); err != nil {
			return err
		}
		now[stream] = mark
	}
	return w.replace(now)
}

// replace has the marks be others, in memory and in the file.
func (w *Watermarks) replace(all map[string]Watermark) error {
	if err := w.write(all); err != nil {
		return err
	}
	w.saved = all
	w.mu.Lock()
	defer w.mu.Unlock()
	for stream, mark := range all {
		now := w.current[stream]
		now.Block, now.Size = mark.Block, mark.Size
		w.current[stream] = now
	}
	return nil
}

// WhileShortening has the engine drop the beginning of a stream, whose blocks it writes anew for that.
func (w *Watermarks) WhileShortening(stream string, drop func() error) error {
	w.saving.Lock()
	defer w.saving.Unlock()
	all := maps.Clone(w.saved)
	mark := all[stream]
	mark.Block, mark.Size = 0, 0
	all[stream] = mark
	if err := w.replace(all); err != nil {
		return err
	}
	return drop()
}

// write replaces the file, in one step.
func (w *Watermarks) write(all map[string]Watermark) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return layout.WriteFileAtomic(w.path, append(text, '\n'), 0o600)
}

// syncedSize has what the engine holds of a stream, in a journal's folder, written to the disk, and returns
// up to where that is of its last block. It is an error where the server removed files meanwhile:
// then not all that there is may be on the disk.
func syncedSize(dir, stream string) (block uint32, size int64, err error) {
	sizes, err := blockfile.Sizes(blockfile.StreamFolder(dir, stream))
	if err != nil {
		return 0, 0, err
	}
	for number := range sizes {
		block = max(block, number)
	}
	return block, sizes[block], layout.SyncFiles(blockfile.StreamFolder(dir, stream))
}
