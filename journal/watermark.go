package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
)

const (
	// watermarksFile is in the journal's folder, and not with the streams, whose fate it is not to share.
	watermarksFile = "marks"

	// watermarkInterval is how often the marks are raised, where something was stored. What is younger
	// than that can be lost after a kill without a word.
	watermarkInterval = 10 * time.Second

	// watermarkTimeout is for how long the rows may be counted as the journal closes, and for how long
	// the marks be raised.
	watermarkTimeout = 400 * time.Millisecond
)

// A watermark says what a stream had at some time, and has ever since: its last message, or the
// engine's note that there was one of that number; and of a bucket its rows, as a subject that has a
// message above the floor has one for as long as the floor stays. It says, too, what was on the disk then:
// a power cut takes nothing of that.
type watermark struct {
	LastSeq uint64 `json:"last"`  // its last message
	Floor   uint64 `json:"floor"` // its floor,
	Entries int    `json:"rows"`  // and the rows above it, markers among them

	Block uint32 `json:"block,omitempty"` // the last block of its file when the mark was made,
	Size  int64  `json:"size,omitempty"`  // and how much of that was on the disk
}

// watermarkOf returns the mark of what was read.
func watermarkOf(c *layout.BucketContents) watermark {
	return watermark{LastSeq: c.LastSeq, Floor: c.Floor, Entries: len(c.Entries)}
}

// missing says what a bucket lacks of which something was read, or "". After a kill -9 it may
// have more than the mark says, and never less: the mark was written after all that it tells of.
func (w watermark) missing(now watermark) string {
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

// raised returns a mark that says all that two do, of which now is the later one.
func (w watermark) raised(now watermark) watermark {
	if now.Floor < w.Floor || now.Floor == w.Floor && now.Entries < w.Entries { // it was read while others wrote
		now.Floor, now.Entries = w.Floor, w.Entries
	}
	now.LastSeq, now.Block, now.Size = max(now.LastSeq, w.LastSeq), w.Block, w.Size
	return now
}

// watermarks are those of the streams which the server in this process has, by stream.
type watermarks struct {
	path string

	saving sync.Mutex
	saved  map[string]watermark // as they are in the file; guarded by saving

	mu      sync.Mutex
	current map[string]watermark // as they may be in the file once the streams are synced; guarded by mu
}

// readWatermarks reads the marks of a journal's folder. One that an older teahouse has left has none; where the
// streams' descriptions are noted there were some.
func readWatermarks(dir string) (*watermarks, error) {
	m := &watermarks{path: filepath.Join(dir, watermarksFile), saved: map[string]watermark{}, current: map[string]watermark{}}
	text, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, streamConfigsFile)); err == nil {
			return m, fmt.Errorf("%s, which says how much was stored, is gone", m.path)
		}
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &m.saved)
	}
	if err != nil {
		m.saved = map[string]watermark{}
		return m, fmt.Errorf("%s, which says how much was stored, cannot be read: %w", m.path, err)
	}
	m.current = maps.Clone(m.saved)
	return m, nil
}

