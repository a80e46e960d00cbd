package room_test

import (
	"testing"
	"time"

	"teahouse/internal/command/builtin"
	"teahouse/internal/ids"
	"teahouse/internal/records"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A toast is a record of a table that only this test has.
type toast struct {
	Text string `json:"text"`
}

// withToasts registers a table of toasts, by person.
func withToasts(h *room.Hub) *records.Table[ids.Account, toast] {
	toasts := &records.Table[ids.Account, toast]{
		Name: "toasts", Partition: records.Personal,
		Sanitize: func(*toast, string, time.Time) error { return nil },
	}
	toasts.Merge = toasts.Move
	toasts.Owned = records.OwnedByKey(toasts)
	roomtest.Peek(h).Tables.Register(toasts)
	return toasts
}

// A new table is one registration: its records are loaded at the start, learned from other nodes,
// moved when a key is linked, exported, and stored again if the store lost them.
func TestNewTable(t *testing.T) {
	h := roomtest.NewFakeRecordStore().NewHub(room.Config{})
	toasts := withToasts(h)
	if err := h.Load([]records.Record{{Table: "toasts", Key: "B", Value: []byte(`{"text":"tea"}`)}}); err != nil {
		t.Fatal(err)
	}
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	if _, err := h.ApplyRemote(records.Record{Table: "toasts", Key: "C", Value: []byte(`{"text":"mate"}`)}, 1000); err != nil {
		t.Fatal(err)
	}
	if toasts.Get("B").Text != "tea" || toasts.Get("C").Text != "mate" {
		t.Errorf("the toasts are %v and %v", toasts.Get("B"), toasts.Get("C"))
	}
	roomtest.Link(t, alice, "B")
	hasToast := func(all []records.Record) bool {
		for _, r := range all {
			if r.Table == "toasts" && r.Key == "A" && string(r.Value) == `{"text":"tea"}` {
				return true
			}
		}
		return false
	}
	exported, err := roomtest.Command(t, h, "A", "export")
	if err != nil {
		t.Fatal(err)
	}
	if own := exported.(*builtin.ExportReply).Records; !hasToast(own) {
		t.Errorf("alice's export has %s", own)
	}
	if all := h.StoredRecords(records.Personal); !hasToast(all) {
		t.Errorf("stored again are %s", all)
	}
}

// A record from another node is not applied if this node has written it since the store was asked
// for a later value.
func TestApplyRemoteRevision(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	root := roomtest.EnterRoot(t, h)
	revision := b.Last
	roomtest.Does(t, root, "/slow 5")
	other := records.Record{Table: "serversettings", Key: "all", Value: []byte(`{"slow":7}`)}
	if applied, err := h.ApplyRemote(other, revision); applied || err != nil || h.Settings().SlowSeconds != 5 {
		t.Errorf("applied is %v, %v; slow is %d", applied, err, h.Settings().SlowSeconds)
	}
	if applied, err := h.ApplyRemote(other, b.Last); !applied || err != nil || h.Settings().SlowSeconds != 7 {
		t.Errorf("applied is %v, %v; slow is %d", applied, err, h.Settings().SlowSeconds)
	}
}
