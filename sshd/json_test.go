package sshd

import (
	"os"
	"strings"
	"testing"
	"time"

	"teahouse/room"
)

// What programs read with --json is what docs/json.md says: each line of its examples
// is what is printed, to the byte. A field that goes or means something else needs
// another jsonVersion.
func TestJSONIsAsDocumented(t *testing.T) {
	document, err := os.ReadFile("../docs/json.md")
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
				t.Errorf("this is not documented:\n%s", line)
			}
			examples[line] = true
		}
	}
	for _, e := range happened() {
		prints(voiceOf(style{end: "\n", form: room.Exec}).asJSON(e, "tea"))
	}
	now := &room.Event{Time: moment()}
	prints(jsonLine(gapJSON{place("gap", now, "tea"), gapReason(room.NoPlace)}))
	for _, advertise := range []string{"", "chat.example.org:2222"} {
		prints(jsonLine(endJSON{place("end", now, "tea"), room.Stopping, advertise}))
	}
	for line, printed := range examples {
		if !printed {
			t.Errorf("this is documented, but not printed:\n%s", line)
		}
	}
}

func moment() time.Time {
	return time.Date(2026, 11, 21, 18, 30, 0, 123456789, time.FixedZone("", 8*3600))
}

// happened returns one event for each type of line.
func happened() []*room.Event {
	alice := &room.Who{Name: "alice", Verified: true, Key: "SHA256:x"}
	in := func(e *room.Event) *room.Event {
		e.Seq, e.Time = 7, moment()
		return e
	}
	return []*room.Event{
		in(&room.Event{Kind: room.Said, Who: alice, Text: "make: *** [all] Error 1\n<2> lines"}),
		in(&room.Event{Kind: room.Said, Who: alice, Text: "pours tea", Action: true}),
		in(&room.Event{Kind: room.Joined, Who: alice}),
		in(&room.Event{Kind: room.Left, Who: alice, Reason: room.HungUp}),
		in(&room.Event{Kind: room.Renamed, Who: alice, Old: "al"}),
		in(&room.Event{Kind: room.Announced, Who: alice, Phrase: room.TopicSet, Args: []any{"alice", "green or black?"}}),
		in(&room.Event{Kind: room.Announced, Who: alice, Phrase: room.TopicOff, Args: []any{"alice"}}),
		in(&room.Event{Kind: room.Announced, Phrase: room.SlowOn, Args: []any{10}}),
		recalled(in(&room.Event{Kind: room.Said, Who: alice, Text: "is anybody there?"})),
		{Time: moment(), Kind: room.Commanded, Who: alice, Text: "staging now", Args: []any{"deploy"}},
		{Time: moment(), Kind: room.Missed, Phrase: room.LinesMissed, Args: []any{uint64(40)}},
		{Kind: room.Listed, Online: []*room.Who{alice, {Name: "bob", Away: true}, {Name: "robot", Verified: true, Bot: true}}},
		{Kind: room.Answered, Rooms: []room.RoomInfo{{Name: "tea", Private: true, People: 2, Topic: "green or black?"}}},
		{Kind: room.Noticed, Phrase: room.NoTopic},
		in(&room.Event{Kind: room.Forgot, Who: alice}), // of which nobody reads
	}
}

// recalled returns an answer with a line that is not stored, though it should be.
func recalled(line *room.Event) *room.Event {
	return &room.Event{Kind: room.Recalled, Past: []*room.Event{line}, Unstored: map[*room.Event]bool{line: true}}
}
