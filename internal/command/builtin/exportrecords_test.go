package builtin_test

import (
	"slices"
	"testing"

	"teahouse/internal/command/builtin"
	"teahouse/internal/ids"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// An export has all records of a person, and nothing of others.
func TestExportHasAllRecords(t *testing.T) {
	h := room.New(room.Config{Messages: roomtest.NewFakeMessageStore()}) // without a store there is no input history
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Link(t, alice, "A2")
	for _, line := range []string{"/nick 张三", "/lang zh", "/ignore bob", "/join #tea"} {
		roomtest.Does(t, alice, line)
	}
	roomtest.Does(t, bob, "/set clock 12")
	roomtest.TypeAndLeave(alice, "hello")
	for _, test := range []struct {
		who, key string
		want     []string
	}{
		{"alice, by her second key", "A2", []string{"ignorelists", "inputhistories", "keys", "names", "names", "rooms", "settings"}},
		{"bob", "B", []string{"names", "settings"}},
	} {
		e, err := roomtest.Command(t, h, ids.Fingerprint(test.key), "export")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range e.(*builtin.ExportReply).Records {
			got = append(got, row.Table)
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("of %s the export has %q, want %q", test.who, got, test.want)
		}
	}
}
