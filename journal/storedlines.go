package journal

import (
	"context"

	"github.com/nats-io/nats.go"

	"teahouse/internal/sanitize"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// A storedLines is what the store has of a room.
type storedLines struct {
	lastSeq uint64           // the last message
	lines   map[eventID]bool // what is there
}

// An eventID is what an event of a room is known by.
type eventID struct {
	by  string
	seq uint64
}

func newStoredLines() *storedLines { return &storedLines{lines: map[eventID]bool{}} }

// read learns what a message has. What cannot be read is nothing: LoadHistory tells of that.
func (s *storedLines) read(m layout.Message) error {
	s.lastSeq = max(s.lastSeq, m.Seq)
	records, _ := layout.DecodeStoredEvents(m.Data)
	for i := range records {
		s.lines[eventID{records[i].By, records[i].Seq}] = true
	}
	return nil
}

// has reports whether a line is there.
func (s *storedLines) has(r *layout.StoredEvent) bool { return s.lines[eventID{r.By, r.Seq}] }

// originalEvent returns a line as it is stored again: as its own process did. That, or who has heard it
// from that, may yet store it, too, and who reads drops repeats.
func (sm *streamMonitor) originalEvent(e *room.Event) layout.StoredEvent {
	r, _ := layout.NewStoredEvent(e, sm.identity)
	if o := e.Origin; o != nil {
		r.By, r.Seq = o.Process, o.Seq
		if sanitize.IsPlausibleTime(o.Time) {
			r.Time = o.Time.UTC()
		}
	}
	return r
}

// nextMissingBatch returns a batch of the first of some lines that are not there, and how many lines
// it took for that.
func (sm *streamMonitor) nextMissingBatch(said []*room.Event, t *storedLines) (b *batch, taken int) {
	b = &batch{}
	for taken = 0; taken < len(said) && !b.isFull(); taken++ {
		if r := sm.originalEvent(said[taken]); !t.has(&r) {
			b.add(&r)
		}
	}
	return b, taken
}

// restoreLines stores the lines that the rooms remember and the store has lost, and returns how many
// those were. Others may do the same at the same time.
func (sm *streamMonitor) restoreLines(ctx context.Context) (lines int, err error) {
	there := map[string]*storedLines{}
	err = sm.store.Scan(ctx, layout.RoomStream, func(m layout.Message) error {
		if there[m.Subject] == nil {
			there[m.Subject] = newStoredLines()
		}
		return there[m.Subject].read(m)
	})
	if err != nil {
		return 0, err
	}
	for name, said := range sm.hub.History() {
		t := there[layout.RoomSubject(name)]
		if t == nil {
			t = newStoredLines()
		}
		n, err := sm.restoreRoomLines(ctx, name, said, t)
		if lines += n; err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// restoreRoomLines does so for one room. Each batch is stored only where all is known that is there: so
// no line is there twice.
func (sm *streamMonitor) restoreRoomLines(ctx context.Context, name string, said []*room.Event, t *storedLines) (lines int, err error) {
	for len(said) > 0 {
		b, taken := sm.nextMissingBatch(said, t)
		if b.entry.Events == 0 {
			return lines, nil
		}
		sent := sm.store.PublishAll(ctx, []*nats.Msg{store.ConditionalMsg(layout.RoomSubject(name), b.data.Bytes(), t.lastSeq)})[0]
		switch {
		case store.IsSeqConflict(sent.Err):
			last := t.lastSeq
			err = sm.store.ReadAfter(ctx, layout.RoomStream, layout.RoomSubject(name), last, t.read)
			if err == nil && t.lastSeq == last { // what was the last is gone
				err = sent.Err
			}
			if err != nil {
				return lines, err
			}
			continue
		case sent.Err != nil:
			return lines, sent.Err
		}
		b.entry.Seq, t.lastSeq = sent.Seq, sent.Seq
		sm.indexes.with(name, func(x *index) { x.add(b.entry) })
		lines += b.entry.Events
		said = said[taken:]
	}
	return lines, nil
}
