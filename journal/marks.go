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
)

const (
	// marksFile is in the journal's folder, and not with the streams, whose fate it is not to share.
	marksFile = "marks"

	// markEvery is how often the marks are raised, where something was stored. What is younger
	// than that can be lost after a kill without a word.
	markEvery = 10 * time.Second

	// markTime is for how long the rows may be counted as the journal closes, and for how long
	// the marks be raised.
	markTime = 400 * time.Millisecond
)

// A mark says what a stream had at some time, and has ever since: its last message, or the
// engine's note that there was one of that number; and of a bucket its rows, as a subject that has a
// message above the floor has one for as long as the floor stays. It says, too, what was on the disk then:
// a power cut takes nothing of that.
type mark struct {
	Last  uint64 `json:"last"`  // its last message
	Floor uint64 `json:"floor"` // its floor,
	Rows  int    `json:"rows"`  // and the rows above it, markers among them

	Block uint32 `json:"block,omitempty"` // the last block of its file when the mark was made,
	Size  int64  `json:"size,omitempty"`  // and how much of that was on the disk
}

// markOf returns the mark of what was read.
func markOf(c *contents) mark { return mark{Last: c.last, Floor: c.floor, Rows: len(c.rows)} }

// missing says what a bucket lacks of which something was read, or "". After a kill -9 it may
// have more than the mark says, and never less: the mark was written after all that it tells of.
func (m mark) missing(now mark) string {
	switch {
	case now.Last < m.Last:
		return fmt.Sprintf("it had a message %d, and the last one now is %d", m.Last, now.Last)
	case now.Floor < m.Floor:
		return fmt.Sprintf("it had a floor at message %d, and that is gone", m.Floor)
	case now.Floor == m.Floor && now.Rows < m.Rows:
		return fmt.Sprintf("it had %d rows, and has %d", m.Rows, now.Rows)
	}
	return ""
}

// raised returns a mark that says all that two do, of which now is the later one.
func (m mark) raised(now mark) mark {
	if now.Floor < m.Floor || now.Floor == m.Floor && now.Rows < m.Rows { // it was read while others wrote
		now.Floor, now.Rows = m.Floor, m.Rows
	}
	now.Last, now.Block, now.Size = max(now.Last, m.Last), m.Block, m.Size
	return now
}

// marks are those of the streams which the server in this process has, by stream.
type marks struct {
	path string

	saving sync.Mutex
	saved  map[string]mark // as they are in the file; guarded by saving

	mu  sync.Mutex
	now map[string]mark // as they may be in the file once the streams are synced; guarded by mu
}

// readMarks reads the marks of a journal's folder. One that an older teahouse has left has none; where the
// streams' descriptions are noted there were some.
func readMarks(dir string) (*marks, error) {
	m := &marks{path: filepath.Join(dir, marksFile), saved: map[string]mark{}, now: map[string]mark{}}
	text, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, descriptionsFile)); err == nil {
			return m, fmt.Errorf("%s, which says how much was stored, is gone", m.path)
		}
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &m.saved)
	}
	if err != nil {
		m.saved = map[string]mark{}
		return m, fmt.Errorf("%s, which says how much was stored, cannot be read: %w", m.path, err)
	}
	m.now = maps.Clone(m.saved)
	return m, nil
}

// begin makes the file, where there is none yet.
func (m *marks) begin() error {
	if _, err := os.Stat(m.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return m.write(map[string]mark{})
}

// note raises the mark of a stream in memory.
func (m *marks) note(stream string, now mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now[stream] = m.now[stream].raised(now)
}

// of returns the mark of a stream.
func (m *marks) of(stream string) mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now[stream]
}

// accept has the mark of a stream be what is there.
func (m *marks) accept(stream string, now mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now[stream] = now
}

// save writes the marks, if they are others than those in the file, after what they tell of
// was written to the disk: what that is of a stream onDisk tells.
func (m *marks) save(onDisk func(stream string) (block uint32, size int64, err error)) error {
	m.saving.Lock()
	defer m.saving.Unlock()
	m.mu.Lock()
	now := maps.Clone(m.now)
	m.mu.Unlock()
	if maps.Equal(now, m.saved) {
		return nil
	}
	for stream, mark := range now {
		if mark == m.saved[stream] {
			continue
		}
		var err error
		if mark.Block, mark.Size, err = onDisk(stream); err != nil {
			return err
		}
		now[stream] = mark
	}
	return m.replace(now)
}

// replace has the marks be others, in memory and in the file.
func (m *marks) replace(all map[string]mark) error {
	if err := m.write(all); err != nil {
		return err
	}
	m.saved = all
	m.mu.Lock()
	defer m.mu.Unlock()
	for stream, mark := range all {
		now := m.now[stream]
		now.Block, now.Size = mark.Block, mark.Size
		m.now[stream] = now
	}
	return nil
}

