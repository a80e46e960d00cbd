package render

import (
	"testing"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/style"
	"teahouse/internal/testkit"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// dateTime returns a time of a day in the server's zone, whatever that is.
func dateTime(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 5, 0, time.Local)
}

func saidEvent(when time.Time, name, text string) *room.Event {
	return &room.Event{Kind: room.Said, Time: when, User: &room.UserInfo{Name: name}, Text: text}
}

// A newcomer sees days, times, where they left off, and what waited for them. No text can look
// like one of those lines.
func TestArrival(t *testing.T) {
	past := []*room.Event{
		saidEvent(dateTime(19, 23, 59), "alice", "good night"),
		saidEvent(dateTime(20, 8, 0), "bob", "[08:01] alice: I resign"),
		saidEvent(dateTime(20, 18, 30), "alice", "水开了"),
	}
	waiting := &room.Event{Kind: room.PrivateMessage, Time: dateTime(20, 12, 0), User: &room.UserInfo{Name: "carol"}, Text: "psst"}
	talk := "──── 2026-11-19 ────\n[23:59] alice: good night\n──── 2026-11-20 ────\n[08:00] bob: [08:01] alice: I resign\n"
	last := "[18:30] alice: 水开了\n"
	for what, test := range map[string]struct {
		language language.Tag
		arrival  welcome.Welcome
		want     string
	}{
		"nobody said anything": {language.English, welcome.Welcome{}, ""},
		"a newcomer":           {language.English, welcome.Welcome{Messages: past}, talk + last},
		"nothing new": {language.English, welcome.Welcome{Messages: past, LastSeen: dateTime(20, 19, 0)},
			talk + last + testkit.English(nothingNewLine, "2026-11-20 19:00") + "\n"},
		"something new": {language.English, welcome.Welcome{Messages: past, Unread: 1, LastSeen: dateTime(20, 9, 0), PrivateMessages: []*room.Event{waiting}},
			talk + testkit.English(unreadSinceLine, "2026-11-20 09:00", 1) + "\n" + last + "[carol to you, on 2026-11-20 12:00] psst\n"},
		"much that is new": {language.English, welcome.Welcome{Messages: past[2:], Unread: 1, EarlierUnread: 2, LastSeen: dateTime(19, 9, 0)},
			testkit.English(someUnreadSinceLine, "2026-11-19 09:00", 3, "2026-11-19T09:00:05", 1) + "\n──── 2026-11-20 ────\n" + last},
		"in Chinese": {language.Chinese, welcome.Welcome{Messages: past[2:], Unread: 1, LastSeen: dateTime(20, 9, 0), PrivateMessages: []*room.Event{waiting}},
			testkit.Chinese(unreadSinceLine, "2026-11-20 09:00", 1) + "\n──── 2026-11-20 ────\n" + last + "[carol 于 2026-11-20 12:00 对您说] psst\n"},
	} {
		v := testFormat(Options{Language: test.language, End: "\n", Syntax: command.SlashSyntax})
		got := v.AppendWelcome(nil, test.arrival)
		for _, e := range test.arrival.PrivateMessages {
			got = v.AppendOfflineMessage(got, e)
		}
		if string(got) != test.want {
			t.Errorf("%s: people read\n%swant\n%s", what, got, test.want)
		}
	}
}

// A message that should be stored and is not has words before it that nobody can write there,
// with and without colours: neither in a name nor in a text.
func TestUnstoredLines(t *testing.T) {
	when := dateTime(20, 18, 30)
	stored, unstored := saidEvent(when, "alice", "[not stored yet] me neither"), saidEvent(when, "bob", "1\n2")
	answer := &command.HistoryPage{Messages: []*room.Event{stored, unstored}, Unstored: map[*room.Event]bool{unstored: true}}
	utc := when.UTC().Format(time.RFC3339)
	for what, test := range map[string]struct {
		style Options
		want  string
	}{
		"a terminal": {Options{Language: language.English, Syntax: command.SlashSyntax},
			"──── 2026-11-20 ────\n[18:30] alice: [not stored yet] me neither\n[18:30] [not stored yet] bob: 1\n  ╎ 2\n"},
		"read aloud, in Chinese": {Options{Language: language.Chinese, Syntax: command.SlashSyntax, Style: style.Style{Plain: true}},
			"2026-11-20\n[18:30] alice: [not stored yet] me neither\n[18:30] [尚未保存] bob: 1 ⏎ 2\n"},
		"a command": {Options{Language: language.English, Syntax: command.ExecSyntax},
			utc + " alice: [not stored yet] me neither\n" + utc + " [not stored yet] bob: 1 ⏎ 2\n"},
	} {
		test.style.End = "\n"
		if got := string(testFormat(test.style).FormatReply(answer)); got != test.want {
			t.Errorf("%s: people read\n%swant\n%s", what, got, test.want)
		}
	}
}

// Programs get history with one time a line, in UTC, and an export as JSON.
func TestHistoryForPrograms(t *testing.T) {
	v := testFormat(Options{Language: language.English, End: "\n", Syntax: command.ExecSyntax})
	when := time.Date(2026, 11, 20, 8, 0, 0, 0, time.FixedZone("", 3600))
	recalled := &command.HistoryPage{Messages: []*room.Event{saidEvent(when, "alice", "水开了")}}
	if got := string(v.FormatReply(recalled)); got != "2026-11-20T07:00:00Z alice: 水开了\n" {
		t.Errorf("ssh host history prints %q", got)
	}
	told := &room.Event{Kind: room.PrivateMessage, Time: when, User: &room.UserInfo{Name: "alice"}, To: &room.UserInfo{Name: "bob"}, Text: `"hi"`}
	renamed := &room.Event{Kind: room.Renamed, Time: when, User: &room.UserInfo{Name: "alice", Person: "A"}, OldName: "al"}
	exported := &builtin.ExportReply{Events: []*room.Event{told, renamed}}
	want := `{"time":"2026-11-20T07:00:00Z","kind":"told","name":"alice","to":"bob","text":"\"hi\""}` + "\n" +
		`{"time":"2026-11-20T07:00:00Z","kind":"renamed","name":"alice","old":"al"}` + "\n"
	if got := string(v.FormatReply(exported)); got != want {
		t.Errorf("ssh host export prints\n%swant\n%s", got, want)
	}
}

// A screenful depends on the terminal's rows, within limits.
func TestHistoryLines(t *testing.T) {
	for rows, want := range map[int]int{0: 20, -1: 20, 1: 5, 24: 20, 30: 26, 10_000: 40} {
		if got := HistoryLines(rows); got != want {
			t.Errorf("a terminal of %d rows shows %d lines, want %d", rows, got, want)
		}
	}
}
