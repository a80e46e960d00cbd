package journal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// exportTimeout limits an export, including its wait for other exports.
const exportTimeout = 10 * time.Second

// Export returns everything stored about a key, in chronological order.
func (j *Journal) Export(ctx context.Context, key ids.Account) ([]*room.Event, error) {
	ctx, cancel := j.limit(ctx, exportTimeout)
	defer cancel()
	select {
	case j.exportSlot <- struct{}{}:
		defer func() { <-j.exportSlot }()
	case <-ctx.Done():
		return nil, fmt.Errorf("journal: cannot export: other exports are still running: %w", ctx.Err())
	}
	kept, err := j.history.roomEventsOf(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("journal: cannot export: %w", err)
	}
	messages, err := j.privateMessages.of(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("journal: cannot export: %w", err)
	}
	kept = append(kept, messages...)
	slices.SortStableFunc(kept, func(a, b *room.Event) int { return a.Time.Compare(b.Time) })
	return kept, nil
}

// roomEventsOf returns the room events of a key.
func (h *history) roomEventsOf(ctx context.Context, key ids.Account) ([]*room.Event, error) {
	found := map[ids.Room][]layout.StoredEvent{} // by room
	quoted := jsonQuoted(string(key))
	err := h.store.Scan(ctx, layout.RoomStream, func(m layout.Message) error {
		if !bytes.Contains(m.Data, quoted) {
			return nil
		}
		name, err := layout.RoomOf(m.Subject)
		if err != nil {
			return nil // load has reported unreadable messages
		}
		stored, _ := layout.DecodeStoredEvents(m.Data)
		for _, r := range stored {
			if r.Key == key && r.Kind != "forgot" && !h.eraser.isHidden(key, r.Time) {
				found[name] = append(found[name], r)
			}
		}
		return nil
	})
	var events []*room.Event
	for name, stored := range found {
		for _, r := range layout.SortUnique(stored) {
			if e := r.Event(); e != nil {
				e.Room = string(name)
				events = append(events, e)
			}
		}
	}
	return events, err
}

// of returns the waiting private messages from and to a key.
func (pm *privateMessages) of(ctx context.Context, key ids.Account) (messages []*room.Event, err error) {
	err = pm.store.Scan(ctx, layout.PrivateMessageStream, func(m layout.Message) error {
		if l, err := layout.DecodePrivateMessage(m.Data); err == nil && (l.FromKey == key || l.ToKey == key) && !pm.eraser.isHidden(l.FromKey, l.Time) {
			messages = append(messages, l.Event())
		}
		return nil
	})
	return messages, err
}
