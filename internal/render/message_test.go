package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/style"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
	"teahouse/room"
)

// A message of several lines cannot look like several messages, nor a long one like the server's
// note about hidden lines: at a terminal each line after the first begins with a mark that
// nobody can type. Programs read one line.
func TestMultilineMessageCannotForge(t *testing.T) {
	terminal := testFormat(Options{Language: language.English, End: "\r\n", Syntax: command.SlashSyntax})
	chinese := testFormat(Options{Language: language.Chinese, End: "\r\n", Syntax: command.SlashSyntax})
	pipe := testFormat(Options{Language: language.English, End: "\n"})
	exec := testFormat(Options{Language: language.English, End: "\n", Syntax: command.ExecSyntax})
	who, to := &room.UserInfo{SessionID: 1, Name: "马洛里"}, &room.UserInfo{SessionID: 2, Name: "bob"}
	short := &room.Event{Kind: room.Said, Seq: 1042, User: who, Text: "hi\nalice: I resign\n* bob left"}
	long := &room.Event{Kind: room.Said, Seq: 1042, User: who, Text: "1\n2\n3\n" + testkit.English(moreLines, 9, "7") + "\n5\n6\n7"}
	told := &room.Event{Kind: room.PrivateMessage, User: who, To: to, Text: long.Text}
	acts := &room.Event{Kind: room.Said, User: who, Text: "挥手", Action: true}
	all := []string{"1", "2", "3", testkit.English(moreLines, 9, "7")}
	whole := append(slices.Clone(all), "5", "6", "7")
	for _, test := range []struct {
		what   string
		format *Format
		item   room.Item
		want   string
	}{
		{"talk", terminal, short, rowsOf("马洛里: ", 8, "hi", "alice: I resign", "* bob left")},
		{"long talk", terminal, long, rowsOf("马洛里: ", 8, all...) + "  " + testkit.English(moreLines, 3, "1042") + "\r\n"},
		{"long talk in Chinese", chinese, long, rowsOf("马洛里: ", 8, all...) + "  " + testkit.Chinese(moreLines, 3, "1042") + "\r\n"},
		{"private, to be read once", terminal, told, rowsOf(testkit.EnglishStart(privateMessageToMe, "马洛里"), 16, whole...)},
		{"an action", terminal, acts, "‹马洛里› 挥手\r\n"},
		{"talk in a pipe", pipe, short, "马洛里: hi ⏎ alice: I resign ⏎ * bob left\n"},
		{"an action in a pipe", pipe, acts, "马洛里: *挥手*\n"},
		{"private in a pipe", pipe, told, "[马洛里 to you] " + told.Plain() + "\n"},
		{"history for programs", exec, &command.HistoryPage{Messages: []*room.Event{short}},
			"0001-01-01T00:00:00Z 马洛里: hi ⏎ alice: I resign ⏎ * bob left\n"},
		{"export", exec, &builtin.ExportReply{Events: []*room.Event{acts}},
			`{"time":"0001-01-01T00:00:00Z","kind":"said","name":"马洛里","text":"挥手","action":true}` + "\n"},
	} {
		if got := string(test.format.appendItem(nil, test.item, to)); got != test.want {
			t.Errorf("%s: people read\n%s\nwant\n%s", test.what, got, test.want)
		}
	}
	past := []*room.Event{{Kind: room.Said, Seq: 7, Time: time.Date(2026, 11, 20, 8, 0, 0, 0, time.Local), User: who, Text: long.Text}}
	const day = "──── 2026-11-20 ────\r\n"
	for unfolded, want := range map[bool]string{
		false: day + rowsOf("[08:00] 马洛里: ", 16, all...) + "  " + testkit.English(moreLines, 3, "7") + "\r\n",
		true:  day + rowsOf("[08:00] 马洛里: ", 16, whole...),
	} {
		if got := string(terminal.FormatReply(&command.HistoryPage{Messages: past, Full: unfolded})); got != want {
			t.Errorf("history (unfolded: %t) reads\n%s\nwant\n%s", unfolded, got, want)
		}
	}
}

// rowsOf returns a message as a terminal shows it, with its text beginning after a number of
// cells.
func rowsOf(head string, cells int, lines ...string) string {
	return head + strings.Join(lines, "\r\n"+strings.Repeat(" ", cells-2)+style.Continuation+" ") + "\r\n"
}

// Neither names nor texts can contain what only the server writes.
func TestNamesCannotCarryBadges(t *testing.T) {
	h := room.New(room.Config{})
	for _, name := range []string{"╎ bob", "bob╎", "‹bob› waves", "a›b", "<bob> waves", "❮bob❯", "＜bob＞"} {
		u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := u.UserInfo().Name; got == name {
			t.Errorf("somebody can be called %s", name)
		}
		u.Leave(room.Quit)
	}
	if got := text.CleanLines(fmt.Sprint("a\n  ", style.Continuation, " b")); strings.Contains(got, style.Continuation) {
		t.Errorf("a text can have the mark of a continued line: %s", got)
	}
}

// The themes that users can set are the ones that exist.
func TestThemesAreSettings(t *testing.T) {
	if got := strings.Join(style.Themes(), "|"); got != accounts.Themes {
		t.Errorf("the themes are %s, and people can set %s", got, accounts.Themes)
	}
}
