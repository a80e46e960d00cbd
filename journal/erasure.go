package journal

import (
	"bytes"
	"context"
	"fmt"

	"teahouse/internal/ids"
	"teahouse/journal/internal/layout"
)

// eraseIndexBatch is the number of rewritten messages after which the index is updated.
const eraseIndexBatch = 64

// An erasure erases from ROOM what certain keys did before their tombstones.
type erasure struct {
	*eraser
	tombstones map[ids.Account]*layout.StoredEvent // by key
	quotedKeys [][]byte                            // their keys, quoted as in stored lines

	erased    map[uint64]bool           // messages that were erased
	rewritten map[ids.Room][]indexEntry // their replacements, by room
}

// eraseBefore erases what the keys of tombstones did before them, the private messages from them
// that still wait, and their entries among the known people. It can be repeated at any time,
// after success or failure.
func (er *eraser) eraseBefore(ctx context.Context, tombstones map[ids.Account]*layout.StoredEvent) error {
	e := &erasure{eraser: er, tombstones: tombstones, erased: map[uint64]bool{}, rewritten: map[ids.Room][]indexEntry{}}
	for key := range tombstones {
		e.quotedKeys = append(e.quotedKeys, jsonQuoted(string(key)))
	}
	err := er.store.Scan(ctx, layout.RoomStream, func(m layout.Message) error { return e.eraseFromMessage(ctx, m) })
	e.updateIndex()
	if err != nil {
		return fmt.Errorf("cannot erase forgotten messages: %w", err)
	}
	if err := er.erasePrivateMessages(ctx, tombstones); err != nil {
		return fmt.Errorf("cannot erase forgotten private messages: %w", err)
	}
	for key, t := range tombstones {
		er.people.forget(key, t.Time)
	}
	return nil
}

// updateIndex applies the erasure's progress to the index.
func (e *erasure) updateIndex() {
	e.indexes.replace(e.erased, e.rewritten)
	clear(e.erased)
	clear(e.rewritten)
}

// eraseFromMessage rewrites a message without the events to forget, if it has any, and
// overwrites the original. If it is interrupted between the two, both exist, and readers drop
// the duplicates by their identities.
func (e *erasure) eraseFromMessage(ctx context.Context, m layout.Message) error {
	if !e.mentions(m.Data) {
		return nil
	}
	events, err := layout.DecodeStoredEvents(m.Data)
	if err != nil {
		return nil // load has reported it
	}
	var data bytes.Buffer
	var rest indexEntry
	var by *layout.StoredEvent
	for i := range events {
		if t := e.tombstones[events[i].Key]; t != nil && events[i].IsForgottenBy(t) {
			by = t
			continue
		}
		layout.EncodeJSONLine(&data, &events[i])
		rest.count(&events[i])
	}
	if by == nil {
		return nil
	}
	if rest.Events > 0 {
		id := fmt.Sprintf("%s.%d.without.%d", by.By, by.Seq, m.Seq)
		if rest.Seq, err = e.store.Publish(ctx, m.Subject, id, data.Bytes()); err != nil {
			return err
		}
	}
	if err := e.store.OverwriteMessage(ctx, layout.RoomStream, m.Seq); err != nil {
		return err
	}
	e.erased[m.Seq] = true
	if room, err := layout.RoomOf(m.Subject); err == nil && rest.Events > 0 {
		e.rewritten[room] = append(e.rewritten[room], rest)
	}
	if len(e.erased) >= eraseIndexBatch {
		e.updateIndex()
	}
	return nil
}

// mentions reports whether a message may contain something to forget.
func (e *erasure) mentions(data []byte) bool {
	for _, quoted := range e.quotedKeys {
		if bytes.Contains(data, quoted) {
			return true
		}
	}
	return false
}

// erasePrivateMessages erases the private messages that the keys of tombstones wrote before them.
func (er *eraser) erasePrivateMessages(ctx context.Context, tombstones map[ids.Account]*layout.StoredEvent) error {
	return er.store.Scan(ctx, layout.PrivateMessageStream, func(m layout.Message) error {
		l, err := layout.DecodePrivateMessage(m.Data)
		if err != nil {
			return nil
		}
		if t := tombstones[l.FromKey]; t == nil || l.Time.After(t.Time) {
			return nil
		}
		return er.store.OverwriteMessage(ctx, layout.PrivateMessageStream, m.Seq)
	})
}
