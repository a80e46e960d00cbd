package records

import (
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"reflect"
	"time"

	"teahouse/internal/ids"
)

// maxKeyBytes is the length of the longest key that a [Store] accepts.
const maxKeyBytes = 256

// A Table keeps the records of one kind in memory, by key, and writes changes to the store. K is
// the type of the keys, T the content of a record, stored as JSON. Set the fields before registering the table, see
// [Registry.Register]; until then nothing is written. A Table has no lock.
type Table[K ~string, T any] struct {
	// Name is the table's name in the store, in lower-case letters. It must not change: records are
	// found only under the name that they were stored with.
	Name string
	// Partition is where it is stored.
	Partition Partition
	// OpaqueKeys says that keys may contain any bytes, because people never see them.
	OpaqueKeys bool
	// Sanitize makes a value from outside the process fit for use: it cleans and cuts texts and
	// bounds times. It returns an error if it cannot.
	Sanitize func(value *T, key string, now time.Time) error

	// The rest is optional.

	// Index is called with every change in memory, to update an index of the records. Before is nil
	// for a new record, after for a deleted one.
	Index func(key K, before, after *T)
	// IsLocal reports whether the record of a key only concerns this process and is not stored.
	IsLocal func(key K) bool
	// Load is called instead of [Table.Set] with each record that the store holds when the server
	// starts.
	Load func(key K, value *T)
	// Loaded is called once all records of all tables are loaded.
	Loaded func()
	// Apply is called instead of [Table.Set] with a record that another node wrote. It also does
	// what follows from the change.
	Apply func(key K, value *T)
	// ApplyDelete is the same for a record that another node deleted, instead of [Table.Forget].
	ApplyDelete func(key K)
	// Applied is called after a change by another node has been applied.
	Applied func(key K)
	// Merge gives one person's records to another, after the two turned out to be the same.
	Merge func(from, to ids.Account)
	// Owned returns a person's records, for exports. By default there are none.
	Owned func(person ids.Account) iter.Seq2[K, *T]
	// Stored returns all records as they should be stored. By default these are the records in
	// memory that are not local.
	Stored func() iter.Seq2[K, *T]

	rows  map[K]*T
	write func(Record) // nil until the table is registered
}

// Get returns the value of a key, or nil.
func (t *Table[K, T]) Get(key K) *T { return t.rows[key] }

// Len returns how many records there are.
func (t *Table[K, T]) Len() int { return len(t.rows) }

// All returns all records. As with a map, they may change during the iteration.
func (t *Table[K, T]) All() iter.Seq2[K, *T] { return maps.All(t.rows) }

// Set sets the value of a key, in memory only.
func (t *Table[K, T]) Set(key K, value *T) {
	before := t.rows[key]
	if t.rows == nil {
		t.rows = map[K]*T{}
	}
	t.rows[key] = value
	if t.Index != nil {
		t.Index(key, before, value)
	}
}

// Forget deletes a record in memory only.
func (t *Table[K, T]) Forget(key K) {
	before := t.rows[key]
	delete(t.rows, key)
	if t.Index != nil && before != nil {
		t.Index(key, before, nil)
	}
}

// Put sets the value of a key. Nil deletes the record.
func (t *Table[K, T]) Put(key K, value *T) {
	if value == nil {
		t.Delete(key)
		return
	}
	t.Set(key, value)
	t.Write(key, value)
}

// Delete deletes a record, if it exists.
func (t *Table[K, T]) Delete(key K) {
	if t.rows[key] != nil {
		t.Forget(key)
		t.WriteDelete(key)
	}
}

// Move moves a record to another key that has none. It writes the new record before it deletes the
// old one: a process that dies in between leaves both rather than neither.
func (t *Table[K, T]) Move(from, to K) {
	if from == to {
		return
	}
	if value := t.rows[from]; value != nil && t.rows[to] == nil {
		t.Put(to, value)
	}
	t.Delete(from)
}

// DeleteOldest deletes the record with the earliest time.
func (t *Table[K, T]) DeleteOldest(at func(*T) time.Time) {
	oldest := K("")
	for key, value := range t.rows {
		if oldest == "" || at(value).Before(at(t.rows[oldest])) {
			oldest = key
		}
	}
	t.Delete(oldest)
}

