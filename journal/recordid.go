package journal

import (
	"fmt"
	"strings"

	"teahouse/internal/records"
	"teahouse/room"
)

// A recordID is what a row is stored under.
type recordID struct{ table, key string }

// partitions are those of the book, each a bucket. KV_desk is there since version 4; what is its
// own was in KV_book before, see [engine.migratePersonalRecords].
func partitions() []records.Partition {
	return []records.Partition{records.Authority, records.Personal}
}

func partitionStream(s records.Partition) string { return bucketPrefix + string(s) }
func partitionPrefix(s records.Partition) string { return "$KV." + string(s) + "." }

// emptyKey stands for a key of no bytes. No other key is written so.
const emptyKey = "="

// partition returns the space that a place is in.
func (p recordID) partition() records.Partition { return room.PartitionOf(p.table) }

func (p recordID) subject() string { return p.subjectIn(p.partition()) }

// subjectIn returns the subject of a place in a space, which may be one of before.
func (p recordID) subjectIn(s records.Partition) string {
	if p.key == "" {
		return partitionPrefix(s) + p.table + "." + emptyKey
	}
	return partitionPrefix(s) + p.table + "." + encodeToken(p.key)
}

// checkTable returns an error for a table that cannot be part of a subject.
func (p recordID) checkTable() error {
	if p.table == "" || strings.Trim(p.table, "abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("%.100q is no name of a table", p.table)
	}
	return nil
}

// decodeRecordID returns the place of which a subject in a space was made.
func decodeRecordID(s records.Partition, subject string) (recordID, error) {
	rest, ok := strings.CutPrefix(subject, partitionPrefix(s))
	if !ok {
		return recordID{}, fmt.Errorf("subject %.300q does not begin with %q", subject, partitionPrefix(s))
	}
	table, key, _ := strings.Cut(rest, ".")
	at := recordID{table: table}
	if err := at.checkTable(); err != nil {
		return recordID{}, err
	}
	if key == emptyKey {
		return at, nil
	}
	var err error
	at.key, err = decodeToken(subject, partitionPrefix(s)+table+".")
	return at, err
}
