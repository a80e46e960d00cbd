package records

import (
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"reflect"
	"time"
)

// maxKeyBytes is the length of the longest key that a [Store] accepts.
const maxKeyBytes = 256

// A Table keeps the records of one kind in memory, by key, and writes changes to the store. T is
// the content of a record, stored as JSON. Set the fields before registering the table, see
// [Registry.Register]; until then nothing is written. A Table has no lock.
type Table[T any] struct {
	// Name is the table's name in the store, in lower-case letters. It must never change.
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
	Index func(key string, before, after *T)
	// IsLocal reports whether the record of a key only concerns this process and is not stored.
	IsLocal func(key string) bool
	// Load is called instead of [Table.Set] with each record that the store holds when the server
	// starts.
	Load func(key string, value *T)
	// Loaded is called once all records of all tables are loaded.
	Loaded func()
	// Apply is called instead of [Table.Set] with a record that another node wrote. It also does
	// what follows from the change.
	Apply func(key string, value *T)
	// ApplyDelete is the same for a record that another node deleted, instead of [Table.Forget].
	ApplyDelete func(key string)
	// Applied is called after a change by another node has been applied.
	Applied func(key string)
	// Merge gives one person's records to another, after the two turned out to be the same.
	Merge func(from, to string)
	// Owned returns a person's records, for exports. By default there are none.
	Owned func(person string) iter.Seq2[string, *T]
	// Stored returns all records as they should be stored. By default these are the records in
	// memory that are not local.
	Stored func() iter.Seq2[string, *T]

	rows  map[string]*T
	write func(Record) // nil until the table is registered
}

// Get returns the value of a key, or nil.
func (t *Table[T]) Get(key string) *T { return t.rows[key] }

// Len returns how many records there are.
func (t *Table[T]) Len() int { return len(t.rows) }

// All returns all records. As with a map, they may change during the iteration.
func (t *Table[T]) All() iter.Seq2[string, *T] { return maps.All(t.rows) }

// OwnedByKey returns a person's record in a table whose keys are persons. Use it for Owned.
func (t *Table[T]) OwnedByKey(person string) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		if value := t.rows[person]; value != nil {
			yield(person, value)
		}
	}
}

// Set sets the value of a key, in memory only.
func (t *Table[T]) Set(key string, value *T) {
	before := t.rows[key]
	if t.rows == nil {
		t.rows = map[string]*T{}
	}
	t.rows[key] = value
	if t.Index != nil {
		t.Index(key, before, value)
	}
}

// Forget deletes a record in memory only.
func (t *Table[T]) Forget(key string) {
	before := t.rows[key]
	delete(t.rows, key)
	if t.Index != nil && before != nil {
		t.Index(key, before, nil)
	}
}

// Put sets the value of a key. Nil deletes the record.
func (t *Table[T]) Put(key string, value *T) {
	if value == nil {
		t.Delete(key)
		return
	}
	t.Set(key, value)
	t.Write(key, value)
}

// Delete deletes a record, if it exists.
func (t *Table[T]) Delete(key string) {
	if t.rows[key] != nil {
		t.Forget(key)
		t.WriteDelete(key)
	}
}

// Move moves a record to another key that has none. It writes the new record before it deletes the
// old one: a process that dies in between leaves both rather than neither.
func (t *Table[T]) Move(from, to string) {
	if from == to {
		return
	}
	if value := t.rows[from]; value != nil && t.rows[to] == nil {
		t.Put(to, value)
	}
	t.Delete(from)
}

// DeleteOldest deletes the record with the earliest time.
func (t *Table[T]) DeleteOldest(at func(*T) time.Time) {
	oldest := ""
	for key, value := range t.rows {
		if oldest == "" || at(value).Before(at(t.rows[oldest])) {
			oldest = key
		}
	}
	t.Delete(oldest)
}

// Write writes a value to the store without changing memory.
func (t *Table[T]) Write(key string, value *T) {
	if t.write != nil && !t.isLocal(key) {
		t.write(t.encode(key, value))
	}
}

// WriteDelete deletes a record in the store without changing memory.
func (t *Table[T]) WriteDelete(key string) {
	if t.write != nil && !t.isLocal(key) {
		t.write(Record{Table: t.Name, Key: key})
	}
}

func (t *Table[T]) isLocal(key string) bool { return t.IsLocal != nil && t.IsLocal(key) }

func (t *Table[T]) encode(key string, value *T) Record {
	return Record{Table: t.Name, Key: key, Value: Encode(value)}
}

func (t *Table[T]) describe() (string, Partition) { return t.Name, t.Partition }

func (t *Table[T]) register(write func(Record)) { t.write = write }

// load loads a record that the store holds when the server starts.
func (t *Table[T]) load(r Record, clean func(string) string) error {
	value, err := t.decode(r, clean)
	switch {
	case err != nil:
		return err
	case t.Load != nil:
		t.Load(r.Key, value)
	default:
		t.Set(r.Key, value)
	}
	return nil
}

func (t *Table[T]) loaded() {
	if t.Loaded != nil {
		t.Loaded()
	}
}

// apply applies a record that another node wrote or deleted.
func (t *Table[T]) apply(r Record, clean func(string) string) error {
	if r.Value == nil {
		t.applyDelete(r.Key)
	} else if err := t.applyValue(r, clean); err != nil {
		return err
	}
	if t.Applied != nil {
		t.Applied(r.Key)
	}
	return nil
}

func (t *Table[T]) applyValue(r Record, clean func(string) string) error {
	value, err := t.decode(r, clean)
	switch {
	case err != nil:
		return err
	case t.Apply != nil:
		t.Apply(r.Key, value)
	default:
		t.Set(r.Key, value)
	}
	return nil
}

func (t *Table[T]) applyDelete(key string) {
	if t.ApplyDelete != nil {
		t.ApplyDelete(key)
		return
	}
	t.Forget(key)
}

// decode returns the content of a record. An empty one is an error.
func (t *Table[T]) decode(r Record, clean func(string) string) (*T, error) {
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

func (t *Table[T]) merge(from, to string) {
	if t.Merge != nil {
		t.Merge(from, to)
	}
}

func (t *Table[T]) owned(person string) (owned []Record) {
	if t.Owned == nil {
		return nil
	}
	for key, value := range t.Owned(person) {
		owned = append(owned, t.encode(key, value))
	}
	return owned
}

func (t *Table[T]) stored() (stored []Record) {
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
