package journal

import (
	"bytes"
	"context"
	"fmt"

	"teahouse/journal/internal/layout"
)

// eraseIndexBatch is after how many messages that were written anew the index learns of it.
const eraseIndexBatch = 64

// An erasure erases from ROOM what the keys of some tombstones did before those.
type erasure struct {
	*eraser
	tombstones map[string]*layout.StoredEvent // by key
	quotedKeys [][]byte                       // their keys, as they stand in stored lines

	erased    map[uint64]bool         // messages that were erased
	rewritten map[string][]indexEntry // those that were written anew, by room
}

// eraseBefore erases what the keys of tombstones did before them, private messages from
// them that still wait, and that they were here. It may be done again at any time,
// whatever became of it before.
func (er *eraser) eraseBefore(ctx context.Context, tombstones map[string]*layout.StoredEvent) error {
	e := &erasure{eraser: er, tombstones: tombstones, erased: map[uint64]bool{}, rewritten: map[string][]indexEntry{}}
	for key := range tombstones {
		e.quotedKeys = append(e.quotedKeys, jsonQuoted(key))
	}
	err := er.store.Scan(ctx, layout.RoomStream, func(m layout.Message) error { return e.eraseFromMessage(ctx, m) })
	e.updateIndex()
	if err != nil {
		return fmt.Errorf("cannot erase what is to be forgotten: %w", err)
	}
	if err := er.eraseDirectMessages(ctx, tombstones); err != nil {
		return fmt.Errorf("cannot erase letters that are to be forgotten: %w", err)
	}
	for key, t := range tombstones {
		er.people.forget(key, t.Time)
	}
	return nil
}

// updateIndex tells the index what was done so far.
func (e *erasure) updateIndex() {
	e.indexes.replace(e.erased, e.rewritten)
	clear(e.erased)
	clear(e.rewritten)
}

// eraseFromMessage writes a message anew without what is to be forgotten, if there is
// any of it, and overwrites it. If it ends in between, both are there, and what they have
// in common is known by its identity.
func (e *erasure) eraseFromMessage(ctx context.Context, m layout.Message) error {
	if !e.mentions(m.Data) {
		return nil
	}
	records, err := layout.DecodeStoredEvents(m.Data)
	if err != nil {
		return nil // load has told of it
	}
	var data bytes.Buffer
	var rest indexEntry
	var by *layout.StoredEvent
	for i := range records {
		if t := e.tombstones[records[i].Key]; t != nil && records[i].IsForgottenBy(t) {
			by = t
			continue
		}
		layout.EncodeJSONLine(&data, &records[i])
		rest.count(&records[i])
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
	if room, err := layout.DecodeToken(m.Subject, layout.RoomPrefix); err == nil && rest.Events > 0 {
		e.rewritten[room] = append(e.rewritten[room], rest)
	}
	if len(e.erased) >= eraseIndexBatch {
		e.updateIndex()
	}
	return nil
}

// mentions reports whether a message may hold something of one who is to be forgotten.
func (e *erasure) mentions(data []byte) bool {
	for _, mark := range e.quotedKeys {
		if bytes.Contains(data, mark) {
			return true
		}
	}
	return false
}

// eraseDirectMessages erases the private messages that the keys of tombstones wrote before them.
func (er *eraser) eraseDirectMessages(ctx context.Context, tombstones map[string]*layout.StoredEvent) error {
	return er.store.Scan(ctx, layout.DirectMessageStream, func(m layout.Message) error {
		l, err := layout.DecodeDirectMessage(m.Data)
		if err != nil {
			return nil
		}
		if t := tombstones[l.FromKey]; t == nil || l.Time.After(t.Time) {
			return nil
		}
		return er.store.OverwriteMessage(ctx, layout.DirectMessageStream, m.Seq)
	})
}
