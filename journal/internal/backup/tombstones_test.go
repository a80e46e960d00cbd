package backup

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

// aliceKey is the fingerprint of a user.
const aliceKey = "SHA256:alice/Alice+alice"

// Somebody asked to be forgotten, and the server was killed before anything was erased. The
// tombstone is in a damaged part, but still legible: it is saved as one.
func TestSalvageForgets(t *testing.T) {
	t.Parallel()
	tombstone, err := json.Marshal(layout.StoredEvent{By: "n.1", Seq: 9, Time: time.Now().UTC(), Kind: "forgot", Key: aliceKey})
	if err != nil {
		t.Fatal(err)
	}
	w := &integrity.DamagedStream{Stream: layout.RoomStream, Gaps: []integrity.Gap{{Raw: slices.Concat([]byte("\x00\x01room.bG9iYnk{\"by\":\"n.1\",\"se\x99"), []byte("\nroom.bG9iYnk"), tombstone, []byte("\n\x17\x00"))}}}
	lines := tombstoneLines(w)
	if len(lines) != 1 || lines[0].Check() != nil {
		t.Fatalf("%+v", lines)
	}
	if records, err := layout.DecodeStoredEvents(lines[0].Data); err != nil || len(records) != 1 || records[0].Key != aliceKey {
		t.Errorf("%+v, %v", records, err)
	}
}
