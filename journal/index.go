package journal

import (
	"slices"
	"sync"
	"time"

	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// An index knows how much each message of a room holds, so that what is beyond the
// limits can be dropped, the oldest first. The order is that of time: a message
// that was written anew because somebody is forgotten comes late in the stream.
type index struct {
	entries     []indexEntry // by Last
	lines       int
	bytes       int // of their text
	otherEvents int // events in messages without a line

	tombstones int // messages with one
}

// An indexEntry is one message.
type indexEntry struct {
	Seq          uint64    // in the stream
	Time         time.Time // when the last of its events was
	Lines        int       // how many of its events are lines that were said
	Bytes        int       // of their text
	Events       int
	HasTombstone bool // there is a tombstone, which hides what is older as long as that may be there
}

func (e *indexEntry) count(r *layout.StoredEvent) {
	e.Events++
	if r.Kind == "said" {
		e.Lines++
		e.Bytes += len(r.Text) + len(r.Verbatim) // as the room counts
	}
	e.HasTombstone = e.HasTombstone || r.Kind == "forgot"
	if r.Time.After(e.Time) {
		e.Time = r.Time
	}
}

// Indexes are those of all rooms, by name. The writer and the eraser share them.
type indexes struct {
	mu    sync.Mutex
	rooms map[string]*index
}

func newIndexes() *indexes { return &indexes{rooms: map[string]*index{}} }

// with calls f with the index of a room.
func (xs *indexes) with(room string, f func(*index)) {
	xs.mu.Lock()
	defer xs.mu.Unlock()
	if xs.rooms[room] == nil {
		xs.rooms[room] = &index{}
	}
	f(xs.rooms[room])
}

// clear takes out all rooms.
func (xs *indexes) clear() {
	xs.mu.Lock()
	defer xs.mu.Unlock()
	clear(xs.rooms)
}

// remove takes out a room, and returns the number of its latest message in the stream, 0
// where there is none.
func (xs *indexes) remove(room string) (last uint64) {
	xs.mu.Lock()
	defer xs.mu.Unlock()
	if x := xs.rooms[room]; x != nil {
		last = x.last()
	}
	delete(xs.rooms, room)
	return last
}

// replace takes out messages that are gone, and adds others, by room.
func (xs *indexes) replace(gone map[uint64]bool, fresh map[string][]indexEntry) {
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

// count adds what a message holds so many times.
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

// replace takes out the messages that are gone, and adds others.
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

// takeBefore takes out the messages of which all happened before a moment.
func (x *index) takeBefore(t time.Time) (seqs []uint64) {
	for len(x.entries) > 0 && x.entries[0].Time.Before(t) {
		seqs = append(seqs, x.take(0).Seq)
	}
	return seqs
}

// take takes out one message.
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

// last returns the number of the latest message in the stream, 0 where there is none.
func (x *index) last() (seq uint64) {
	for _, e := range x.entries {
		seq = max(seq, e.Seq)
	}
	return seq
}

const (
	// otherEventsPerLine is how many events are stored for each line that may be, in messages
	// without a line, so that comings and goings where nobody speaks do not grow for ever.
	otherEventsPerLine = 4

	// minLines is what a limit counts as for those where it is less.
	minLines = 1000

	// maxTombstones is how many messages with one are stored of a room.
	maxTombstones = 1000
)

// takeExcess takes out what is beyond the limits, the oldest first, at most so many messages.
// At least what is within them stays: a message is kept whole.
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

// exceeds reports whether something is beyond the limits.
func (x *index) exceeds(m room.HistoryLimits, now time.Time) bool {
	return len(x.entries) > 0 && x.isExcess(x.entries[0], m, now) ||
		x.tombstones > maxTombstones || x.otherEvents > otherEventsPerLine*max(m.Lines, minLines)
}

// isExcess reports whether the limits are reached without the oldest message.
func (x *index) isExcess(oldest indexEntry, m room.HistoryLimits, now time.Time) bool {
	return x.lines-oldest.Lines >= m.Lines ||
		m.Bytes > 0 && x.bytes-oldest.Bytes >= m.Bytes ||
		m.Age > 0 && now.Sub(oldest.Time) > m.Age
}
