package journal

import (
	"bytes"
	"context"
	"fmt"
)

// eraseBefore erases what a tombstone's key did before it, private messages from
// it that still wait, and that it was here. It may be done again at any time,
// whatever became of it before.
func (j *Journal) eraseBefore(ctx context.Context, tombstone *record) error {
	gone, fresh := map[uint64]bool{}, map[string][]entry{}
	mark := quoted(tombstone.Key)
	err := j.engine.scan(ctx, roomStream, func(m message) error {
		if !bytes.Contains(m.Data, mark) {
			return nil
		}
		rest, err := j.eraseFrom(ctx, m, tombstone)
		if err != nil || rest == nil {
			return err
		}
		gone[m.Seq] = true
		if room, err := decodeToken(m.Subject, roomPrefix); err == nil && rest.Events > 0 {
			fresh[room] = append(fresh[room], *rest)
		}
		return nil
	})
	for room, x := range j.indexes {
		x.replace(gone, fresh[room])
	}
	if err != nil {
		return fmt.Errorf("cannot erase what is to be forgotten: %w", err)
	}
	if err := j.eraseLetters(ctx, tombstone); err != nil {
		return fmt.Errorf("cannot erase letters that are to be forgotten: %w", err)
	}
	j.people.forget(tombstone.Key)
	return nil
}

// eraseFrom writes a message anew without what is to be forgotten, if there is
// any of it, and overwrites it. It returns what is left; nil says that there was
// nothing to forget. If it ends in between, both are there, and what they have
// in common is known by its identity.
func (j *Journal) eraseFrom(ctx context.Context, m message, tombstone *record) (*entry, error) {
	records, err := decodeRecords(m.Data)
	if err != nil {
		return nil, nil // load has told of it
	}
	var data bytes.Buffer
	var rest entry
	forgotten := false
	for i := range records {
		if records[i].forgotten(tombstone) {
			forgotten = true
			continue
		}
		encodeLine(&data, &records[i])
		rest.count(&records[i])
	}
	if !forgotten {
		return nil, nil
	}
	if rest.Events > 0 {
		id := fmt.Sprintf("%s.%d.without.%d", tombstone.By, tombstone.Seq, m.Seq)
		if rest.Seq, err = j.engine.publish(ctx, m.Subject, id, data.Bytes()); err != nil {
			return nil, err
		}
	}
	return &rest, j.engine.erase(ctx, roomStream, m.Seq)
}

// eraseLetters erases the private messages that a tombstone's key wrote before
// it.
func (j *Journal) eraseLetters(ctx context.Context, tombstone *record) error {
	return j.engine.scan(ctx, letterStream, func(m message) error {
		l, err := decodeLetter(m.Data)
		if err != nil || l.FromKey != tombstone.Key || l.Time.After(tombstone.Time) {
			return nil
		}
		return j.engine.erase(ctx, letterStream, m.Seq)
	})
}
