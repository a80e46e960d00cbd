package room

import (
	"testing"
	"time"

	"teahouse/internal/records"
)

// A toast is a record of a table that no version has.
type toast struct {
	Text string `json:"text"`
}

// withToasts registers a table of toasts, by person.
func withToasts(h *Hub) *records.Table[toast] {
	toasts := &records.Table[toast]{
		Name: "toasts", Partition: records.Personal,
		Sanitize: func(*toast, string, time.Time) error { return nil },
	}
	toasts.Merge = toasts.Move
	toasts.Owned = toasts.OwnedByKey
	h.tables.Register(toasts)
	return toasts
}

// A new table is one registration: then it is read at the start, learned from other nodes,
// goes to whom a key is linked to, is exported, and is stored again where it was lost.
func TestNewTable(t *testing.T) {
	h := NewHub()
	toasts := withToasts(h)
	if err := h.Load([]records.Record{{Table: "toasts", Key: "B", Value: []byte(`{"text":"tea"}`)}}); err != nil {
		t.Fatal(err)
	}
	newFakeRecordStore(h)
	alice := enter(t, h, at("alice", "A"))
	if _, err := h.ApplyRemote(records.Record{Table: "toasts", Key: "C", Value: []byte(`{"text":"mate"}`)}, 1000); err != nil {
		t.Fatal(err)
	}
	if toasts.Get("B").Text != "tea" || toasts.Get("C").Text != "mate" {
		t.Errorf("there are %v and %v", toasts.Get("B"), toasts.Get("C"))
	}
	link(t, alice, "B")
	hasToast := func(all []records.Record) bool {
		for _, r := range all {
			if r.Table == "toasts" && r.Key == "A" && string(r.Value) == `{"text":"tea"}` {
				return true
			}
		}
		return false
	}
	if own := h.recordsOf("A"); !hasToast(own) {
		t.Errorf("alice's export has %s", own)
	}
	if all := h.StoredRecords(records.Personal); !hasToast(all) {
		t.Errorf("stored again are %s", all)
	}
}

// A record from another node is not applied if this node has written since the store was asked
// whether it has a later value.
func TestApplyRemoteRevision(t *testing.T) {
	h, root := ordered(t)
	b := newFakeRecordStore(h)
	revision := b.last
	does(t, root, "/slow 5")
	other := records.Record{Table: "order", Key: "all", Value: []byte(`{"slow":7}`)}
	if applied, err := h.ApplyRemote(other, revision); applied || err != nil || h.currentHubSettings().SlowSeconds != 5 {
		t.Errorf("applied is %v, %v; slow is %d", applied, err, h.currentHubSettings().SlowSeconds)
	}
	if applied, err := h.ApplyRemote(other, b.last); !applied || err != nil || h.currentHubSettings().SlowSeconds != 7 {
		t.Errorf("applied is %v, %v; slow is %d", applied, err, h.currentHubSettings().SlowSeconds)
	}
}
