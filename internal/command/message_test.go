package command_test

import (
	"strings"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Only the first line of a message can make it a command, and a command that takes a text takes all
// of it. Names and reasons are one line.
func TestMessagesOfSeveralLines(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Read(t, root)
	for _, step := range []struct{ line, want string }{
		{"诗：\n床前明月光\n\n疑是地上霜\n", "root: 诗：\n床前明月光\n\n疑是地上霜"},
		{"hello\n/quit", "root: hello\n/quit"},
		{"//etc\n//fstab", "root: /etc\n//fstab"},
		{"/say\n  a\n  b", "root: a\n  b"},
		{"/msg bob\none\n two", "root>bob: one\n two"},
		{"/msg bob one\ntwo", "root>bob: one\ntwo"},
		{"/msg \"bob\" one\ntwo", "root>bob: one\ntwo"},
		{"/who\nis here", "here: root,bob"},
		{"who\nis here", "root: who\nis here"},
		{"/nick a\nb", "~ " + i18n.English(string(reply.NameNotAllowed))},
		{"/ who", "~ " + testkit.English(reply.UnknownSlashCommand, "/")},
		{"/topic one\n* two", "root>all"},
	} {
		got := roomtest.Does(t, root, step.line)
		if step.want == "root>all" {
			if strings.Contains(got, "\n") || !strings.Contains(got, "one * two") {
				t.Errorf("%q: %q", step.line, got)
			}
			continue
		}
		if got != step.want {
			t.Errorf("%q: %q, want %q", step.line, got, step.want)
		}
	}
	root.HandleLine("to|bob|一\n二", command.PipeSyntax)
	if got := roomtest.Read(t, root); got != "root>bob: 一\n二" {
		t.Errorf("the original command: %q", got)
	}
	root.HandleLine("/kick bob one\ntwo", roomtest.AnyForm)
	if got := roomtest.Read(t, bob); strings.Contains(got[strings.Index(got, "An operator"):], "\n") {
		t.Errorf("bob reads %q", got)
	}
}

// As one line, no part of a message looks like a separate line.
func TestPlain(t *testing.T) {
	for want, e := range map[string]*room.Event{
		"one":                       {Text: "one"},
		"一 ⏎  ⏎ bob: two":           {Text: "一\n\nbob: two"},
		"*waves*":                   {Text: "waves", Action: true},
		"hi ⏎ [127.0.0.1:1]bob:bye": {Text: "hi\n[127.0.0.1:1]bob:bye"},
	} {
		if got := e.Plain(); got != want {
			t.Errorf("%q as one line is %q, want %q", e.Text, got, want)
		}
	}
}

// A message that a door has shortened can be read in full by its number: if the room remembers it,
// before and after a restart, or if it is still to be read, even if it was erased or its sender is
// ignored.
func TestMoreOfAMessage(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}, Messages: roomtest.NewFakeMessageStore()})
	h.LoadHistory(room.Lobby, []*room.Event{{Kind: room.Said, User: &room.UserInfo{Name: "old"}, Text: "从前\n有座山"}, {Kind: room.Said, User: &room.UserInfo{Name: "old"}, Text: "later"}}, time.Time{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	bob.HandleLine("one\ntwo", 0)
	roomtest.Read(t, alice)
	for _, step := range []struct{ line, lines, sentence string }{
		{"/more 1", "old: 从前\n有座山", ""},
		{"/more 5", "bob: one\ntwo", ""},
		{"/more 0", "", testkit.English(reply.NoMessage, "0")},
		{"/more 3", "", testkit.English(reply.NoMessage, "3")}, // alice entered
		{"/more 99", "", testkit.English(reply.NoMessage, "99")},
		{"/more 二", "", testkit.English(reply.NoMessage, "二")},
		{"/more", "", testkit.English(reply.NoMore)},
	} {
		if lines, sentence := roomtest.Query(t, alice, step.line); lines != step.lines || sentence != step.sentence {
			t.Errorf("%s: %q, %q", step.line, lines, sentence)
		}
	}
	roomtest.Does(t, bob, "/forget me yes")
	roomtest.Read(t, alice)
	if lines, _ := roomtest.Query(t, alice, "/more 5"); lines != "" {
		t.Errorf("of an erased message: %q", lines)
	}
	bob.HandleLine("three\nfour", 0)
	roomtest.Does(t, alice, "/ignore bob")
	if lines, _ := roomtest.Query(t, alice, "/more 7"); lines != "" {
		t.Errorf("of somebody ignored: %q", lines)
	}
}

// In a room without a history, messages since the user entered can be read in full.
func TestMoreWithoutMemory(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	alice.HandleLine("one\ntwo", 0)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Read(t, alice)
	roomtest.Read(t, bob)
	if lines, _ := roomtest.Query(t, alice, "/more 2"); lines != "alice: one\ntwo" {
		t.Errorf("alice: %q", lines)
	}
	if lines, _ := roomtest.Query(t, bob, "/more 2"); lines != "" {
		t.Errorf("bob, who entered later: %q", lines)
	}
}

// An action is a message of another kind, on one line, with the same limits.
func TestMe(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}})
	alice, bob := roomtest.Enter(t, h, roomtest.At("爱丽丝", "A")), roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Read(t, bob)
	alice.HandleLine("/me 挥手\nbob: hi", command.SlashSyntax)
	if e := bob.Take(make([]room.Item, 0, 1))[0]; roomtest.EventOf(e).Kind != room.Said || !roomtest.EventOf(e).Action || roomtest.EventOf(e).Text != "挥手 bob: hi" {
		t.Errorf("bob reads %+v", e)
	}
	if _, err := roomtest.Command(t, h, "A", "me", "waves"); err != nil {
		t.Error(err)
	}
	roomtest.Expect(t, bob, "爱丽丝: waves")
	if got := roomtest.Does(t, alice, "/me \u200b"); got != "~ "+testkit.English(reply.TextEmpty) {
		t.Errorf("nothing: %s", got)
	}
	if lines, _ := roomtest.Query(t, bob, "/history"); lines != "爱丽丝: 挥手 bob: hi; 爱丽丝: waves" {
		t.Errorf("history: %s", lines)
	}
}
