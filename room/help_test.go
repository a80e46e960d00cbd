package room

import (
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Each command has a lesson, with an example that is that command and has as many
// parameters as it must; and each lesson a command.
func TestHelpTexts(t *testing.T) {
	all := helpTexts()
	for _, c := range commands() {
		l := all[c.Names[0]]
		words := strings.Fields(l.example)
		if l.text == "" || len(words) <= c.MinParams || words[0] != c.Names[0] {
			t.Errorf("%s: %q, as in %q", c.Names[0], l.text, l.example)
		}
		delete(all, c.Names[0])
	}
	for name := range all {
		t.Errorf("%s is no command", name)
	}
}

// People learn what a command does, in the form in which they write it, by any of
// its names.
func TestHelpOfACommand(t *testing.T) {
	h, root := ordered(t)
	says := testkit.English("explain-nick")
	for _, line := range []string{"/help nick", "/help /nick", "/help rename", "/help NICK"} {
		if got := does(t, root, line); got != "~ Usage: /nick NAME | "+says+" | Example: /nick 小明" {
			t.Errorf("%s: %s", line, got)
		}
	}
	if got := does(t, root, "/help ban"); !strings.HasPrefix(got, "~ Usage: /ban NAME [TIME] [WHY] | "+testkit.English("explain-ban")) {
		t.Errorf("/help ban: %s", got)
	}
	if got := does(t, root, "/help nonsense"); got != "~ "+testkit.English(reply.UnknownSlashCommand, "/nonsense") {
		t.Errorf("/help nonsense: %s", got)
	}
	e, err := command(t, h, "", "help", "msg")
	if err != nil || !strings.HasPrefix(describe(e), "~ Usage: to NAME TEXT | ") || !strings.Contains(describe(e), "| Example: msg bob tea at six? | "+testkit.English(reply.HelpFlags)) {
		t.Errorf("as a command: %s, %v", describe(e), err)
	}
}

// A command that is mistyped a little is known for what it was to be: one that
// its user may use, there.
func TestMistypedCommands(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("bob", ""))
	for typed, want := range map[string]string{
		"hsitory": "history", "histroy": "history", "serach": "search", "hlp": "help", "WHO": "who", "wo": "who", "mgs": "msg",
		"quti": "quit", "exti": "exit", "renmae": "rename", "unignroe": "unignore",
		"": "", "x": "", "历史": "", "nonsense": "", "bna": "", "export": "", "hiiissstory": "",
		strings.Repeat("history", 1000): "",
	} {
		meant := "~ " + testkit.English(reply.UnknownSlashMeant, "/"+typed, "/"+want)
		if want == "" {
			meant = "~ " + testkit.English(reply.UnknownSlashCommand, "/"+typed)
		}
		if got := does(t, bob, "/"+typed); got != meant {
			t.Errorf("/%.20s: %.100s", typed, got)
		}
	}
	if got := does(t, root, "/bna bob"); got != "~ "+testkit.English(reply.UnknownSlashMeant, "/bna", "/ban") {
		t.Errorf("an operator: %s", got)
	}
}

// A command of a bot may be the one that was meant, too.
func TestMistypedBotCommand(t *testing.T) {
	h, _, alice := automated(t)
	for typed, want := range map[string]string{
		"/delpoy now": "~ " + testkit.English(reply.UnknownSlashMeant, "/delpoy", "/deploy"),
		"/help deplo": "~ " + testkit.English(reply.UnknownSlashMeant, "/deplo", "/deploy"),
		"/hlep":       "~ " + testkit.English(reply.UnknownSlashMeant, "/hlep", "/help"),
	} {
		if got := does(t, alice, typed); got != want {
			t.Errorf("%s: %s", typed, got)
		}
	}
	_, err := command(t, h, "A", "deplyo")
	if refuses(t, "as a command", err, reply.UnknownMeant); err != nil && !strings.HasSuffix(err.Error(), testkit.EnglishPart(reply.UnknownMeant, 1)+"deploy"+testkit.EnglishPart(reply.UnknownMeant, 2)) {
		t.Error(err)
	}
}
