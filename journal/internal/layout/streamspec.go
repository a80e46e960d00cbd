package layout

import (
	"encoding/json"
	"errors"
	"fmt"

	"teahouse/internal/records"
)

// A streamSpec is a stream, and what its subjects must be.
type streamSpec struct {
	stream string
	check  func(subject string) error
}

// streamSpecs returns those of all streams, in the order in which a backup has them.
func streamSpecs() []streamSpec {
	return []streamSpec{
		{RoomStream, func(s string) error { _, err := DecodeToken(s, RoomPrefix); return err }},
		{DirectMessageStream, CheckDirectMessageSubject},
		{PeopleStream, checkPeopleSubject},
		{AuthorityStream, func(s string) error { return checkRecordSubject(records.Authority, s) }}, // since version 2
		{PersonalStream, func(s string) error { return checkRecordSubject(records.Personal, s) }},   // since version 4
	}
}

// StreamNames returns the names of all streams, in that order.
func StreamNames() (names []string) {
	for _, s := range streamSpecs() {
		names = append(names, s.stream)
	}
	return names
}

// errFloorInBackup is what is wrong with a floor in a backup: it is of the bucket that it was stored in.
var errFloorInBackup = errors.New("it holds a floor, which no backup does")

// checkPeopleSubject returns an error for a subject under which nobody is.
func checkPeopleSubject(subject string) error {
	key, err := DecodeToken(subject, PeoplePrefix)
	if err == nil && key == FloorKey {
		err = errFloorInBackup
	}
	return err
}

// checkRecordSubject returns an error for a subject in a partition under which no row is.
func checkRecordSubject(s records.Partition, subject string) error {
	at, err := DecodeRecordID(s, subject)
	if err == nil && at.Table == FloorKey {
		err = errFloorInBackup
	}
	return err
}

// maxSubjectLength is longer than any subject under which something is stored.
const maxSubjectLength = 1000

// IsPlausible reports whether a message of a stream looks like one that a teahouse stores.
func IsPlausible(stream, subject string, data []byte) bool {
	if err := CheckSubject(stream, subject); err != nil && !errors.Is(err, errFloorInBackup) {
		return false
	}
	if stream == AuthorityStream || stream == PersonalStream {
		return len(data) == 0 || json.Valid(data)
	}
	return len(data) == 0 || data[0] == '{'
}

// CheckSubject returns an error for a subject of a stream under which no teahouse stores
// anything.
func CheckSubject(stream, subject string) error {
	for _, spec := range streamSpecs() {
		switch {
		case stream != spec.stream:
		case len(subject) > maxSubjectLength:
			return fmt.Errorf("subject %.50q... is too long", subject)
		default:
			return spec.check(subject)
		}
	}
	return fmt.Errorf("it names the stream %.100q", stream)
}