// OwnedByKey returns what a table with one record for each account needs for Owned.
func OwnedByKey[T any](t *Table[ids.Account, T]) func(ids.Account) iter.Seq2[ids.Account, *T] {
	return func(person ids.Account) iter.Seq2[ids.Account, *T] {
		return func(yield func(ids.Account, *T) bool) {
			if value := t.rows[person]; value != nil {
				yield(person, value)
			}
		}
	}
}

// Filter returns the records whose values are meant, for Owned.
func Filter[K, T any](all iter.Seq2[K, *T], isMeant func(*T) bool) iter.Seq2[K, *T] {
	return func(yield func(K, *T) bool) {
		for key, value := range all {
			if isMeant(value) && !yield(key, value) {
				return
			}
		}
	}
}

// Write writes a value to the store without changing memory.
func (t *Table[K, T]) Write(key K, value *T) {
	if t.write != nil && !t.isLocal(key) {
		t.write(t.encode(key, value))
	}
}

// WriteDelete deletes a record in the store without changing memory.
func (t *Table[K, T]) WriteDelete(key K) {
	if t.write != nil && !t.isLocal(key) {
		t.write(Record{Table: t.Name, Key: string(key)})
	}
}

func (t *Table[K, T]) isLocal(key K) bool { return t.IsLocal != nil && t.IsLocal(key) }

func (t *Table[K, T]) encode(key K, value *T) Record {
	return Record{Table: t.Name, Key: string(key), Value: Encode(value)}
}

func (t *Table[K, T]) describe() (string, Partition) { return t.Name, t.Partition }

func (t *Table[K, T]) register(write func(Record)) { t.write = write }

// load loads a record that the store holds when the server starts.
func (t *Table[K, T]) load(r Record, clean func(string) string) error {
	value, err := t.decode(r, clean)
	switch {
	case err != nil:
		return err
	case t.Load != nil:
		t.Load(K(r.Key), value)
	default:
		t.Set(K(r.Key), value)
	}
	return nil
}

func (t *Table[K, T]) loaded() {
	if t.Loaded != nil {
		t.Loaded()
	}
}

// apply applies a record that another node wrote or deleted.
func (t *Table[K, T]) apply(r Record, clean func(string) string) error {
	if r.Value == nil {
		t.applyDelete(K(r.Key))
	} else if err := t.applyValue(r, clean); err != nil {
		return err
	}
	if t.Applied != nil {
		t.Applied(K(r.Key))
	}
	return nil
}

func (t *Table[K, T]) applyValue(r Record, clean func(string) string) error {
	value, err := t.decode(r, clean)
	switch {
	case err != nil:
		return err
	case t.Apply != nil:
		t.Apply(K(r.Key), value)
	default:
		t.Set(K(r.Key), value)
	}
	return nil
}

func (t *Table[K, T]) applyDelete(key K) {
	if t.ApplyDelete != nil {
		t.ApplyDelete(key)
		return
	}
	t.Forget(key)
}

// decode returns the content of a record. An empty one is an error.
func (t *Table[K, T]) decode(r Record, clean func(string) string) (*T, error) {
	switch {
	case r.Key == "" || len(r.Key) > maxKeyBytes:
		return nil, errors.New("it has no key")
	case !t.OpaqueKeys && clean(r.Key) != r.Key:
		return nil, errors.New("its key has characters that no key has")
	}
	value := new(T)
	if err := json.Unmarshal(r.Value, value); err != nil {
		return nil, err
	}
	if reflect.ValueOf(value).Elem().IsZero() {
		return nil, errors.New("it is empty")
	}
	return value, t.Sanitize(value, r.Key, time.Now())
}

func (t *Table[K, T]) merge(from, to ids.Account) {
	if t.Merge != nil {
		t.Merge(from, to)
	}
}

func (t *Table[K, T]) owned(person ids.Account) (owned []Record) {
	if t.Owned == nil {
		return nil
	}
	for key, value := range t.Owned(person) {
		owned = append(owned, t.encode(key, value))
	}
	return owned
}

func (t *Table[K, T]) stored() (stored []Record) {
	all := t.Stored
	if all == nil {
		all = t.All
	}
	for key, value := range all() {
		if !t.isLocal(key) {
			stored = append(stored, t.encode(key, value))
		}
	}
	return stored
}
