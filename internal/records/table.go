package records

import (
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"reflect"
	"time"
)

// maxKeyBytes is the longest key that a [Store] takes.
const maxKeyBytes = 256

// A Table keeps the records of one kind in memory, by key, and writes what changes to the store.
// T is what a record says, as JSON. Its fields are set before it is registered, see
// [Registry.Register]; until then nothing is written. A Table has no lock.
type Table[T any] struct {
	// Name is what the store knows the table by: lower-case letters. It never changes.
	Name string
	// Partition is where it is stored.
	Partition Partition
	// OpaqueKeys says that keys may be any bytes: people never see them.
	OpaqueKeys bool
	// Sanitize makes a value that comes from outside the process, under a key and at a moment, fit for
	// use: texts are cleaned and cut, times bounded. It returns an error if it cannot.
	Sanitize func(value *T, key string, now time.Time) error

	// The rest is optional.

	// Index is told of every change in memory, to keep an index of the records. Before is nil
	// for a new record, after for one that is deleted.
	Index func(key string, before, after *T)
	// IsLocal reports whether the record of a key concerns this process alone, and is not stored.
	IsLocal func(key string) bool
	// Load takes a record that the store had at the start, in place of [Table.Set].
	Load func(key string, value *T)
	// Loaded is called once all records of all tables are loaded.
	Loaded func()
	// Apply takes a record that another node wrote, in place of [Table.Set], and does what follows
	// from it.
	Apply func(key string, value *T)
	// ApplyDelete does the same for one that another node deleted, in place of [Table.Forget].
	ApplyDelete func(key string)
	// Applied is called once what another node wrote or deleted under a key is applied.
	Applied func(key string)
	// Merge gives one person's records to another, once the two turn out to be the same.
	Merge func(from, to string)
	// Owned has the records of a person, for its export: none by default.
	Owned func(person string) iter.Seq2[string, *T]
	// Stored has all records as they should be stored, by default those in memory that are not local.
	Stored func() iter.Seq2[string, *T]

	rows  map[string]*T
	write func(Record) // nil until it is registered
}

// Get returns the value of a key, or nil.
func (t *Table[T]) Get(key string) *T { return t.rows[key] }

// Len returns how many records there are.
func (t *Table[T]) Len() int { return len(t.rows) }

// All returns all records. They may be changed meanwhile, as a map may.
func (t *Table[T]) All() iter.Seq2[string, *T] { return maps.All(t.rows) }

// OwnedByKey has the record of a person, in a table by person. It is for Owned.
func (t *Table[T]) OwnedByKey(person string) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		if value := t.rows[person]; value != nil {
			yield(person, value)
		}
	}
}

// Set puts a value in place of the one of a key, in memory only.
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

// Put puts a value in place of the one of a key. Nil deletes that.
func (t *Table[T]) Put(key string, value *T) {
	if value == nil {
		t.Delete(key)
		return
	}
	t.Set(key, value)
	t.Write(key, value)
}

// Delete deletes a record, if there is one.
func (t *Table[T]) Delete(key string) {
	if t.rows[key] != nil {
		t.Forget(key)
		t.WriteDelete(key)
	}
}

// Move gives the record of one key to another that has none. It is written before it is
// deleted: a process that dies in between leaves it twice rather than not at all.
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

// Write writes a value to the store, and leaves what is in memory.
func (t *Table[T]) Write(key string, value *T) {
	if t.write != nil && !t.isLocal(key) {
		t.write(t.encode(key, value))
	}
}

// WriteDelete deletes a record in the store, and leaves what is in memory.
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

// load takes a record that the store had at the start.
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

// apply takes a record that another node wrote, or deleted.
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

// decode returns what a record says. One that says nothing is an error.
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
