package layout

import (
	"bytes"
	"testing"
	"time"

	"teahouse/internal/text"
	"teahouse/room"
)

// Any stored message yields an error or events that rooms and exports can handle; encoded again
// they are the same.
func FuzzStoredEvents(f *testing.F) {
	f.Add([]byte(`{"by":"n.e","seq":1,"time":"2026-11-20T10:00:00.5Z","kind":"said","name":"alice","text":"hello"}` + "\n"))
	f.Add([]byte(`{"by":"n.e","seq":2,"time":"2026-11-20T10:00:00Z","kind":"forgot","key":"SHA256:a"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = DecodePrivateMessage(data)
		records, err := DecodeStoredEvents(data)
		if err != nil {
			return
		}
		var again bytes.Buffer
		for i := range records {
			if e := records[i].Event(); e != nil && (e.Kind == 0 || e.User == nil || text.Clean(e.Text) != e.Text) {
				t.Errorf("event %+v", e)
			}
			EncodeJSONLine(&again, &records[i])
		}
		if same, err := DecodeStoredEvents(again.Bytes()); err != nil || len(same) != len(records) {
			t.Errorf("%d of %d: %v", len(same), len(records), err)
		}
	})
}

// BenchmarkEncode is what it costs to encode an event.
func BenchmarkEncode(b *testing.B) {
	e := &room.Event{
		Kind: room.Said, Seq: 12345, Time: time.Now(), User: &room.UserInfo{Name: "alice", Person: "SHA256:x1"},
		Text: "a line of talk as people write it, neither long nor short",
	}
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		r, _ := NewStoredEvent(e, "node.epoch")
		EncodeJSONLine(&buf, &r)
	}
}
