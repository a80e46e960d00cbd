package accounts

import (
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

const (
	// MaxKeys is how many keys a person may have.
	MaxKeys = 10

	// MaxLinkedKeys is how many keys something may be stored about. There may be twice as many
	// records, since removed keys have records too.
	MaxLinkedKeys = 20_000
)

// A LinkedKey says to whom a key belongs.
type LinkedKey struct {
	Person        string    `json:"person"`
	Since         time.Time `json:"since"`
	FormerPersons []string  `json:"was,omitempty"` // to whom it belonged before; what is stored under those IDs belongs to this person too
}

func (k *LinkedKey) sanitize(_ string, now time.Time) error {
	k.Person, k.Since = sanitize.Key(k.Person), sanitize.Time(k.Since, now)
	k.FormerPersons = slices.Clone(k.FormerPersons[:min(len(k.FormerPersons), MaxKeys)])
	for i := range k.FormerPersons {
		k.FormerPersons[i] = sanitize.Key(k.FormerPersons[i])
	}
	if k.Person == "" {
		return errors.New("it is nobody's key")
	}
	return nil
}

// Keys knows the person of each key. Create one with [NewKeys].
type Keys struct {
	// OnApply is called with a key after another node has linked or removed it.
	OnApply func(fingerprint string)

	table    records.Table[LinkedKey] // by fingerprint
	byPerson map[string][]string      // the keys in the table, by person
	offers   map[string]*LinkOffer    // by code; they last for minutes, and are not stored
}

// NewKeys returns Keys in which each key is a person of its own.
func NewKeys() *Keys {
	k := &Keys{byPerson: map[string][]string{}, offers: map[string]*LinkOffer{}, OnApply: func(string) {}}
	k.table = records.Table[LinkedKey]{
		Name: "keys", Partition: records.Authority, Sanitize: (*LinkedKey).sanitize, Index: k.index,
		Applied:     func(fingerprint string) { k.OnApply(fingerprint) },
		ApplyDelete: func(string) {}, // no version deletes records
		Owned:       k.owned,
	}
	return k
}

// Register registers the table.
func (k *Keys) Register(r *records.Registry) { r.Register(&k.table) }

// index keeps byPerson in step with the table.
func (k *Keys) index(fingerprint string, before, after *LinkedKey) {
	if before != nil {
		others := slices.DeleteFunc(k.byPerson[before.Person], func(other string) bool { return other == fingerprint })
		if k.byPerson[before.Person] = others; len(others) == 0 {
			delete(k.byPerson, before.Person)
		}
	}
	if after != nil {
		k.byPerson[after.Person] = append(k.byPerson[after.Person], fingerprint)
	}
}

// owned returns the records of a person's keys.
func (k *Keys) owned(person string) iter.Seq2[string, *LinkedKey] {
	return func(yield func(string, *LinkedKey) bool) {
		for _, fingerprint := range k.byPerson[person] {
			if !yield(fingerprint, k.table.Get(fingerprint)) {
				return
			}
		}
	}
}

// Len returns how many keys something is stored about.
func (k *Keys) Len() int { return k.table.Len() }

// Knows reports whether anything is stored about a key.
func (k *Keys) Knows(fingerprint string) bool { return k.table.Get(fingerprint) != nil }

// PersonOf returns the person of a key. For "" it returns "", which is nobody.
func (k *Keys) PersonOf(fingerprint string) string {
	if linked := k.table.Get(fingerprint); linked != nil {
		return linked.Person
	}
	return fingerprint
}

// Of returns the fingerprints of a person's keys, in order.
func (k *Keys) Of(person string) []string {
	keys := slices.Clone(k.byPerson[person])
	if k.hasFirstKey(person) {
		keys = append(keys, person)
	}
	slices.Sort(keys)
	return keys
}

// hasFirstKey reports whether a person still has the key by whose fingerprint they are known, and
// nothing is stored about that key.
func (k *Keys) hasFirstKey(person string) bool {
	return !k.Knows(person) && !strings.Contains(person, "~")
}

// IsKnown reports whether a person is more than a key that was removed from another.
func (k *Keys) IsKnown(person string) bool {
	return k.hasFirstKey(person) || len(k.byPerson[person]) > 1
}

// HasListed reports whether list, which may be nil, returns true for one of a person's keys.
func (k *Keys) HasListed(person string, list func(fingerprint string) bool) bool {
	return list != nil && (k.hasFirstKey(person) && list(person) || slices.ContainsFunc(k.byPerson[person], list))
}

// IDs returns the IDs by which a person is and was known: some of what is stored about them may be
// under the former ID of one of their keys.
func (k *Keys) IDs(person string) []string {
	ids := []string{person}
	for _, fingerprint := range k.byPerson[person] {
		ids = append(ids, k.table.Get(fingerprint).FormerPersons...)
	}
	return ids
}

// Adopt gives a person a key that nothing is stored about.
func (k *Keys) Adopt(fingerprint, person string) {
	k.table.Put(fingerprint, &LinkedKey{Person: person, Since: time.Now()})
}

// Link gives a key, which must be the only key of from, to another person.
func (k *Keys) Link(fingerprint, from, to string) {
	linked := &LinkedKey{Person: to, Since: time.Now(), FormerPersons: []string{from}}
	if old := k.table.Get(fingerprint); old != nil {
		linked.FormerPersons = append(linked.FormerPersons, old.FormerPersons...)
		linked.FormerPersons = linked.FormerPersons[:min(len(linked.FormerPersons), MaxKeys)]
	}
	k.table.Put(fingerprint, linked)
}

// Unlink takes a key from its person and makes it a new person, whom nobody has been before.
// Another key of the old person remembers its former persons.
func (k *Keys) Unlink(fingerprint string) {
	k.bequeath(fingerprint)
	now := time.Now()
	stranger := fingerprint + "~" + strconv.FormatInt(now.UnixNano(), 36)
	k.table.Put(fingerprint, &LinkedKey{Person: stranger, Since: now})
}

// bequeath makes another of the person's keys remember the former persons of a key that is about to
// go.
func (k *Keys) bequeath(fingerprint string) {
	going := k.table.Get(fingerprint)
	if going == nil || len(going.FormerPersons) == 0 {
		return
	}
	keys := k.Of(going.Person)
	heir := keys[slices.IndexFunc(keys, func(other string) bool { return other != fingerprint })]
	remembers := &LinkedKey{Person: going.Person, Since: going.Since, FormerPersons: going.FormerPersons}
	if old := k.table.Get(heir); old != nil {
		remembers.Since = old.Since
		remembers.FormerPersons = append(slices.Clone(old.FormerPersons), going.FormerPersons...)
		remembers.FormerPersons = remembers.FormerPersons[:min(len(remembers.FormerPersons), MaxKeys)]
	}
	k.table.Put(heir, remembers)
}
