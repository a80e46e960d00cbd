package layout

import (
	"encoding/json"
	"errors"
	"fmt"

	"teahouse/internal/records"
)

// A streamSpec is a stream's name and a check of its subjects.
type streamSpec struct {
	stream string
	check  func(subject string) error
}

// streamSpecs returns the specs of all streams, in the order of a backup.
func streamSpecs() []streamSpec {
	return []streamSpec{
		{RoomStream, func(s string) error { _, err := RoomOf(s); return err }},
		{PrivateMessageStream, CheckPrivateMessageSubject},
		{PeopleStream, checkPeopleSubject},
		{AuthorityStream, func(s string) error { return checkRecordSubject(records.Authority, s) }}, // since version 2, by another name until 4
		{PersonalStream, func(s string) error { return checkRecordSubject(records.Personal, s) }},   // since version 4, by another name there
	}
}

// StreamNames returns the names of all streams, in that order.
func StreamNames() (names []string) {
	for _, s := range streamSpecs() {
		names = append(names, s.stream)
	}
	return names
}

// errFloorInBackup rejects a floor in a backup: it only makes sense in the bucket where it was
// stored.
var errFloorInBackup = errors.New("it holds a floor, which no backup does")

// checkPeopleSubject returns an error for a subject that no person has.
func checkPeopleSubject(subject string) error {
	key, err := DecodeToken(subject, PeoplePrefix)
	if err == nil && key == FloorKey {
		err = errFloorInBackup
	}
	return err
}

// checkRecordSubject returns an error for a subject that no record of a partition has.
func checkRecordSubject(p records.Partition, subject string) error {
	at, err := DecodeRecordID(p, subject)
	if err == nil && at.Table == FloorKey {
		err = errFloorInBackup
	}
	return err
}

// maxSubjectLength exceeds the length of any subject in use.
const maxSubjectLength = 1000

// IsPlausible reports whether a message looks like one that this program, or an older version,
// stores in a stream.
func IsPlausible(stream, subject string, data []byte) bool {
	err := checkSubject(append(streamSpecs(), legacyStreamSpecs()...), stream, subject)
	if err != nil && !errors.Is(err, errFloorInBackup) {
		return false
	}
	if HasRecords(stream) {
		return len(data) == 0 || json.Valid(data)
	}
	return len(data) == 0 || data[0] == '{'
}

// CheckSubject returns an error for a subject that this program never uses in a stream.
func CheckSubject(stream, subject string) error { return checkSubject(streamSpecs(), stream, subject) }

func checkSubject(specs []streamSpec, stream, subject string) error {
	for _, spec := range specs {
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
