package journal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"teahouse/room"
)

// exportTimeout is how long an export may take, with its turn among others.
const exportTimeout = 10 * time.Second

// Export returns all that is kept of a key, in the order of time.
func (j *Journal) Export(key string) ([]*room.Event, error) {
	ctx, cancel := context.WithTimeout(j.workCtx, exportTimeout)
	defer cancel()
	select {
	case j.exportSlot <- struct{}{}:
		defer func() { <-j.exportSlot }()
	case <-ctx.Done():
		return nil, fmt.Errorf("journal: cannot export: others are at it: %w", ctx.Err())
	}
	kept, err := j.roomEventsOf(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("journal: cannot export: %w", err)
	}
	letters, err := j.directMessagesOf(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("journal: cannot export: %w", err)
	}
	kept = append(kept, letters...)
	slices.SortStableFunc(kept, func(a, b *room.Event) int { return a.Time.Compare(b.Time) })
	return kept, nil
}

// roomEventsOf returns what a key did in the rooms.
func (j *Journal) roomEventsOf(ctx context.Context, key string) ([]*room.Event, error) {
	found := map[string][]storedEvent{} // by room
	mark := jsonQuoted(key)
	err := j.engine.scan(ctx, roomStream, func(m message) error {
		if !bytes.Contains(m.Data, mark) {
			return nil
		}
		name, err := decodeToken(m.Subject, roomPrefix)
		if err != nil {
			return nil // load has told of what cannot be read
		}
		records, _ := decodeStoredEvents(m.Data)
		for _, r := range records {
			if r.Key == key && r.Kind != "forgot" && !j.eraser.isHidden(key, r.Time) {
				found[name] = append(found[name], r)
			}
		}
		return nil
	})
	var events []*room.Event
	for name, records := range found {
		for _, r := range sortUnique(records) {
			if e := r.event(); e != nil {
				e.Room = name
				events = append(events, e)
			}
		}
	}
	return events, err
}

// directMessagesOf returns the private messages from a key, and to it, that wait.
func (j *Journal) directMessagesOf(ctx context.Context, key string) (letters []*room.Event, err error) {
	err = j.engine.scan(ctx, directMessageStream, func(m message) error {
		if l, err := decodeDirectMessage(m.Data); err == nil && (l.FromKey == key || l.ToKey == key) && !j.eraser.isHidden(l.FromKey, l.Time) {
			letters = append(letters, l.event())
		}
		return nil
	})
	return letters, err
}
