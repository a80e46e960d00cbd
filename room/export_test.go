package room

import (
	"slices"
	"testing"
)

// An export has all that is written of the person, and nothing of others.
func TestExportHasWhatIsWritten(t *testing.T) {
	h := NewHub()
	h.Messages = newFakeMessageStore() // without one nothing that was typed is kept
	alice := enter(t, h, at("alice", "A"))
	bob := enter(t, h, at("bob", "B"))
	link(t, alice, "A2")
	for _, line := range []string{"/nick 张三", "/lang zh", "/ignore bob", "/join #tea"} {
		does(t, alice, line)
	}
	does(t, bob, "/set clock 12")
	typesAndLeaves(alice, "hello")
	v, _, err := h.Exec(at("x", "A2"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := v.RunCommand([]string{"export"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range e.(*ExportReply).Records {
		got = append(got, row.Table)
	}
	slices.Sort(got)
	want := []string{"ignored", "keys", "names", "names", "rooms", "settings", "typed"}
	if !slices.Equal(got, want) {
		t.Errorf("it has %q, want %q", got, want)
	}
}
