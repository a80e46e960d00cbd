package layout

import (
	"slices"
	"testing"

	"teahouse/internal/records"
)

// A process that moves records to a table with a new name may be killed at any time. Whatever it
// leaves, each record is there once, as it was stored last, and none that was deleted.
func TestLiveUpgraded(t *testing.T) {
	t.Parallel()
	before, now := RecordID{Table: "typed", Key: "alice"}.SubjectIn(records.Personal), RecordID{Table: "inputhistories", Key: "alice"}.Subject()
	other := RecordID{Table: "settings", Key: "alice"}.Subject()
	for name, test := range map[string]struct {
		stored [][2]string // subjects and data
		want   string
	}{
		"of an older version":         {[][2]string{{before, "1"}}, "1"},
		"copied":                      {[][2]string{{before, "1"}, {now, "1"}}, "1"},
		"moved":                       {[][2]string{{before, "1"}, {now, "1"}, {before, ""}}, "1"},
		"changed since":               {[][2]string{{before, "1"}, {now, "1"}, {before, ""}, {now, "2"}}, "2"},
		"deleted since":               {[][2]string{{before, "1"}, {now, "1"}, {before, ""}, {now, ""}}, ""},
		"deleted, and a marker gone":  {[][2]string{{before, "1"}, {now, "1"}, {now, ""}}, ""},
		"by a node that was cut off":  {[][2]string{{before, "1"}, {now, "1"}, {before, ""}, {before, "2"}}, "2"},
		"that node, after a deletion": {[][2]string{{now, ""}, {before, "2"}}, "2"},
		"deleted by an older version": {[][2]string{{before, "1"}, {before, ""}}, ""},
	} {
		r := PartitionBucket(records.Personal).NewReader()
		r.Add(Message{Seq: 1, Subject: other, Data: []byte("0")})
		for i, m := range test.stored {
			r.Add(Message{Seq: uint64(i + 2), Subject: m[0], Data: []byte(m[1])})
		}
		c, err := r.Finish()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range c.LiveUpgraded() {
			got = append(got, m.Subject+" "+string(m.Data))
		}
		want := []string{other + " 0"}
		if test.want != "" {
			want = append(want, now+" "+test.want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: there is %q, want %q", name, got, want)
		}
	}
}
