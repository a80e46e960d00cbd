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
func PartitionStream(p records.Partition) string { return BucketPrefix + string(p) }
func partitionPrefix(p records.Partition) string { return "$KV." + string(p) + "." }

// emptyKey stands for the empty key. No other key is encoded like that.
const emptyKey = "="

// Partition returns the partition that a record belongs in.
func (id RecordID) Partition() records.Partition { return room.PartitionOf(id.Table) }

// Subject returns the subject of a record in its own partition.
func (id RecordID) Subject() string { return id.SubjectIn(id.Partition()) }

// SubjectIn returns the subject of a record in a partition, which may be its former one.
func (id RecordID) SubjectIn(s records.Partition) string {
	if id.Key == "" {
		return partitionPrefix(s) + id.Table + "." + emptyKey
	}
	return partitionPrefix(s) + id.Table + "." + EncodeToken(id.Key)
}

// CheckTable returns an error if the table cannot be part of a subject.
func (id RecordID) CheckTable() error {
	if id.Table == "" || strings.Trim(id.Table, "abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("%.100q is not a table name", id.Table)
	}
	return nil
}

// DecodeRecordID returns the RecordID of a subject in a partition.
func DecodeRecordID(p records.Partition, subject string) (RecordID, error) {
	rest, ok := strings.CutPrefix(subject, partitionPrefix(p))
	if !ok {
		return RecordID{}, fmt.Errorf("subject %.300q does not begin with %q", subject, partitionPrefix(p))
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
	at.Key, err = DecodeToken(subject, partitionPrefix(p)+table+".")
	return at, err
}
