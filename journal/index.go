package journal

import (
	"slices"
	"sync"
	"time"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// An index knows how much each message of a room holds, so that the oldest can be dropped when
// the room exceeds its limits. It is ordered by time, not by sequence number: a message that was
// rewritten to forget somebody comes late in the stream.
type index struct {
	entries     []indexEntry // by Time
	lines       int
	bytes       int // of text
	otherEvents int // events in messages without lines

	tombstones int // messages with a tombstone
}

// An indexEntry describes one message.
type indexEntry struct {
	Seq          uint64    // in the stream
	Time         time.Time // of its last event
	Lines        int       // events that are lines of chat
	Bytes        int       // of text
	Events       int
	HasTombstone bool // it hides older events for as long as any may exist
}

func (e *indexEntry) count(r *layout.StoredEvent) {
	e.Events++
	if r.Kind == "said" {
		e.Lines++
		e.Bytes += len(r.Text) + len(r.Verbatim) // counted as the room counts them
	}
	e.HasTombstone = e.HasTombstone || r.Kind == "forgot"
	if r.Time.After(e.Time) {
		e.Time = r.Time
	}
}

// indexes are those of all rooms, by name. The writer and the eraser share them.
type indexes struct {
	mu    sync.Mutex
	rooms map[ids.Room]*index
}

func newIndexes() *indexes { return &indexes{rooms: map[ids.Room]*index{}} }

// with calls f with the index of a room.
func (xs *indexes) with(room ids.Room, f func(*index)) {
	xs.mu.Lock()
	defer xs.mu.Unlock()
	if xs.rooms[room] == nil {
		xs.rooms[room] = &index{}
	}
	f(xs.rooms[room])
}

// clear removes all rooms.
func (xs *indexes) clear() {
	xs.mu.Lock()
	defer xs.mu.Unlock()
	clear(xs.rooms)
}

// remove removes a room, and returns the sequence number of its latest message, or 0 if it has
// none.
func (xs *indexes) remove(room ids.Room) (last uint64) {
	xs.mu.Lock()
	defer xs.mu.Unlock()
	if x := xs.rooms[room]; x != nil {
		last = x.last()
	}
	delete(xs.rooms, room)
	return last
}

// replace removes messages that are gone, and adds others, by room.
func (xs *indexes) replace(gone map[uint64]bool, fresh map[ids.Room][]indexEntry) {
	xs.mu.Lock()
	defer xs.mu.Unlock()
	for room, x := range xs.rooms {
		x.replace(gone, fresh[room])
	}
}

func (x *index) add(e indexEntry) {
	at := len(x.entries)
	for at > 0 && x.entries[at-1].Time.After(e.Time) {
		at--
	}
	x.entries = slices.Insert(x.entries, at, e)
	x.count(e, 1)
}

// count adds the counts of a message, multiplied by times.
func (x *index) count(e indexEntry, times int) {
	x.lines += times * e.Lines
	x.bytes += times * e.Bytes
	switch {
	case e.HasTombstone:
		x.tombstones += times
	case e.Lines == 0:
		x.otherEvents += times * e.Events
	}
}

// replace removes the messages that are gone, and adds others.
func (x *index) replace(gone map[uint64]bool, fresh []indexEntry) {
	all := slices.DeleteFunc(x.entries, func(e indexEntry) bool { return gone[e.Seq] })
	*x = newIndex(append(all, fresh...))
}

func newIndex(entries []indexEntry) index {
	slices.SortStableFunc(entries, func(a, b indexEntry) int { return a.Time.Compare(b.Time) })
	x := index{entries: entries}
	for _, e := range entries {
		x.count(e, 1)
	}
	return x
}

// takeBefore removes the messages whose events all happened before t, and returns their sequence
// numbers.
func (x *index) takeBefore(t time.Time) (seqs []uint64) {
	for len(x.entries) > 0 && x.entries[0].Time.Before(t) {
		seqs = append(seqs, x.take(0).Seq)
	}
	return seqs
}

// take removes one message.
func (x *index) take(at int) indexEntry {
	e := x.entries[at]
	if at == 0 {
		x.entries = x.entries[1:]
	} else {
		x.entries = slices.Delete(x.entries, at, at+1)
	}
	x.count(e, -1)
	return e
}

// last returns the sequence number of the latest message, or 0 if there is none.
func (x *index) last() (seq uint64) {
	for _, e := range x.entries {
		seq = max(seq, e.Seq)
	}
	return seq
}

const (
	// otherEventsPerLine is how many events are stored for each allowed line in messages without
	// lines, so that joins and leaves in a silent room do not accumulate for ever.
	otherEventsPerLine = 4

	// minLines is the least that a line limit counts as.
	minLines = 1000

	// maxTombstones limits the messages with tombstones stored for each room.
	maxTombstones = 1000
)

// takeExcess removes up to most messages beyond the limits, oldest first. A message is kept or
// dropped whole, so at least what the limits allow is kept.
func (x *index) takeExcess(m room.HistoryLimits, now time.Time, most int) (seqs []uint64) {
	for len(x.entries) > 0 && len(seqs) < most && x.isExcess(x.entries[0], m, now) {
		seqs = append(seqs, x.take(0).Seq)
	}
	for at := 0; at < len(x.entries) && len(seqs) < most; {
		e := x.entries[at]
		if e.Lines == 0 && (e.HasTombstone && x.tombstones > maxTombstones || !e.HasTombstone && x.otherEvents > otherEventsPerLine*max(m.Lines, minLines)) {
			seqs = append(seqs, x.take(at).Seq)
		} else if at++; x.tombstones <= maxTombstones && x.otherEvents <= otherEventsPerLine*max(m.Lines, minLines) {
			break
		}
	}
	return seqs
}

// exceeds reports whether the room exceeds its limits.
func (x *index) exceeds(m room.HistoryLimits, now time.Time) bool {
	return len(x.entries) > 0 && x.isExcess(x.entries[0], m, now) ||
		x.tombstones > maxTombstones || x.otherEvents > otherEventsPerLine*max(m.Lines, minLines)
}

// isExcess reports whether the limits are reached even without the oldest message.
func (x *index) isExcess(oldest indexEntry, m room.HistoryLimits, now time.Time) bool {
	return x.lines-oldest.Lines >= m.Lines ||
		m.Bytes > 0 && x.bytes-oldest.Bytes >= m.Bytes ||
		m.Age > 0 && now.Sub(oldest.Time) > m.Age
}
