package roomtest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/records"
	"teahouse/room"
)

// A fakeRecordStore is a [records.Store] for tests.
type fakeRecordStore struct {
	Tables  map[string]map[string][]byte
	Wrong   []string // records that no store accepts
	hub     *room.Hub
	Last    uint64                        // the number of the last record
	Settle  func(after, last uint64) bool // nil: everything is stored at once
	Refuses bool                          // it stores nothing, ever
	Slow    time.Duration                 // after which Settle is asked
	shared  bool                          // the hub's records differ from the store's
}

func (b *fakeRecordStore) Write(r records.Record) uint64 {
	b.Last++
	if len(r.Key) > 256 || r.Key == "" || strings.Trim(r.Table, "abcdefghijklmnopqrstuvwxyz") != "" || r.Value != nil && !json.Valid(r.Value) {
		b.Wrong = append(b.Wrong, fmt.Sprintf("%.300q", r))
	}
	if most := Largest()[r.Table]; len(r.Value) > len(most.Row.Value) {
		b.Wrong = append(b.Wrong, fmt.Sprintf("%d bytes of %s, where %d are the most: %.300s", len(r.Value), r.Table, len(most.Row.Value), r.Value))
	}
	if b.Tables[r.Table] == nil {
		b.Tables[r.Table] = map[string][]byte{}
	}
	if r.Value == nil {
		delete(b.Tables[r.Table], r.Key)
		return b.Last
	}
	b.Tables[r.Table][r.Key] = r.Value
	return b.Last
}

func (b *fakeRecordStore) WaitStored(ctx context.Context, after, last uint64) error {
	waitFor(ctx, b.Slow)
	switch {
	case b.Refuses:
		return records.ErrRefused
	case ctx.Err() != nil:
		return records.ErrNotStored
	case b.Settle == nil || b.Settle(after, last):
		return nil
	}
	return records.ErrNotStored
}

// waitFor waits for some time, at most until ctx ends.
func waitFor(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (b *fakeRecordStore) Rows() (rows []records.Record) {
	for table, values := range b.Tables {
		for key, value := range values {
			rows = append(rows, records.Record{Table: table, Key: key, Value: value})
		}
	}
	return rows
}

// Reopen returns the hub as it is after a restart.
func (b *fakeRecordStore) Reopen(t testing.TB) *room.Hub {
	t.Helper()
	if !b.shared {
		b.isWhole(t)
	}
	b.shared = true // with the new hub
	c := b.hub.Config()
	c.Policy = Peek(b.hub).Policy
	rows := b.Rows()
	h := (&fakeRecordStore{Tables: b.Tables}).NewHub(c)
	if err := h.Load(rows); err != nil {
		t.Error(err)
	}
	return h
}

// isWhole checks that the hub could write again everything that the store holds.
func (b *fakeRecordStore) isWhole(t testing.TB) {
	t.Helper()
	again := map[string]map[string][]byte{}
	for _, s := range []records.Partition{records.Authority, records.Personal} {
		for _, r := range b.hub.StoredRecords(s) {
			if room.PartitionOf(r.Table) != s {
				t.Errorf("a row of %s is in %s", r.Table, s)
			}
			if again[r.Table] == nil {
				again[r.Table] = map[string][]byte{}
			}
			again[r.Table][r.Key] = r.Value
		}
	}
	for table := range Largest() {
		if table == "readmarkers" { // those are written some time later
			maps.DeleteFunc(again[table], func(key string, _ []byte) bool { return b.Tables[table][key] == nil })
		}
		if has := b.Tables[table]; len(has)+len(again[table]) > 0 && !reflect.DeepEqual(has, again[table]) {
			t.Errorf("of %s the store has %s\nand the hub would write %s", table, has, again[table])
		}
	}
}

// NewFakeRecordStore returns an empty record store.
func NewFakeRecordStore() *fakeRecordStore {
	return &fakeRecordStore{Tables: map[string]map[string][]byte{}}
}

// NewHub returns a hub that stores its records in b.
func (b *fakeRecordStore) NewHub(c room.Config) *room.Hub {
	c.Records = b
	b.hub = room.New(c)
	return b.hub
}

// StoredRecords returns the records of a table, by key.
func StoredRecords(h *room.Hub, table string) map[string]string {
	all := map[string]string{}
	for _, r := range Peek(h).Tables.Stored(room.PartitionOf(table)) {
		if r.Table == table {
			all[r.Key] = string(r.Value)
		}
	}
	return all
}

// StoredKeys returns the keys of a table.
func StoredKeys(h *room.Hub, table string) []string {
	return slices.Sorted(maps.Keys(StoredRecords(h, table)))
}