// create makes the file, where there is none yet.
func (w *watermarks) create() error {
	if _, err := os.Stat(w.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return w.write(map[string]watermark{})
}

// raise raises the mark of a stream in memory.
func (w *watermarks) raise(stream string, now watermark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current[stream] = w.current[stream].raised(now)
}

// get returns the mark of a stream.
func (w *watermarks) get(stream string) watermark {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current[stream]
}

// set has the mark of a stream be what is there.
func (w *watermarks) set(stream string, now watermark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current[stream] = now
}

// save writes the marks, if they are others than those in the file, after what they tell of
// was written to the disk: what that is of a stream syncedSize tells.
func (w *watermarks) save(onDisk func(stream string) (block uint32, size int64, err error)) error {
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
func (w *watermarks) replace(all map[string]watermark) error {
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

// whileShortening has the engine drop the beginning of a stream, whose blocks it writes anew for that.
func (w *watermarks) whileShortening(stream string, drop func() error) error {
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
func (w *watermarks) write(all map[string]watermark) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return layout.WriteFileAtomic(w.path, append(text, '\n'), 0o600)
}

// checkWatermarks returns an error where a space has less than its mark says. With AcceptLoss it
// logs that, and what is there is what the mark says from then on. So it does in any case where
// there are fewer people. It changes no file. Where
// the streams are elsewhere, or in memory, there are no marks.
func (e *engine) checkWatermarks(ctx context.Context) error {
	if !e.isEmbedded() || e.inMemory {
		return nil
	}
	marks, err := readWatermarks(e.dir)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("journal: %w", err)
	}
	if err := e.lossError(err); err != nil {
		return err
	}
	for _, b := range e.buckets() {
		now, err := e.watermarkNow(ctx, b)
		if err != nil {
			return fmt.Errorf("journal: stream %s, in %s: %w", b.Stream, e.folder(b.Stream), err)
		}
		was := marks.get(b.Stream)
		if err := e.checkAgainstWatermark(b.Stream, was, now); err != nil {
			return err
		}
		now.Block, now.Size = was.Block, was.Size
		marks.set(b.Stream, now)
	}
	e.watermarks = marks
	return nil
}

// checkAgainstWatermark returns an error where a stream has less than its mark says.
func (e *engine) checkAgainstWatermark(stream string, m, now watermark) error {
	what := m.missing(now)
	if what == "" {
		return nil
	}
	d := Damage{Stream: stream, Path: e.folder(stream), Problem: what, Lost: unknownLoss}
	if !d.Fatal() {
		e.reportDamage(d, "")
		return nil
	}
	return e.lossError(fmt.Errorf("some of the stream %s, in %s, is gone: %s", stream, e.folder(stream), what))
}

// lossError returns an error for a loss, if there is one, unless it is to be accepted.
func (e *engine) lossError(loss error) error {
	if loss == nil || e.acceptsLoss(loss) {
		return nil
	}
	return fmt.Errorf("journal: %w; %s; or open the house without what is gone, by --accept-loss", loss, layout.MoveAwayAdvice(e.dir))
}

// acceptsLoss logs a loss that is to be accepted, and reports whether it is.
func (e *engine) acceptsLoss(loss error) bool {
	if e.config.AcceptLoss {
		e.log.Error("journal: something is lost, and the house opens all the same, as --accept-loss says", "what", loss)
	}
	return e.config.AcceptLoss
}

// watermarkNow returns what there is of a bucket, which is nothing where there is none yet.
func (e *engine) watermarkNow(ctx context.Context, b *bucket) (watermark, error) {
	var have *jetstream.StreamConfig
	err := e.retryWithTimeout(ctx, func(ctx context.Context) (err error) {
		have, err = e.findStream(ctx, b.Stream)
		return err
	})
	if err != nil || have == nil {
		return watermark{}, err
	}
	c, err := b.read(ctx)
	if err != nil {
		return watermark{}, err
	}
	return watermarkOf(c), nil
}

// runWatermarks raises the marks now and then until the journal closes.
func (j *Journal) runWatermarks() {
	tick := time.NewTicker(watermarkInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			j.raiseWatermarks(j.followCtx)
		case <-j.followCtx.Done():
			return
		}
	}
}

// raiseWatermarks raises the marks to what is stored. What fails is tried again the next time.
func (j *Journal) raiseWatermarks(ctx context.Context) {
	for _, stream := range layout.StreamNames() {
		if err := j.engine.raiseWatermark(ctx, stream); err != nil {
			j.log.Debug("journal: a mark stays as it is", "stream", stream, "err", err)
		}
	}
	if err := j.engine.watermarks.save(j.engine.syncedSize); err != nil {
		j.log.Debug("journal: the marks stay as they are", "err", err)
	}
}

// raiseWatermark raises the mark of a stream to its last message, as far as the engine has that:
// of a damaged stream it may know the number alone.
func (e *engine) raiseWatermark(ctx context.Context, stream string) error {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	last := s.CachedInfo().State.LastSeq
	if last <= e.watermarks.get(stream).LastSeq {
		return nil
	}
	if _, err := s.GetMsg(ctx, last); errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	now := e.watermarks.get(stream)
	now.LastSeq = last
	e.watermarks.raise(stream, now)
	return nil
}

// closeWatermarks raises the marks a last time, once nothing is written any more. What was stored
// since the buckets were read last counts, too, if there is the time to read them.
func (j *Journal) closeWatermarks(ctx context.Context) {
	if j.engine.watermarks == nil {
		return
	}
	reading, done := context.WithTimeout(ctx, watermarkTimeout)
	defer done()
	for _, b := range slices.Backward(j.engine.buckets()) { // people, who may be many, last
		if _, err := b.read(reading); err != nil {
			j.log.Debug("journal: rows are not counted", "stream", b.Stream, "err", err)
		}
	}
	raising, raised := context.WithTimeout(context.WithoutCancel(ctx), watermarkTimeout)
	defer raised()
	j.raiseWatermarks(raising)
}
