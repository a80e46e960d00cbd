package accounts

import (
	"maps"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

const (
	// MaxIgnored is how many people one person may ignore.
	MaxIgnored = 100

	// MaxIgnoreLists is for how many people an ignore list is stored.
	MaxIgnoreLists = 2000
)

// An IgnoreList holds the names of the people whom a person ignores, by subject. It is immutable.
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

// MarshalJSON writes the list without people who are only known by a session.
func (l *IgnoreList) MarshalJSON() ([]byte, error) {
	type record IgnoreList // without this method
	lasting := record{People: maps.Clone(l.People)}
	maps.DeleteFunc(lasting.People, func(subject, _ string) bool { return IsSessionSubject(subject) })
	return records.Encode(lasting), nil
}

func (l *IgnoreList) Sanitize(string, time.Time) error {
	l.People = sanitize.People(l.People, MaxIgnored)
	return nil
}
