package accounts

import (
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/ids"
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
	Person        ids.Account   `json:"person"`
	Since         time.Time     `json:"since"`
	FormerPersons []ids.Account `json:"was,omitempty"` // to whom it belonged before; what is stored under those IDs belongs to this person too
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
	OnApply func(fingerprint ids.Fingerprint)

	table    records.Table[ids.Fingerprint, LinkedKey] // by fingerprint
	byPerson map[ids.Account][]ids.Fingerprint         // the keys in the table, by person
	byFormer map[ids.Account][]ids.Fingerprint         // the same, by former person
	offers   map[string]*LinkOffer                     // by code; they last for minutes, and are not stored
}

// NewKeys returns Keys in which each key is a person of its own.
func NewKeys() *Keys {
	k := &Keys{
		OnApply:  func(ids.Fingerprint) {},
		byPerson: map[ids.Account][]ids.Fingerprint{},
		byFormer: map[ids.Account][]ids.Fingerprint{},
		offers:   map[string]*LinkOffer{},
	}
	k.table = records.Table[ids.Fingerprint, LinkedKey]{
		Name: "keys", Partition: records.Authority, Sanitize: (*LinkedKey).sanitize, Index: k.index,
		Applied:     func(fingerprint ids.Fingerprint) { k.OnApply(fingerprint) },
		ApplyDelete: func(ids.Fingerprint) {}, // no version deletes records
		Owned:       k.owned,
	}
	return k
}

// Register registers the table.
func (k *Keys) Register(r *records.Registry) { r.Register(&k.table) }

// index keeps byPerson and byFormer in step with the table.
func (k *Keys) index(fingerprint ids.Fingerprint, before, after *LinkedKey) {
	if before != nil {
		removeKey(k.byPerson, before.Person, fingerprint)
		for _, former := range before.FormerPersons {
			removeKey(k.byFormer, former, fingerprint)
		}
	}
	if after != nil {
		k.byPerson[after.Person] = append(k.byPerson[after.Person], fingerprint)
		for _, former := range after.FormerPersons {
			k.byFormer[former] = append(k.byFormer[former], fingerprint)
		}
	}
}

// removeKey removes a key from a person's keys in an index.
func removeKey(index map[ids.Account][]ids.Fingerprint, person ids.Account, fingerprint ids.Fingerprint) {
	others := slices.DeleteFunc(index[person], func(other ids.Fingerprint) bool { return other == fingerprint })
	if index[person] = others; len(others) == 0 {
		delete(index, person)
	}
}

// owned returns the records of a person's keys.
func (k *Keys) owned(person ids.Account) iter.Seq2[ids.Fingerprint, *LinkedKey] {
	return func(yield func(ids.Fingerprint, *LinkedKey) bool) {
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
func (k *Keys) Knows(fingerprint ids.Fingerprint) bool { return k.table.Get(fingerprint) != nil }

// PersonOf returns the person of a key. For "" it returns "", which is nobody.
func (k *Keys) PersonOf(fingerprint ids.Fingerprint) ids.Account {
	if linked := k.table.Get(fingerprint); linked != nil {
		return linked.Person
	}
	return fingerprint.FirstAccount()
}

// Of returns the fingerprints of a person's keys, in order.
func (k *Keys) Of(person ids.Account) []ids.Fingerprint {
	keys := slices.Clone(k.byPerson[person])
	if first, ok := k.firstKey(person); ok {
		keys = append(keys, first)
	}
	slices.Sort(keys)
	return keys
}

// firstKey returns the key by whose fingerprint a person is known, if they still have it and
// nothing is stored about it.
func (k *Keys) firstKey(person ids.Account) (first ids.Fingerprint, ok bool) {
	first = ids.Fingerprint(person)
	return first, !k.Knows(first) && !strings.Contains(string(person), "~")
}

// IsKnown reports whether a person is more than a key that was removed from another.
func (k *Keys) IsKnown(person ids.Account) bool {
	_, hasFirst := k.firstKey(person)
	return hasFirst || len(k.byPerson[person]) > 1
}

// HasListed reports whether list, which may be nil, returns true for one of a person's keys.
func (k *Keys) HasListed(person ids.Account, list func(fingerprint ids.Fingerprint) bool) bool {
	first, hasFirst := k.firstKey(person)
	return list != nil && (hasFirst && list(first) || slices.ContainsFunc(k.byPerson[person], list))
}

// IDs returns the IDs by which a person is and was known: some of what is stored about them may be
// under the former ID of one of their keys.
func (k *Keys) IDs(person ids.Account) []ids.Account {
	all := []ids.Account{person}
	for _, fingerprint := range k.byPerson[person] {
		all = append(all, k.table.Get(fingerprint).FormerPersons...)
	}
	return all
}

// Current returns the person who is meant today by the ID of an earlier day, as it is stored with a
// message: the same person if they have any key left, else whoever they have become, else whoever
// has the key of that ID.
func (k *Keys) Current(person ids.Account) ids.Account {
	if len(k.byPerson[person]) > 0 {
		return person
	}
	if keys := k.byFormer[person]; len(keys) > 0 {
		return k.PersonOf(keys[0])
	}
	return k.PersonOf(ids.Fingerprint(person))
}

// Adopt gives a person a key that nothing is stored about.
func (k *Keys) Adopt(fingerprint ids.Fingerprint, person ids.Account) {
	k.table.Put(fingerprint, &LinkedKey{Person: person, Since: time.Now()})
}

// Link gives a key, which must be the only key of from, to another person.
func (k *Keys) Link(fingerprint ids.Fingerprint, from, to ids.Account) {
	linked := &LinkedKey{Person: to, Since: time.Now(), FormerPersons: []ids.Account{from}}
	if old := k.table.Get(fingerprint); old != nil {
		linked.FormerPersons = append(linked.FormerPersons, old.FormerPersons...)
		linked.FormerPersons = linked.FormerPersons[:min(len(linked.FormerPersons), MaxKeys)]
	}
	k.table.Put(fingerprint, linked)
}

// Unlink takes a key from its person and makes it a new person, whom nobody has been before.
// Another key of the old person remembers its former persons.
func (k *Keys) Unlink(fingerprint ids.Fingerprint) {
	k.passFormerPersons(fingerprint)
	now := time.Now()
	stranger := fingerprint.FirstAccount() + ids.Account("~"+strconv.FormatInt(now.UnixNano(), 36))
	k.table.Put(fingerprint, &LinkedKey{Person: stranger, Since: now})
}

// passFormerPersons makes another of the person's keys remember the former persons of a key that is
// about to go.
func (k *Keys) passFormerPersons(fingerprint ids.Fingerprint) {
	going := k.table.Get(fingerprint)
	if going == nil || len(going.FormerPersons) == 0 {
		return
	}
	keys := k.Of(going.Person)
	heir := keys[slices.IndexFunc(keys, func(other ids.Fingerprint) bool { return other != fingerprint })]
	remembers := &LinkedKey{Person: going.Person, Since: going.Since, FormerPersons: going.FormerPersons}
	if old := k.table.Get(heir); old != nil {
		remembers.Since = old.Since
		remembers.FormerPersons = append(slices.Clone(old.FormerPersons), going.FormerPersons...)
		remembers.FormerPersons = remembers.FormerPersons[:min(len(remembers.FormerPersons), MaxKeys)]
	}
	k.table.Put(heir, remembers)
}
