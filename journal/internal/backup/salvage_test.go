package backup

import (
	"testing"

	"teahouse/internal/records"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

// A record was moved to a table with a new name and deleted there, and the marker under the old
// name is damaged: it is not saved.
func TestSalvageOfMovedRecords(t *testing.T) {
	t.Parallel()
	alice := layout.RecordID{Table: "inputhistories", Key: "alice"}
	live, err := liveEntries(&integrity.DamagedStream{Stream: layout.PersonalStream}, layout.PartitionBucket(records.Personal), []layout.Message{
		{Seq: 1, Subject: layout.RecordID{Table: "typed", Key: "alice"}.SubjectIn(records.Personal), Data: []byte(`{}`)},
		{Seq: 4, Subject: alice.Subject()},
	})
	if err != nil || len(live) > 0 {
		t.Errorf("saved is %+v, %v", live, err)
	}
}
