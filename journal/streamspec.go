package journal

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
		{roomStream, func(s string) error { _, err := decodeToken(s, roomPrefix); return err }},
		{directMessageStream, checkDirectMessageSubject},
		{peopleStream, checkPeopleSubject},
		{authorityStream, func(s string) error { return checkRecordSubject(records.Authority, s) }}, // since version 2
		{personalStream, func(s string) error { return checkRecordSubject(records.Personal, s) }},   // since version 4
	}
}

// streamNames returns the names of all streams, in that order.
func streamNames() (names []string) {
	for _, s := range streamSpecs() {
		names = append(names, s.stream)
	}
	return names
}

// errFloorInBackup is what is wrong with a floor in a backup: it is of the bucket that it was stored in.
var errFloorInBackup = errors.New("it holds a floor, which no backup does")

// checkPeopleSubject returns an error for a subject under which nobody is.
func checkPeopleSubject(subject string) error {
	key, err := decodeToken(subject, peoplePrefix)
	if err == nil && key == floorKey {
		err = errFloorInBackup
	}
	return err
}

// checkRecordSubject returns an error for a subject in a space under which no row is.
func checkRecordSubject(s records.Partition, subject string) error {
	at, err := decodeRecordID(s, subject)
	if err == nil && at.table == floorKey {
		err = errFloorInBackup
	}
	return err
}

// maxSubjectLength is longer than any subject under which something is stored.
const maxSubjectLength = 1000

// isPlausible reports whether a message of a stream looks like one that a teahouse stores.
func isPlausible(stream, subject string, data []byte) bool {
	if err := checkSubject(stream, subject); err != nil && !errors.Is(err, errFloorInBackup) {
		return false
	}
	if stream == authorityStream || stream == personalStream {
		return len(data) == 0 || json.Valid(data)
	}
	return len(data) == 0 || data[0] == '{'
}

// checkSubject returns an error for a subject of a stream under which no teahouse stores
// anything.
func checkSubject(stream, subject string) error {
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
