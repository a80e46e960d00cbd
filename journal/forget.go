package journal

import (
	"bytes"
	"context"
	"fmt"
)

// erasePortion is after how many messages that were written anew the index learns of it.
const erasePortion = 64

// An erasing erases from ROOM what the keys of some tombstones did before those.
type erasing struct {
	*Journal
	tombstones map[string]*record // by key
	marks      [][]byte           // their keys, as they stand in stored lines

	gone  map[uint64]bool    // messages that were erased
	fresh map[string][]entry // those that were written anew, by room
}

// eraseBefore erases what the keys of tombstones did before them, private messages from
// them that still wait, and that they were here. It may be done again at any time,
// whatever became of it before.
func (j *Journal) eraseBefore(ctx context.Context, tombstones map[string]*record) error {
	e := &erasing{Journal: j, tombstones: tombstones, gone: map[uint64]bool{}, fresh: map[string][]entry{}}
	for key := range tombstones {
		e.marks = append(e.marks, quoted(key))
	}
	err := j.engine.scan(ctx, roomStream, func(m message) error { return e.eraseFrom(ctx, m) })
	e.note()
	if err != nil {
		return fmt.Errorf("cannot erase what is to be forgotten: %w", err)
	}
	if err := j.eraseLetters(ctx, tombstones); err != nil {
		return fmt.Errorf("cannot erase letters that are to be forgotten: %w", err)
	}
	for key, t := range tombstones {
		j.people.forget(key, t.Time)
	}
	return nil
}

// note tells the index what was done so far.
func (e *erasing) note() {
	e.indexes.replace(e.gone, e.fresh)
	clear(e.gone)
	clear(e.fresh)
}

// eraseFrom writes a message anew without what is to be forgotten, if there is
// any of it, and overwrites it. If it ends in between, both are there, and what they have
// in common is known by its identity.
func (e *erasing) eraseFrom(ctx context.Context, m message) error {
	if !e.concerns(m.Data) {
		return nil
	}
	records, err := decodeRecords(m.Data)
	if err != nil {
		return nil // load has told of it
	}
	var data bytes.Buffer
	var rest entry
	var by *record
	for i := range records {
		if t := e.tombstones[records[i].Key]; t != nil && records[i].forgotten(t) {
			by = t
			continue
		}
		encodeLine(&data, &records[i])
		rest.count(&records[i])
	}
	if by == nil {
		return nil
	}
	if rest.Events > 0 {
		id := fmt.Sprintf("%s.%d.without.%d", by.By, by.Seq, m.Seq)
		if rest.Seq, err = e.engine.publish(ctx, m.Subject, id, data.Bytes()); err != nil {
			return err
		}
	}
	if err := e.engine.erase(ctx, roomStream, m.Seq); err != nil {
		return err
	}
	e.gone[m.Seq] = true
	if room, err := decodeToken(m.Subject, roomPrefix); err == nil && rest.Events > 0 {
		e.fresh[room] = append(e.fresh[room], rest)
	}
	if len(e.gone) >= erasePortion {
		e.note()
	}
	return nil
}

// concerns reports whether a message may hold something of one who is to be forgotten.
func (e *erasing) concerns(data []byte) bool {
	for _, mark := range e.marks {
		if bytes.Contains(data, mark) {
			return true
		}
	}
	return false
}

// eraseLetters erases the private messages that the keys of tombstones wrote before them.
func (j *Journal) eraseLetters(ctx context.Context, tombstones map[string]*record) error {
	return j.engine.scan(ctx, letterStream, func(m message) error {
		l, err := decodeLetter(m.Data)
		if err != nil {
			return nil
		}
		if t := tombstones[l.FromKey]; t == nil || l.Time.After(t.Time) {
			return nil
		}
		return j.engine.erase(ctx, letterStream, m.Seq)
	})
}
