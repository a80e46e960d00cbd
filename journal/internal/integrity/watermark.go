package integrity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"sync"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// A Watermark says what a stream had at some time, and has had ever since: its last message, or
// the engine's note that there was one with that number; and for a bucket its number of entries,
// because a subject with a message above the floor keeps one for as long as the floor stays. It
// also says what was synced to disk at the time, which a power cut cannot take.
type Watermark struct {
	LastSeq uint64 `json:"last"`    // its last message
	Floor   uint64 `json:"floor"`   // its floor,
	Entries int    `json:"entries"` // and the entries above it, including markers

	Block uint32 `json:"block,omitempty"` // number of the last block at that time,
	Size  int64  `json:"size,omitempty"`  // and how much of it was synced
}

// UnmarshalJSON reads a watermark of any version.
func (w *Watermark) UnmarshalJSON(data []byte) error {
	type plain Watermark
	var legacy struct {
		Entries int `json:"rows"` // before version 5
	}
	if err := errors.Join(json.Unmarshal(data, (*plain)(w)), json.Unmarshal(data, &legacy)); err != nil {
		return err
	}
	w.Entries = max(w.Entries, legacy.Entries)
	return nil
}

// WatermarkOf returns the watermark of a bucket as read.
func WatermarkOf(c *layout.BucketContents) Watermark {
	return Watermark{LastSeq: c.LastSeq, Floor: c.Floor, Entries: len(c.Entries)}
}

// Missing says what a bucket lacks according to the watermark, or "". After a kill -9 it may
// have more than the watermark says, but never less, because the watermark is written last.
func (w Watermark) Missing(now Watermark) string {
	switch {
	case now.LastSeq < w.LastSeq:
		return fmt.Sprintf("it had a message %d, and the last one now is %d", w.LastSeq, now.LastSeq)
	case now.Floor < w.Floor:
		return fmt.Sprintf("it had a floor at message %d, and that is gone", w.Floor)
	case now.Floor == w.Floor && now.Entries < w.Entries:
		return fmt.Sprintf("it had %d entries, and has %d", w.Entries, now.Entries)
	}
	return ""
}

// raised returns a watermark that makes the claims of both, where now is the later one.
func (w Watermark) raised(now Watermark) Watermark {
	if now.Floor < w.Floor || now.Floor == w.Floor && now.Entries < w.Entries { // it was read while others wrote
		now.Floor, now.Entries = w.Floor, w.Entries
	}
	now.LastSeq, now.Block, now.Size = max(now.LastSeq, w.LastSeq), w.Block, w.Size
	return now
}

// Watermarks are those of the embedded server's streams, by stream. Their file is in the journal's
// folder, apart from the streams, so that they are not lost together.
type Watermarks struct {
	dir string // the journal's folder

	saving sync.Mutex
	saved  map[string]Watermark // as in the file; guarded by saving

	mu      sync.Mutex
	current map[string]Watermark // as in the file once the streams are synced; guarded by mu
}

// ReadWatermarks reads the watermarks in a journal's folder. A folder of an older version has
// none; if the streams' configurations were saved, there must be some.
func ReadWatermarks(dir string) (*Watermarks, error) {
	m := &Watermarks{dir: dir, saved: map[string]Watermark{}, current: map[string]Watermark{}}
	text, err := os.ReadFile(m.path())
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(layout.FilePath(dir, layout.StreamConfigsFile)); err == nil {
			return m, fmt.Errorf("%s, which says how much was stored, is gone", m.path())
		}
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &m.saved)
	}
	if err != nil {
		m.saved = map[string]Watermark{}
		return m, fmt.Errorf("%s, which says how much was stored, cannot be read: %w", m.path(), err)
	}
	m.current = maps.Clone(m.saved)
	return m, nil
}

func (w *Watermarks) path() string { return layout.FilePath(w.dir, layout.WatermarksFile) }

// create creates the file if there is none yet.
func (w *Watermarks) create() error {
	if _, err := os.Stat(w.path()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return w.write(map[string]Watermark{})
}

// Raise raises the watermark of a stream in memory.
func (w *Watermarks) Raise(stream string, now Watermark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current[stream] = w.current[stream].raised(now)
}

// Get returns the watermark of a stream.
func (w *Watermarks) Get(stream string) Watermark {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current[stream]
}

// Set replaces the watermark of a stream.
func (w *Watermarks) Set(stream string, now Watermark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current[stream] = now
}

// Drop removes the watermark of a stream that is no longer needed.
func (w *Watermarks) Drop(stream string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.current, stream)
}

// Save writes the watermarks, if they differ from the file, after syncing what they claim.
func (w *Watermarks) Save() error {
	return w.saveAfter(func(stream string) (uint32, int64, error) { return syncedSize(w.dir, stream) })
}

// saveAfter is Save with a function that syncs a stream and returns the synced part of its last
// block.
func (w *Watermarks) saveAfter(onDisk func(stream string) (block uint32, size int64, err error)) error {
	w.saving.Lock()
	defer w.saving.Unlock()
	w.mu.Lock()
	now := maps.Clone(w.current)
	w.mu.Unlock()
	if maps.Equal(now, w.saved) {
		return nil
	}
	for stream, watermark := range now {
		if watermark == w.saved[stream] {
			continue
		}
		var err error
		if watermark.Block, watermark.Size, err = onDisk(stream); err != nil {
			return err
		}
		now[stream] = watermark
	}
	return w.replace(now)
}

// replace replaces all watermarks, in memory and in the file.
func (w *Watermarks) replace(all map[string]Watermark) error {
	if err := w.write(all); err != nil {
		return err
	}
	w.saved = all
	w.mu.Lock()
	defer w.mu.Unlock()
	for stream, watermark := range all {
		now := w.current[stream]
		now.Block, now.Size = watermark.Block, watermark.Size
		w.current[stream] = now
	}
	return nil
}

// WhileShortening lets the engine drop the beginning of a stream, for which it rewrites blocks.
func (w *Watermarks) WhileShortening(stream string, drop func() error) error {
	w.saving.Lock()
	defer w.saving.Unlock()
	all := maps.Clone(w.saved)
	watermark := all[stream]
	watermark.Block, watermark.Size = 0, 0
	all[stream] = watermark
	if err := w.replace(all); err != nil {
		return err
	}
	return drop()
}

// write replaces the file atomically.
func (w *Watermarks) write(all map[string]Watermark) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return layout.WriteFileAtomic(w.path(), append(text, '\n'), 0o600)
}

// syncedSize syncs the engine's files of a stream, and returns how much of its last block is
// synced. It returns an error if the server removed files meanwhile, because then some data may
// not be synced.
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
