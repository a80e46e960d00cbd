package render

import (
	"fmt"
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/testkit"
	"teahouse/room"
)

// A crowd that joins is one line; a few users are a line each.
func TestJoinsAreSummarized(t *testing.T) {
	v := testFormat(Options{Language: language.English, End: "\n"})
	moves := func(kind room.EventKind, from, to int) (events []*room.Event) {
		for i := from; i <= to; i++ {
			events = append(events, &room.Event{Kind: kind, User: &room.UserInfo{SessionID: uint64(i), Name: fmt.Sprint("u", i)}})
		}
		return events
	}
	self := &room.UserInfo{SessionID: 100}
	said := &room.Event{Kind: room.Said, User: &room.UserInfo{Name: "u1"}, Text: "hi"}
	tests := []struct {
		what   string
		events []*room.Event
		want   string
	}{
		{"nobody", nil, ""},
		{"a few", moves(room.Joined, 1, 3), "* u1 joined\n* u2 joined\n* u3 joined\n"},
		{"a crowd", moves(room.Joined, 1, 43), testkit.English(manyJoinedLine, "u1, u2", 41) + "\n"},
		{"a crowd that talks", append(append(moves(room.Joined, 1, 6), said), moves(room.Left, 1, 6)...),
			testkit.English(manyJoinedLine, "u1, u2", 4) + "\nu1: hi\n" + testkit.English(manyLeftLine, "u1, u2", 4) + "\n"},
		{"one who leaves as a crowd comes", append(moves(room.Left, 9, 9), moves(room.Joined, 1, 6)...),
			testkit.English(manyJoinedLine, "u1, u2", 4) + "\n* u9 left\n"},
		{"two who leave as a crowd comes", append(moves(room.Left, 8, 9), moves(room.Joined, 1, 6)...),
			testkit.English(manyJoinedLine, "u1, u2", 4) + "\n* u8 left\n* u9 left\n"},
		{"a few who come before they talk", append(moves(room.Joined, 1, 2), said), "* u1 joined\n* u2 joined\nu1: hi\n"},
		{"oneself before a crowd", moves(room.Joined, 100, 106), "* u100 joined\n" + testkit.English(manyJoinedLine, "u101, u102", 4) + "\n"},
		{"oneself in a crowd", moves(room.Joined, 94, 101), testkit.English(manyJoinedLine, "u94, u95", 4) + "\n* u100 joined\n* u101 joined\n"},
	}
	for _, test := range tests {
		if got := string(v.AppendItems(nil, itemsOf(test.events), self)); got != test.want {
			t.Errorf("%s: people read\n%swant\n%s", test.what, got, test.want)
		}
	}
}

func itemsOf(events []*room.Event) (items []room.Item) {
	for _, e := range events {
		items = append(items, e)
	}
	return items
}
