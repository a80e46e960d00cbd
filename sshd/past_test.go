package sshd

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"teahouse/look"
	"teahouse/room"
)

// at is a moment of a day in the server's zone, whatever that is.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 5, 0, time.Local)
}

func said(when time.Time, name, text string) *room.Event {
	return &room.Event{Kind: room.Said, Time: when, Who: &room.Who{Name: name}, Text: text}
}

// Who comes in sees days, times, where it left off, and what waited for it. No
// text can look like a line of that.
func TestArrival(t *testing.T) {
	past := []*room.Event{
		said(at(19, 23, 59), "alice", "good night"),
		said(at(20, 8, 0), "bob", "[08:01] alice: I resign"),
		said(at(20, 18, 30), "alice", "水开了"),
	}
	letter := &room.Event{Kind: room.Told, Time: at(20, 12, 0), Who: &room.Who{Name: "carol"}, Text: "psst"}
	talk := "──── 2026-11-19 ────\n[23:59] alice: good night\n──── 2026-11-20 ────\n[08:00] bob: [08:01] alice: I resign\n"
	last := "[18:30] alice: 水开了\n"
	for what, test := range map[string]struct {
		language language.Tag
		arrival  room.Arrival
		want     string
	}{
		"nobody said anything": {language.English, room.Arrival{}, ""},
		"a newcomer":           {language.English, room.Arrival{Past: past}, talk + last},
		"nothing new": {language.English, room.Arrival{Past: past, Left: at(20, 19, 0)},
			talk + last + "* You left on 2026-11-20 19:00; nothing was said since.\n"},
		"something new": {language.English, room.Arrival{Past: past, Unread: 1, Left: at(20, 9, 0), Letters: []*room.Event{letter}},
			talk + "* You left on 2026-11-20 09:00. Said since then (1):\n" + last + "[carol to you, on 2026-11-20 12:00] psst\n"},
		"much that is new": {language.English, room.Arrival{Past: past[2:], Unread: 1, Earlier: 2, Left: at(19, 9, 0)},
			"* You left on 2026-11-19 09:00. Said since then: 3. /history since 2026-11-19T09:00:05 shows all; these are the last 1:\n" +
				"──── 2026-11-20 ────\n" + last},
		"in Chinese": {language.Chinese, room.Arrival{Past: past[2:], Unread: 1, Left: at(20, 9, 0), Letters: []*room.Event{letter}},
			"* 您于 2026-11-20 09:00 离开，之后有 1 行：\n──── 2026-11-20 ────\n" + last + "[carol 于 2026-11-20 12:00 对您说] psst\n"},
	} {
		v := voiceOf(style{language: test.language, end: "\n", form: room.Slashed})
		got := v.arrival(nil, test.arrival)
		for _, e := range test.arrival.Letters {
			got = v.letter(got, e)
		}
		if string(got) != test.want {
			t.Errorf("%s:\n%swant\n%s", what, got, test.want)
		}
	}
}

// What is not stored, though it should be, has words before it that nobody can write
// there, in colours and without: not in a name, and not in a text.
func TestLinesThatAreNotStored(t *testing.T) {
	when := at(20, 18, 30)
	stored, unstored := said(when, "alice", "[not stored yet] me neither"), said(when, "bob", "1\n2")
	answer := &room.Event{Kind: room.Recalled, Past: []*room.Event{stored, unstored}, Unstored: map[*room.Event]bool{unstored: true}}
	utc := when.UTC().Format(time.RFC3339)
	for what, test := range map[string]struct {
		style style
		want  string
	}{
		"a terminal": {style{language: language.English, form: room.Slashed},
			"──── 2026-11-20 ────\n[18:30] alice: [not stored yet] me neither\n[18:30] [not stored yet] bob: 1\n  ╎ 2\n"},
		"read aloud, in Chinese": {style{language: language.Chinese, form: room.Slashed, look: look.Look{Plain: true}},
			"2026-11-20\n[18:30] alice: [not stored yet] me neither\n[18:30] [尚未保存] bob: 1 ⏎ 2\n"},
		"a command": {style{language: language.English, form: room.Exec},
			utc + " alice: [not stored yet] me neither\n" + utc + " [not stored yet] bob: 1 ⏎ 2\n"},
	} {
		test.style.end = "\n"
		if got := string(voiceOf(test.style).show(nil, answer, &room.Who{})); got != test.want {
			t.Errorf("%s:\n%swant\n%s", what, got, test.want)
		}
	}
}

// Programs get what was said with one time a line, in UTC, and what is kept of
// somebody as JSON.
func TestPastForPrograms(t *testing.T) {
	v := voiceOf(style{language: language.English, end: "\n", form: room.Exec})
	when := time.Date(2026, 11, 20, 8, 0, 0, 0, time.FixedZone("", 3600))
	recalled := &room.Event{Kind: room.Recalled, Past: []*room.Event{said(when, "alice", "水开了")}}
	if got := string(v.show(nil, recalled, &room.Who{})); got != "2026-11-20T07:00:00Z alice: 水开了\n" {
		t.Errorf("history prints %q", got)
	}
	told := &room.Event{Kind: room.Told, Time: when, Who: &room.Who{Name: "alice"}, To: &room.Who{Name: "bob"}, Text: `"hi"`}
	renamed := &room.Event{Kind: room.Renamed, Time: when, Who: &room.Who{Name: "alice", Key: "A"}, Old: "al"}
	exported := &room.Event{Kind: room.Exported, Past: []*room.Event{told, renamed}}
	want := `{"time":"2026-11-20T07:00:00Z","kind":"told","name":"alice","to":"bob","text":"\"hi\""}` + "\n" +
		`{"time":"2026-11-20T07:00:00Z","kind":"renamed","name":"alice","old":"al"}` + "\n"
	if got := string(v.show(nil, exported, &room.Who{})); got != want {
		t.Errorf("export prints\n%swant\n%s", got, want)
	}
}

// A screenful is what a terminal has rows for, within reason.
func TestScreenful(t *testing.T) {
	for rows, want := range map[int]int{0: 20, -1: 20, 1: 5, 24: 20, 30: 26, 10_000: 40} {
		if got := screenful(rows); got != want {
			t.Errorf("a terminal of %d rows shows %d lines, want %d", rows, got, want)
		}
	}
}

// Talk is made ready in pieces of few lines and of little text, whoever said what: one
// that is not read is held.
func TestPiecesOfTalk(t *testing.T) {
	talk := func(texts ...int) (past []*room.Event) {
		for _, n := range texts {
			past = append(past, &room.Event{Kind: room.Said, Text: strings.Repeat("x", n)})
		}
		return past
	}
	for name, tc := range map[string]struct {
		past []*room.Event
		want []int // lines of each piece
	}{
		"nothing":          {nil, nil},
		"short lines":      {talk(slices.Repeat([]int{10}, 2*pieceLines+1)...), []int{pieceLines, pieceLines, 1}},
		"long lines":       {talk(slices.Repeat([]int{4096}, 9)...), []int{4, 4, 1}},
		"one that is huge": {talk(1, 2*pieceText, 1, 1), []int{1, 1, 2}},
	} {
		var got []int
		for p := range pieces(tc.past) {
			got = append(got, len(p))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: pieces of %d lines, want %d", name, got, tc.want)
		}
	}
}
