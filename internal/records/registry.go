package records

import (
	"errors"
	"fmt"
	"slices"
)

// maxListedFailures is how many records that cannot be read are named: there may be any number.
const maxListedFailures = 20

// A Registry has all tables of a server: what holds for each of them goes over its list. It has
// no lock.
type Registry struct {
	tables []table
	write  func(Record)
	clean  func(string) string
}

// A table is a [Table] of whichever type.
type table interface {
	describe() (name string, p Partition)
	register(write func(Record))
	load(r Record, clean func(string) string) error
	loaded()
	apply(r Record, clean func(string) string) error
	merge(from, to string)
	owned(person string) []Record
	stored() []Record
}

// NewRegistry returns a registry without tables. Write is called with each record that changes.
// Clean takes out of a text what must not reach a terminal.
func NewRegistry(write func(Record), clean func(string) string) *Registry {
	return &Registry{write: write, clean: clean}
}

// Register adds tables. Their order is that in which records are written again where a store has
// lost them, and in which a person's are exported.
func (r *Registry) Register(tables ...table) {
	for _, t := range tables {
		name, _ := t.describe()
		if r.find(name) != nil {
			panic(fmt.Sprintf("records: two tables are called %q", name))
		}
		t.register(r.write)
		r.tables = append(r.tables, t)
	}
}

// find returns the table of a name, or nil.
func (r *Registry) find(name string) table {
	i := slices.IndexFunc(r.tables, func(t table) bool {
		other, _ := t.describe()
		return other == name
	})
	if i < 0 {
		return nil
	}
	return r.tables[i]
}

// Partitions returns where each table is stored.
func (r *Registry) Partitions() map[string]Partition {
	all := map[string]Partition{}
	for _, t := range r.tables {
		name, p := t.describe()
		all[name] = p
	}
	return all
}

// Load takes what a store has, at the start. The error names the records that cannot be
// read, the first maxListedFailures of them: they stay in the store, and do not count.
func (r *Registry) Load(stored []Record) error {
	var failed []error
	for _, record := range stored {
		if err := r.load(record); err != nil {
			failed = append(failed, r.explain(record, err))
		}
	}
	if more := len(failed) - maxListedFailures; more > 0 {
		failed = append(failed[:maxListedFailures], fmt.Errorf("records: so it is with %d more", more))
	}
	for _, t := range r.tables {
		t.loaded()
	}
	return errors.Join(failed...)
}

func (r *Registry) load(record Record) error {
	t := r.find(record.Table)
	if t == nil {
		return errors.New("there is no such table in this version")
	}
	return t.load(record, r.clean)
}

// Apply takes a record that another node wrote or, where its value is nil, deleted. One that cannot be
// read is an error, and changes nothing.
func (r *Registry) Apply(record Record) error {
	t := r.find(record.Table)
	switch {
	case t == nil && record.Value == nil:
		return nil
	case t == nil:
		return r.explain(record, errors.New("there is no such table in this version"))
	}
	if err := t.apply(record, r.clean); err != nil {
		return r.explain(record, err)
	}
	return nil
}

// explain says which record cannot be read.
func (r *Registry) explain(record Record, err error) error {
	return fmt.Errorf("records: the record %q of %s cannot be read: %w", r.clean(record.Key), r.clean(record.Table), err)
}

// Merge gives one person all records of another, who is nobody from now on.
func (r *Registry) Merge(from, to string) {
	for _, t := range r.tables {
		t.merge(from, to)
	}
}

// Owned returns the records of a person.
func (r *Registry) Owned(person string) (owned []Record) {
	for _, t := range r.tables {
		owned = append(owned, t.owned(person)...)
	}
	return owned
}

// Stored returns the records of a partition as they stand in the store once all that was written
// is stored: for a store that has lost them.
func (r *Registry) Stored(p Partition) (stored []Record) {
	for _, t := range r.tables {
		if _, in := t.describe(); in == p {
			stored = append(stored, t.stored()...)
		}
	}
	return stored
}
