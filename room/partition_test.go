package room_test

import (
	"encoding/base64"
	"testing"

	"teahouse/internal/records"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// As many records as the limits allow, each as large as it can be, fit into the space set aside for
// them, and each fits into a message.
func TestLargestRecordsFit(t *testing.T) {
	sums := map[records.Partition]int64{}
	for table, l := range roomtest.Largest() {
		size := int64(base64.RawURLEncoding.EncodedLen(len(l.Row.Key)) + len(l.Row.Value) + records.Overhead)
		sums[room.PartitionOf(table)] += size * int64(l.Most)
		t.Logf("%-9s %6d records of %6d bytes: %4d MB", table, l.Most, size, size*int64(l.Most)>>20)
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