// shorten has the engine drop the beginning of a stream, whose blocks it writes anew for that.
func (m *marks) shorten(stream string, drop func() error) error {
	m.saving.Lock()
	defer m.saving.Unlock()
	all := maps.Clone(m.saved)
	mark := all[stream]
	mark.Block, mark.Size = 0, 0
	all[stream] = mark
	if err := m.replace(all); err != nil {
		return err
	}
	return drop()
}

// write replaces the file, in one step.
func (m *marks) write(all map[string]mark) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return replaceFile(m.path, append(text, '\n'), 0o600)
}

// checkMarks returns an error where a space has less than its mark says. With AcceptLoss it
// logs that, and what is there is what the mark says from then on. So it does in any case where
// there are fewer people. It changes no file. Where
// the streams are elsewhere, or in memory, there are no marks.
func (e *engine) checkMarks(ctx context.Context) error {
	if !e.inside() || e.temp {
		return nil
	}
	marks, err := readMarks(e.dir)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("journal: %w", err)
	}
	if err := e.acceptLoss(err); err != nil {
		return err
	}
	for _, b := range e.buckets() {
		now, err := e.measure(ctx, b)
		if err != nil {
			return fmt.Errorf("journal: stream %s, in %s: %w", b.stream, e.folder(b.stream), err)
		}
		was := marks.of(b.stream)
		if err := e.compare(b.stream, was, now); err != nil {
			return err
		}
		now.Block, now.Size = was.Block, was.Size
		marks.accept(b.stream, now)
	}
	e.marks = marks
	return nil
}

// compare returns an error where a stream has less than its mark says.
func (e *engine) compare(stream string, m, now mark) error {
	what := m.missing(now)
	if what == "" {
		return nil
	}
	d := Damage{Stream: stream, Path: e.folder(stream), What: what, Lost: unknownLoss}
	if !d.Fatal() {
		e.tell(d, "")
		return nil
	}
	return e.acceptLoss(fmt.Errorf("some of the stream %s, in %s, is gone: %s", stream, e.folder(stream), what))
}

// acceptLoss returns an error for a loss, if there is one, unless it is to be accepted.
func (e *engine) acceptLoss(loss error) error {
	if loss == nil || e.accepts(loss) {
		return nil
	}
	return fmt.Errorf("journal: %w; %s; or open the house without what is gone, by --accept-loss", loss, moveAway(e.dir))
}

// accepts logs a loss that is to be accepted, and reports whether it is.
func (e *engine) accepts(loss error) bool {
	if e.config.AcceptLoss {
		e.log.Error("journal: something is lost, and the house opens all the same, as --accept-loss says", "what", loss)
	}
	return e.config.AcceptLoss
}

// measure returns what there is of a bucket, which is nothing where there is none yet.
func (e *engine) measure(ctx context.Context, b *bucket) (mark, error) {
	var have *jetstream.StreamConfig
	err := e.patiently(ctx, func(ctx context.Context) (err error) {
		have, err = e.findStream(ctx, b.stream)
		return err
	})
	if err != nil || have == nil {
		return mark{}, err
	}
	c, err := b.read(ctx)
	if err != nil {
		return mark{}, err
	}
	return markOf(c), nil
}

// keepMarks raises the marks now and then until the journal closes.
func (j *Journal) keepMarks() {
	tick := time.NewTicker(markEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			j.raiseMarks(j.following)
		case <-j.following.Done():
			return
		}
	}
}

// raiseMarks raises the marks to what is stored. What fails is tried again the next time.
func (j *Journal) raiseMarks(ctx context.Context) {
	for _, scope := range scopes {
		if err := j.engine.raiseMark(ctx, scope.stream); err != nil {
			j.log.Debug("journal: a mark stays as it is", "stream", scope.stream, "err", err)
		}
	}
	if err := j.engine.marks.save(j.engine.onDisk); err != nil {
		j.log.Debug("journal: the marks stay as they are", "err", err)
	}
}

// raiseMark raises the mark of a stream to its last message, as far as the engine has that:
// of a damaged stream it may know the number alone.
func (e *engine) raiseMark(ctx context.Context, stream string) error {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	last := s.CachedInfo().State.LastSeq
	if last <= e.marks.of(stream).Last {
		return nil
	}
	if _, err := s.GetMsg(ctx, last); errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	now := e.marks.of(stream)
	now.Last = last
	e.marks.note(stream, now)
	return nil
}

// closeMarks raises the marks a last time, once nothing is written any more. What was stored
// since the buckets were read last counts, too, if there is the time to read them.
func (j *Journal) closeMarks(ctx context.Context) {
	if j.engine.marks == nil {
		return
	}
	reading, done := context.WithTimeout(ctx, markTime)
	defer done()
	for _, b := range slices.Backward(j.engine.buckets()) { // people, who may be many, last
		if _, err := b.read(reading); err != nil {
			j.log.Debug("journal: rows are not counted", "stream", b.stream, "err", err)
		}
	}
	raising, raised := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer raised()
	j.raiseMarks(raising)
}
