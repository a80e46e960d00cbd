package render

import (
	"os"
	"strings"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/reply"
	"teahouse/room"
)

// The output of --json is as documented: each example line in docs/json.md is printed to the
// byte. A field that is removed or changes its meaning needs a new jsonVersion.
func TestJSONIsAsDocumented(t *testing.T) {
	document, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]bool{}
	for line := range strings.Lines(string(document)) {
		if strings.HasPrefix(line, "{") {
			examples[strings.TrimSuffix(line, "\n")] = false
		}
	}
	prints := func(lines []byte) {
		for line := range strings.Lines(string(lines)) {
			line = strings.TrimSuffix(line, "\n")
			if _, ok := examples[line]; !ok {
				t.Errorf("programs read a line that docs/json.md does not have:\n%s", line)
			}
			examples[line] = true
		}
	}
	for _, e := range sampleItems() {
		prints(testFormat(Options{End: "\n", Syntax: command.ExecSyntax}).AsJSON(e, "tea"))
	}
	now := eventTime()
	prints(GapLine(reply.NoReadMarker, now, "tea"))
	for _, advertise := range []string{"", "chat.example.org:2222"} {
		prints(EndLine(room.Stopping, advertise, "tea", now))
	}
	for line, printed := range examples {
		if !printed {
			t.Errorf("programs never read this line of docs/json.md:\n%s", line)
		}
	}
}

func eventTime() time.Time {
	return time.Date(2026, 11, 21, 18, 30, 0, 123456789, time.FixedZone("", 8*3600))
}

// sampleItems returns one item for each type of line.
func sampleItems() []room.Item {
	alice := &room.UserInfo{Name: "alice", Verified: true, Person: "SHA256:x"}
	in := func(e *room.Event) *room.Event {
		e.Seq, e.Time = 7, eventTime()
		return e
	}
	return []room.Item{
		in(&room.Event{Kind: room.Said, User: alice, Text: "make: *** [all] Error 1\n<2> lines"}),
		in(&room.Event{Kind: room.Said, User: alice, Text: "pours tea", Action: true}),
		in(&room.Event{Kind: room.Joined, User: alice}),
		in(&room.Event{Kind: room.Left, User: alice, Reason: room.HungUp}),
		in(&room.Event{Kind: room.Renamed, User: alice, OldName: "al"}),
		in(&room.Event{Kind: room.Announced, User: alice, Code: reply.TopicSet, Args: []any{"alice", "green or black?"}}),
		in(&room.Event{Kind: room.Announced, User: alice, Code: reply.TopicOff, Args: []any{"alice"}}),
		in(&room.Event{Kind: room.Announced, Code: reply.SlowOn, Args: []any{10}}),
		historyReply(in(&room.Event{Kind: room.Said, User: alice, Text: "is anybody there?"})),
		&room.BotCommand{Time: eventTime(), User: alice, Name: "deploy", Args: "staging now"},
		&room.LinesDropped{Time: eventTime(), Count: 40},
		&builtin.WhoReply{Users: []*room.UserInfo{alice, {Name: "bob", Away: true}, {Name: "robot", Verified: true, Bot: true}}},
		&builtin.RoomsReply{Rooms: []builtin.RoomInfo{{Name: "tea", Private: true, Members: 2, Topic: "green or black?"}}},
		room.NewNotice(reply.NoTopic),
		in(&room.Event{Kind: room.Forgot, User: alice}), // not shown
	}
}

// historyReply returns a page with a message that should be stored and is not.
func historyReply(line *room.Event) *command.HistoryPage {
	return &command.HistoryPage{Messages: []*room.Event{line}, Unstored: map[*room.Event]bool{line: true}}
}
