package journal

import (
	"context"
	"fmt"
	"math"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// Identity returns the node, which is that of the data directory, and the identity of this
// process in the store: node and epoch.
func (j *Journal) Identity() (node, identity string) { return j.node, j.identity }

// LastSeq returns a sequence number in the store at or after all messages that this process has
// stored.
func (j *Journal) LastSeq() uint64 { return j.history.lastSeq.Load() }

// Pending returns how many events are not stored yet.
func (j *Journal) Pending() uint64 { return j.lag() + j.backfills.size() }

// EventsUntilLoss returns how many more events any one room can take before an unstored one is
// lost.
func (j *Journal) EventsUntilLoss() uint64 {
	from := j.subscription.Load()
	if from == nil {
		return math.MaxUint64 // it stores nothing
	}
	return from.Headroom()
}

// LastEventRead returns the last event that Start has read, by identity and room. Call it
// before the first ReadAfter.
func (j *Journal) LastEventRead() map[string]map[ids.Room]uint64 { return j.history.lastEventRead }

// ReadAfter calls f with the lines and tombstones in the store after a message, oldest first,
// and with the identity of the process that each is from. It returns the last message that it
// has read, also with an error. It may block.
func (j *Journal) ReadAfter(ctx context.Context, after uint64, f func(identity string, room ids.Room, e *room.Event)) (read uint64, err error) {
	return j.history.readAfter(ctx, after, f)
}

func (h *history) readAfter(ctx context.Context, after uint64, f func(identity string, room ids.Room, e *room.Event)) (read uint64, err error) {
	read = after
	err = h.store.ReadAfter(ctx, layout.RoomStream, store.AllSubjects, after, func(m layout.Message) error {
		read = m.Seq
		name, err := layout.RoomOf(m.Subject)
		if err != nil {
			return nil // loadHistory reports unreadable messages
		}
		events, err := layout.DecodeStoredEvents(m.Data)
		if err != nil {
			return nil
		}
		for i := range events {
			r := &events[i]
			if r.Kind == "forgot" {
				h.eraser.hide(map[ids.Account]*layout.StoredEvent{r.Key: r})
			}
			if e := r.Event(); e != nil && (e.Kind == room.Said || e.Kind == room.Forgot) {
				e.Seq = r.Seq
				f(r.By, name, e)
			}
		}
		return nil
	})
	if err != nil {
		return read, fmt.Errorf("journal: cannot read what other nodes stored: %w", store.ExplainRemote(err, h.store.Conn))
	}
	return read, nil
}
