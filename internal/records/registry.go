package records

import (
	"errors"
	"fmt"
	"slices"

	"teahouse/internal/ids"
)

// maxListedFailures is how many unreadable records an error names; there may be any number.
const maxListedFailures = 20

// A Registry holds all tables of a server, for operations that concern all of them. It has no lock.
type Registry struct {
	tables []table
	write  func(Record)
	clean  func(string) string
}

// A table is a [Table] of any type.
type table interface {
	describe() (name string, p Partition)
	register(write func(Record))
	load(r Record, clean func(string) string) error
	loaded()
	apply(r Record, clean func(string) string) error
	merge(from, to ids.Account)
	owned(person ids.Account) []Record
	stored() []Record
}

// NewRegistry returns a registry without tables. It calls write with each record that changes, and
// clean to remove from a text what must not reach a terminal.
func NewRegistry(write func(Record), clean func(string) string) *Registry {
	return &Registry{write: write, clean: clean}
}

// Register adds tables. Their order is the order in which records are written again to a store that
// has lost them, and in which a person's records are exported.
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

// find returns the table with a name, or nil.
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

// Partitions returns the partition of each table.
func (r *Registry) Partitions() map[string]Partition {
	all := map[string]Partition{}
	for _, t := range r.tables {
		name, p := t.describe()
		all[name] = p
	}
	return all
}

// Load loads the records of a store when the server starts. The error names the records that cannot
// be read, up to maxListedFailures of them; they stay in the store and have no effect.
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

// Apply applies a record that another node wrote or, if its value is nil, deleted. A record that
// cannot be read is an error and changes nothing.
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

// explain returns an error that says which record cannot be read.
func (r *Registry) explain(record Record, err error) error {
	return fmt.Errorf("records: the record %q of %s cannot be read: %w", r.clean(record.Key), r.clean(record.Table), err)
}

// Merge gives one person all records of another, who no longer exists afterwards.
func (r *Registry) Merge(from, to ids.Account) {
	for _, t := range r.tables {
		t.merge(from, to)
	}
}

// Owned returns a person's records.
func (r *Registry) Owned(person ids.Account) (owned []Record) {
	for _, t := range r.tables {
		owned = append(owned, t.owned(person)...)
	}
	return owned
}

// Stored returns the records of a partition as they should be in the store, for a store that has
// lost them.
func (r *Registry) Stored(p Partition) (stored []Record) {
	for _, t := range r.tables {
		if _, in := t.describe(); in == p {
			stored = append(stored, t.stored()...)
		}
	}
	return stored
}
