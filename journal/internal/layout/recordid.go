package layout

import (
	"fmt"
	"strings"

	"teahouse/internal/records"
	"teahouse/room"
)

// A RecordID is what a record is stored under.
type RecordID struct{ Table, Key string }

// Partitions are those of the book, each a bucket. KV_desk is there since version 4; what is its
// own was in KV_book before, and moves as the journal opens.
func Partitions() []records.Partition {
	return []records.Partition{records.Authority, records.Personal}
}

// PartitionStream returns the name of the stream of a partition.
func PartitionStream(s records.Partition) string { return BucketPrefix + string(s) }
func partitionPrefix(s records.Partition) string { return "$KV." + string(s) + "." }

// emptyKey stands for a key of no bytes. No other key is written so.
const emptyKey = "="

// Partition returns the space that a place is in.
func (p RecordID) Partition() records.Partition { return room.PartitionOf(p.Table) }

// Subject returns the subject of a record where it is at home.
func (p RecordID) Subject() string { return p.SubjectIn(p.Partition()) }

// SubjectIn returns the subject of a place in a partition, which may be one of before.
func (p RecordID) SubjectIn(s records.Partition) string {
	if p.Key == "" {
		return partitionPrefix(s) + p.Table + "." + emptyKey
	}
	return partitionPrefix(s) + p.Table + "." + EncodeToken(p.Key)
}

// CheckTable returns an error for a table that cannot be part of a subject.
func (p RecordID) CheckTable() error {
	if p.Table == "" || strings.Trim(p.Table, "abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("%.100q is no name of a table", p.Table)
	}
	return nil
}

// DecodeRecordID returns the place of which a subject in a partition was made.
func DecodeRecordID(s records.Partition, subject string) (RecordID, error) {
	rest, ok := strings.CutPrefix(subject, partitionPrefix(s))
	if !ok {
		return RecordID{}, fmt.Errorf("subject %.300q does not begin with %q", subject, partitionPrefix(s))
	}
	table, key, _ := strings.Cut(rest, ".")
	at := RecordID{Table: table}
	if err := at.CheckTable(); err != nil {
		return RecordID{}, err
	}
	if key == emptyKey {
		return at, nil
	}
	var err error
	at.Key, err = DecodeToken(subject, partitionPrefix(s)+table+".")
	return at, err
}
