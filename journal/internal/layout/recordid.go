package layout

import (
	"fmt"
	"strings"

	"teahouse/internal/records"
	"teahouse/room"
)

// A RecordID identifies a record in the store.
type RecordID struct{ Table, Key string }

// Partitions returns the partitions of the records, each a bucket.
func Partitions() []records.Partition {
	return []records.Partition{records.Authority, records.Personal}
}

// PartitionStream returns the name of a partition's stream.
func PartitionStream(s records.Partition) string { return BucketPrefix + string(s) }
func partitionPrefix(s records.Partition) string { return "$KV." + string(s) + "." }

// emptyKey stands for the empty key. No other key is encoded like that.
const emptyKey = "="

// Partition returns the partition that a record belongs in.
func (p RecordID) Partition() records.Partition { return room.PartitionOf(p.Table) }

// Subject returns the subject of a record in its own partition.
func (p RecordID) Subject() string { return p.SubjectIn(p.Partition()) }

// SubjectIn returns the subject of a record in a partition, which may be its former one.
func (p RecordID) SubjectIn(s records.Partition) string {
	if p.Key == "" {
		return partitionPrefix(s) + p.Table + "." + emptyKey
	}
	return partitionPrefix(s) + p.Table + "." + EncodeToken(p.Key)
}

// CheckTable returns an error if the table cannot be part of a subject.
func (p RecordID) CheckTable() error {
	if p.Table == "" || strings.Trim(p.Table, "abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("%.100q is no name of a table", p.Table)
	}
	return nil
}

// DecodeRecordID returns the RecordID of a subject in a partition.
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
