package journal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// A history reads and writes the stream of room events, ROOM.
type history struct {
	*env
	people  *peopleCache
	indexes *indexes
	eraser  *eraser

	lastSeq       atomic.Uint64                  // last message in ROOM that this process has stored or read
	backfilled    atomic.Uint64                  // messages it has stored for other nodes
	lastEventRead map[string]map[ids.Room]uint64 // last event read at the start, by identity and room
}

// loadHistory fills the rooms with their stored history.
func (j *Journal) loadHistory(ctx context.Context, h *room.Hub) error {
	said, latest, err := j.history.load(ctx)
	if err != nil {
		return fmt.Errorf("journal: cannot read the history: %w", err)
	}
	for name, lines := range said {
		h.LoadHistory(name, lines, latest[name])
	}
	for name := range said {
		j.history.removeBefore(ctx, name, h)
	}
	return nil
}

// foundingGrace is how long messages of a room unknown to this node are kept: another node may
// just have founded it.
const foundingGrace = time.Hour

// removeBefore removes messages of a room that are older than the room, or that belong to a
// closed room. Nobody can see what it fails to remove; the next start tries again.
func (h *history) removeBefore(ctx context.Context, name ids.Room, hub *room.Hub) {
	founded, ok := hub.RoomCreatedAt(name)
	if !ok {
		founded = time.Now().Add(-foundingGrace)
	}
	var seqs []uint64
	h.indexes.with(name, func(x *index) { seqs = x.takeBefore(founded) })
	if len(seqs) == 0 {
		return
	}
	if err := h.store.DeleteMessages(ctx, layout.RoomStream, seqs); err != nil {
		h.log.Warn("the history of a closed room is not erased yet", "err", h.store.Explain(err))
	}
}

// load reads all of ROOM, and returns the lines of each room and the time of its last event. On
// the way it builds the index, finishes interrupted erasures, and marks everyone who was here
// when the process died as gone.
func (h *history) load(ctx context.Context) (said map[ids.Room][]*room.Event, latest map[ids.Room]time.Time, err error) {
	l := historyLoader{rooms: map[ids.Room][]layout.StoredEvent{}, entries: map[ids.Room][]indexEntry{}, tombstones: map[ids.Account]*layout.StoredEvent{}, lastEventRead: map[string]map[ids.Room]uint64{}, lastByNode: map[string]time.Time{}, lastByRoom: map[ids.Room]time.Time{}}
	if err := h.store.Scan(ctx, layout.RoomStream, l.add); err != nil {
		return nil, nil, err
	}
	if l.unreadable > 0 {
		h.log.Warn("some stored messages cannot be read and are left as they are", "messages", l.unreadable)
	}
	h.lastEventRead = l.lastEventRead
	h.lastSeq.Store(l.seq)
	for name, entries := range l.entries {
		h.indexes.with(name, func(x *index) { *x = newIndex(entries) })
	}
	h.people.markAllLeft(func(node string) time.Time { return l.lastByNode[node] })
	h.people.forgetAll(l.tombstones)
	said = map[ids.Room][]*room.Event{}
	unfinished := map[ids.Account]*layout.StoredEvent{}
	for name, events := range l.rooms {
		said[name] = l.saidLines(events, unfinished, room.LimitsForRoom(h.config.HistoryLimits, name).Lines)
	}
	return said, l.lastByRoom, h.finishErasing(ctx, l.tombstones, unfinished)
}

// finishErasing queues for the eraser what earlier erasures left. Nobody sees it in the meantime.
func (h *history) finishErasing(ctx context.Context, tombstones, unfinished map[ids.Account]*layout.StoredEvent) error {
	if len(tombstones) == 0 {
		return nil
	}
	h.eraser.hide(tombstones)
	err := h.store.Scan(ctx, layout.PrivateMessageStream, func(m layout.Message) error {
		if l, err := layout.DecodePrivateMessage(m.Data); err == nil && h.eraser.isHidden(l.FromKey, l.Time) {
			unfinished[l.FromKey] = tombstones[l.FromKey]
		}
		return nil
	})
	if err != nil {
		return err
	}
	for key, t := range unfinished {
		h.people.forget(key, t.Time)
	}
	if len(unfinished) > 0 {
		h.eraser.add(unfinished)
	}
	return nil
}

// A historyLoader accumulates what is read from ROOM.
type historyLoader struct {
	rooms         map[ids.Room][]layout.StoredEvent
	entries       map[ids.Room][]indexEntry
	tombstones    map[ids.Account]*layout.StoredEvent // latest tombstone, by key
	lastByNode    map[string]time.Time                // time of the last event, by node
	lastByRoom    map[ids.Room]time.Time              // and by room
	seq           uint64                              // of the last message
	lastEventRead map[string]map[ids.Room]uint64
	unreadable    int
}

func (l *historyLoader) add(m layout.Message) error {
	l.seq = m.Seq
	name, err := layout.RoomOf(m.Subject)
	if err != nil {
		l.unreadable++
		return nil
	}
	events, err := layout.DecodeStoredEvents(m.Data)
	if err != nil {
		l.unreadable++
		return nil
	}
	e := indexEntry{Seq: m.Seq}
	for i := range events {
		r := &events[i]
		e.count(r)
		l.track(r, name)
		if t := l.tombstones[r.Key]; r.Kind == "forgot" && (t == nil || r.Time.After(t.Time)) {
			l.tombstones[r.Key] = r
		}
	}
	l.entries[name] = append(l.entries[name], e)
	l.rooms[name] = append(l.rooms[name], events...)
	return nil
}

func (l *historyLoader) track(r *layout.StoredEvent, room ids.Room) {
	rooms := l.lastEventRead[r.By]
	if rooms == nil {
		rooms = map[ids.Room]uint64{}
		l.lastEventRead[r.By] = rooms
	}
	rooms[room] = max(rooms[room], r.Seq)
	if node, _, _ := strings.Cut(r.By, "."); r.Time.After(l.lastByNode[node]) {
		l.lastByNode[node] = r.Time
	}
	if r.Time.After(l.lastByRoom[room]) {
		l.lastByRoom[room] = r.Time
	}
}

// saidLines returns up to most lines among the events, in order, without duplicates and without
// those to forget. It adds the keys of the latter to unfinished.
func (l *historyLoader) saidLines(events []layout.StoredEvent, unfinished map[ids.Account]*layout.StoredEvent, most int) []*room.Event {
	events = slices.DeleteFunc(layout.SortUnique(events), func(r layout.StoredEvent) bool {
		if t := l.tombstones[r.Key]; t != nil && r.IsForgottenBy(t) {
			unfinished[r.Key] = t
			return true
		}
		return r.Kind != "said"
	})
	events = events[max(0, len(events)-max(most, 0)):]
	lines := make([]*room.Event, 0, len(events))
	for i := range events {
		if e := events[i].Event(); e != nil {
			lines = append(lines, e)
		}
	}
	return lines
}

// jsonQuoted returns s as it appears in stored lines.
func jsonQuoted(s string) []byte {
	var b bytes.Buffer
	layout.EncodeJSONLine(&b, s)
	return bytes.TrimSpace(b.Bytes())
}
