package journal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"teahouse/room"
)

// Restore gives the rooms what was said before. It must be called once, before
// anybody is there.
func (j *Journal) Restore(ctx context.Context, h *room.House) error {
	said, latest, err := j.load(ctx)
	if err != nil {
		return fmt.Errorf("journal: cannot read what was said: %w", err)
	}
	for name, lines := range said {
		h.Recall(name, lines, latest[name])
	}
	for name := range said {
		j.removeBefore(ctx, name, h)
	}
	return nil
}

// lateTime is for how long after something was said in a room that this house does not
// know another one may have founded it a moment ago.
const lateTime = time.Hour

// removeBefore removes what was said in a room before it was founded, or in one that is
// closed, and is still there. What fails is shown to nobody, and left to the next start.
func (j *Journal) removeBefore(ctx context.Context, name string, h *room.House) {
	founded, ok := h.Founded(name)
	if !ok {
		founded = time.Now().Add(-lateTime)
	}
	var seqs []uint64
	j.indexes.with(name, func(x *index) { seqs = x.before(founded) })
	if len(seqs) == 0 {
		return
	}
	if err := j.engine.remove(ctx, roomStream, seqs); err != nil {
		j.log.Warn("what was said in a room that is closed is not erased yet", "err", j.engine.explain(err))
	}
}

// load reads all of ROOM and returns what was said in each room, and when something
// happened there last. On the way it makes the index, finishes what was not forgotten to the end, and lets those
// go who were here when the process died.
func (j *Journal) load(ctx context.Context) (said map[string][]*room.Event, latest map[string]time.Time, err error) {
	l := loading{rooms: map[string][]record{}, entries: map[string][]entry{}, tombstones: map[string]*record{}, heard: map[string]map[string]uint64{}, last: map[string]time.Time{}, latest: map[string]time.Time{}}
	if err := j.engine.scan(ctx, roomStream, l.add); err != nil {
		return nil, nil, err
	}
	if l.unreadable > 0 {
		j.log.Warn("some of what the journal holds cannot be read, and is left as it is", "messages", l.unreadable)
	}
	j.heard = l.heard
	j.reached.Store(l.seq)
	for name, entries := range l.entries {
		j.indexes.with(name, func(x *index) { *x = newIndex(entries) })
	}
	j.people.allLeft(func(node string) time.Time { return l.last[node] })
	j.people.forgetBefore(l.tombstones)
	said = map[string][]*room.Event{}
	unfinished := map[string]*record{}
	for name, records := range l.rooms {
		said[name] = l.said(records, unfinished, j.config.Memory.In(name).Lines)
	}
	return said, l.latest, j.finishErasing(ctx, l.tombstones, unfinished)
}

// finishErasing has what is to be forgotten erased that is there still. Nobody is shown it
// until it is.
func (j *Journal) finishErasing(ctx context.Context, tombstones, unfinished map[string]*record) error {
	if len(tombstones) == 0 {
		return nil
	}
	j.eraser.know(tombstones)
	err := j.engine.scan(ctx, letterStream, func(m message) error {
		if l, err := decodeLetter(m.Data); err == nil && j.eraser.hides(l.FromKey, l.Time) {
			unfinished[l.FromKey] = tombstones[l.FromKey]
		}
		return nil
	})
	if err != nil {
		return err
	}
	for key, t := range unfinished {
		j.people.forget(key, t.Time)
	}
	if len(unfinished) > 0 {
		j.eraser.add(unfinished)
	}
	return nil
}

// loading is what has been read of ROOM.
type loading struct {
	rooms      map[string][]record
	entries    map[string][]entry
	tombstones map[string]*record   // the latest, by key
	last       map[string]time.Time // when something happened last, by node
	latest     map[string]time.Time // and by room
	seq        uint64               // of the last message
	heard      map[string]map[string]uint64
	unreadable int
}

func (l *loading) add(m message) error {
	l.seq = m.Seq
	name, err := decodeToken(m.Subject, roomPrefix)
	if err != nil {
		l.unreadable++
		return nil
	}
	records, err := decodeRecords(m.Data)
	if err != nil {
		l.unreadable++
		return nil
	}
	e := entry{Seq: m.Seq}
	for i := range records {
		r := &records[i]
		e.count(r)
		l.hear(r, name)
		if t := l.tombstones[r.Key]; r.Kind == "forgot" && (t == nil || r.Time.After(t.Time)) {
			l.tombstones[r.Key] = r
		}
	}
	l.entries[name] = append(l.entries[name], e)
	l.rooms[name] = append(l.rooms[name], records...)
	return nil
}

func (l *loading) hear(r *record, room string) {
	rooms := l.heard[r.By]
	if rooms == nil {
		rooms = map[string]uint64{}
		l.heard[r.By] = rooms
	}
	rooms[room] = max(rooms[room], r.Seq)
	if node, _, _ := strings.Cut(r.By, "."); r.Time.After(l.last[node]) {
		l.last[node] = r.Time
	}
	if r.Time.After(l.latest[room]) {
		l.latest[room] = r.Time
	}
}

// said returns the lines among the records, at most so many, in order, without
// repeats, and without those to be forgotten, whose keys it notes.
func (l *loading) said(records []record, unfinished map[string]*record, most int) []*room.Event {
	records = slices.DeleteFunc(inOrder(records), func(r record) bool {
		if t := l.tombstones[r.Key]; t != nil && r.forgotten(t) {
			unfinished[r.Key] = t
			return true
		}
		return r.Kind != "said"
	})
	records = records[max(0, len(records)-max(most, 0)):]
	lines := make([]*room.Event, 0, len(records))
	for i := range records {
		if e := records[i].event(); e != nil {
			lines = append(lines, e)
		}
	}
	return lines
}

// quoted returns a text as it stands in stored lines.
func quoted(s string) []byte {
	var b bytes.Buffer
	encodeLine(&b, s)
	return bytes.TrimSpace(b.Bytes())
}
