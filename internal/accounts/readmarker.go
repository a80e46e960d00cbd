package accounts

import (
	"iter"
	"strings"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

// MaxReadMarkers is how many read markers are stored in all, MaxReadMarkersPerPerson how many of
// one person, and MaxReadMarkersPerNewcomer how many of a newcomer.
const (
	MaxReadMarkers            = 5000
	MaxReadMarkersPerPerson   = 20
	MaxReadMarkersPerNewcomer = 3
)

// A ReadMarker says how far somebody has followed a room, by the time of a line. Unlike a sequence
// number, that time is unique in its room and outlasts the process.
type ReadMarker struct {
	At        time.Time `json:"at"`
	CreatedAt time.Time `json:"first,omitzero"` // when the marker was created
	UsedAt    time.Time `json:"used,omitzero"`  // when it was last used

	changed bool // since it was written
}

func (m *ReadMarker) Sanitize(_ string, now time.Time) error {
	m.At = sanitize.Time(m.At, now)
	return nil
}

// LastUsed returns when the marker was last moved or written.
func (m *ReadMarker) LastUsed() time.Time {
	if m.At.After(m.UsedAt) {
		return m.At
	}
	return m.UsedAt
}

// ReadMarkers are the markers of all people, by [ReadMarkerKey].
type ReadMarkers struct {
	records.Table[string, ReadMarker]
}

// NewReadMarkers returns markers of nobody.
func NewReadMarkers() *ReadMarkers {
	ms := &ReadMarkers{}
	ms.Table = records.Table[string, ReadMarker]{
		Name: "readmarkers", Partition: records.Personal, OpaqueKeys: true, Sanitize: (*ReadMarker).Sanitize,
		Apply: ms.apply, Merge: ms.merge, Owned: ms.Of,
	}
	return ms
}

// ReadMarkerKey returns the key of a person's marker in a room, which is given by the key of its
// name.
func ReadMarkerKey(person ids.Account, room ids.Room) string {
	return string(person) + " " + string(room)
}

// Of returns a person's markers, by key.
func (ms *ReadMarkers) Of(person ids.Account) iter.Seq2[string, *ReadMarker] {
	return func(yield func(string, *ReadMarker) bool) {
		for key, m := range ms.All() {
			if strings.HasPrefix(key, ReadMarkerKey(person, "")) && !yield(key, m) {
				return
			}
		}
	}
}

// Advance moves a marker forward to a time, in memory only. It reports whether a call of
// [ReadMarkers.Save] must follow: the first of several changes asks for one.
func (ms *ReadMarkers) Advance(key string, at time.Time) (saveIt bool) {
	m := ms.Get(key)
	if m == nil || !at.After(m.At) {
		return false
	}
	saveIt = !m.changed
	m.At, m.changed = at, true
	return saveIt
}

// Save writes a marker if it has changed since it was written.
func (ms *ReadMarkers) Save(key string) {
	if m := ms.Get(key); m != nil && m.changed {
		m.changed, m.UsedAt = false, time.Now()
		ms.Write(key, m)
	}
}

// apply applies a marker from another node, unless the one here is ahead.
func (ms *ReadMarkers) apply(key string, m *ReadMarker) {
	if mine := ms.Get(key); mine == nil || m.At.After(mine.At) {
		ms.Set(key, m)
	}
}

// merge gives one person's markers to another, who continues where the first one was.
func (ms *ReadMarkers) merge(from, to ids.Account) {
	for key, m := range ms.Of(from) {
		m.changed = false
		ms.Move(key, ReadMarkerKey(to, ids.Room(strings.TrimPrefix(key, ReadMarkerKey(from, "")))))
	}
}
