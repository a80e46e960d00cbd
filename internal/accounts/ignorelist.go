package accounts

import (
	"maps"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

const (
	// MaxIgnored is how many people one may ignore.
	MaxIgnored = 100

	// MaxIgnoreLists is of how many people it is stored whom they ignore.
	MaxIgnoreLists = 2000
)

// An IgnoreList is whom a person does not want to read: names by subject. It is immutable.
type IgnoreList struct {
	People map[string]string `json:"people"`
}

// Contains reports whether a subject is in the list, which may be nil.
func (l *IgnoreList) Contains(subject string) bool {
	if l == nil {
		return false
	}
	_, ok := l.People[subject]
	return ok
}

// MarshalJSON writes the list without those who are known by their session only.
func (l *IgnoreList) MarshalJSON() ([]byte, error) {
	type record IgnoreList // which is written as it stands
	lasting := record{People: maps.Clone(l.People)}
	maps.DeleteFunc(lasting.People, func(subject, _ string) bool { return IsSessionSubject(subject) })
	return records.Encode(lasting), nil
}

func (l *IgnoreList) Sanitize(string, time.Time) error {
	l.People = sanitize.People(l.People, MaxIgnored)
	return nil
}
