package layout

import (
	"bytes"
	"testing"

	"teahouse/internal/text"
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
