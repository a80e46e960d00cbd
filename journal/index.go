package journal

import (
	"slices"
	"time"
)

// An index knows how much each message of ROOM holds, so that what is beyond the
// limit can be dropped, the oldest first. The order is that of time: a message
// that was written anew because somebody is forgotten comes late in the stream.
type index struct {
	entries       []entry // by Last
	lines, events int
}

// An entry is one message.
type entry struct {
	Seq    uint64    // in the stream
	Last   time.Time // when the last of its events was
	Lines  int       // how many of its events are lines that were said
	Events int
}

func (e *entry) count(r *record) {
	e.Events++
	if r.Kind == "said" {
		e.Lines++
	}
	if r.Time.After(e.Last) {
		e.Last = r.Time
	}
}

// Indexes are those of all rooms, by name.
type indexes map[string]*index

// of returns the index of a room.
func (xs indexes) of(room string) *index {
	if xs[room] == nil {
		xs[room] = &index{}
	}
	return xs[room]
}

func (x *index) add(e entry) {
	at := len(x.entries)
	for at > 0 && x.entries[at-1].Last.After(e.Last) {
		at--
	}
	x.entries = slices.Insert(x.entries, at, e)
	x.lines += e.Lines
	x.events += e.Events
}

// replace takes out the messages that are gone, and adds others.
func (x *index) replace(gone map[uint64]bool, fresh []entry) {
	all := slices.DeleteFunc(x.entries, func(e entry) bool { return gone[e.Seq] })
	*x = newIndex(append(all, fresh...))
}

func newIndex(entries []entry) index {
	slices.SortStableFunc(entries, func(a, b entry) int { return a.Last.Compare(b.Last) })
	x := index{entries: entries}
	for _, e := range entries {
		x.lines += e.Lines
		x.events += e.Events
	}
	return x
}

// before takes out the messages of which all happened before a moment.
func (x *index) before(t time.Time) (seqs []uint64) {
	for len(x.entries) > 0 && x.entries[0].Last.Before(t) {
		seqs = append(seqs, x.takeOldest().Seq)
	}
	return seqs
}

func (x *index) takeOldest() entry {
	oldest := x.entries[0]
	x.entries = x.entries[1:]
	x.lines -= oldest.Lines
	x.events -= oldest.Events
	return oldest
}

// last returns the number of the latest message in the stream, 0 where there is none.
func (x *index) last() (seq uint64) {
	for _, e := range x.entries {
		seq = max(seq, e.Seq)
	}
	return seq
}

// eventsPerLine is how many events are stored for each line that may be, so
// that comings and goings where nobody speaks do not grow for ever.
const eventsPerLine = 4

// excess takes out the oldest messages that are not needed for so many lines,
// at most so many messages.
func (x *index) excess(lines, most int) (seqs []uint64) {
	for len(x.entries) > 0 && len(seqs) < most {
		oldest := x.entries[0]
		if x.lines-oldest.Lines < lines && x.events-oldest.Events < eventsPerLine*max(lines, minLines) {
			break
		}
		seqs = append(seqs, x.takeOldest().Seq)
	}
	return seqs
}

// minLines is what a limit counts as for comings and goings where it is less.
const minLines = 1000
