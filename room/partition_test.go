package room_test

import (
	"encoding/base64"
	"testing"

	"teahouse/internal/records"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Every table says how large its records can be, and how many there can be; the tests below rely on
// that, and those of damaged records.
func TestEveryTableHasALargestRecord(t *testing.T) {
	for table := range roomtest.Peek(room.New(room.Config{})).Tables.Partitions() {
		if _, ok := roomtest.Largest()[table]; !ok {
			t.Errorf("the table %s has no largest record in internal/testkit/roomtest/partition.go", table)
		}
	}
}

// As many records as the limits allow, each as large as it can be, fit into the space set aside for
// them, and each fits into a message.
func TestLargestRecordsFit(t *testing.T) {
	sums := map[records.Partition]int64{}
	for table, l := range roomtest.Largest() {
		size := int64(base64.RawURLEncoding.EncodedLen(len(l.Row.Key)) + len(l.Row.Value) + records.Overhead)
		sums[room.PartitionOf(table)] += size * int64(l.Most)
		t.Logf("%-14s %6d records of %6d bytes: %4d MB", table, l.Most, size, size*int64(l.Most)>>20)
		if len(l.Row.Key) > 256 || size > 512<<10 {
			t.Errorf("%s: a record of %d bytes with a key of %d", table, size, len(l.Row.Key))
		}
	}
	for space, sum := range sums {
		t.Logf("%s: %d MB of %d", space, sum>>20, space.MaxBytes()>>20)
		if sum > space.MaxBytes() {
			t.Errorf("%s: the records take %d MB, more than the %d set aside", space, sum>>20, space.MaxBytes()>>20)
		}
	}
}
