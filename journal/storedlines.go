package journal

import (
	"context"

	"github.com/nats-io/nats.go"

	"teahouse/internal/ids"
	"teahouse/internal/sanitize"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// A storedLines is what the store has of a room.
type storedLines struct {
	lastSeq uint64           // last message
	lines   map[eventID]bool // lines in the store
}

// An eventID identifies an event of a room.
type eventID struct {
	by  string
	seq uint64
}

func newStoredLines() *storedLines { return &storedLines{lines: map[eventID]bool{}} }

// read adds the lines of a message. It ignores what cannot be read; loadHistory reports that.
func (s *storedLines) read(m layout.Message) error {
	s.lastSeq = max(s.lastSeq, m.Seq)
	events, _ := layout.DecodeStoredEvents(m.Data)
	for i := range events {
		s.lines[eventID{events[i].By, events[i].Seq}] = true
	}
	return nil
}

// has reports whether the store has a line.
func (s *storedLines) has(r *layout.StoredEvent) bool { return s.lines[eventID{r.By, r.Seq}] }

// originalEvent returns a line in the form in which its own process stores it. That process, or
// a node that heard the line, may store it, too; readers drop the duplicates.
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

// nextMissingBatch returns a batch of the first missing lines of said, and how many lines it
// consumed.
func (sm *streamMonitor) nextMissingBatch(said []*room.Event, t *storedLines) (b *batch, taken int) {
	b = &batch{}
	for taken = 0; taken < len(said) && !b.isFull(); taken++ {
		if r := sm.originalEvent(said[taken]); !t.has(&r) {
			b.add(&r)
		}
	}
	return b, taken
}

// restoreLines stores the lines that the rooms remember and the store has lost, and returns how
// many. Other nodes may do the same at the same time.
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

// restoreRoomLines restores the lines of one room. It stores each batch only if it has seen all
// that the store has of the room, so no line is stored twice.
func (sm *streamMonitor) restoreRoomLines(ctx context.Context, name ids.Room, said []*room.Event, t *storedLines) (lines int, err error) {
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
			if err == nil && t.lastSeq == last { // the last message is gone
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
