package command_test

import (
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
)

// Each command has a help text without placeholders, and an example of that command with all
// required parameters.
func TestHelpTexts(t *testing.T) {
	for _, c := range command.All() {
		words := strings.Fields(c.Example)
		if len(words) <= c.MinParams || words[0] != c.Names[0] {
			t.Errorf("the example of %s is %q", c.Names[0], c.Example)
		}
		for _, said := range []reply.Sentence{c.HelpSentence(), c.ExplanationSentence(command.SlashSyntax), c.ExplanationSentence(command.ExecSyntax)} {
			if text := i18n.English(string(said.Code)); text == "" || strings.Contains(text, "%") {
				t.Errorf("help says %q of %s", text, c.Names[0])
			}
		}
	}
}

// Two commands cannot share a name, and none may lack a required field.
func TestRegisterRefuses(t *testing.T) {
	whole := func(change func(*command.Command)) *command.Command {
		c := *command.Find("who", command.SlashSyntax)
		c.Names = []string{"nobodys-command"}
		change(&c)
		return &c
	}
	for what, c := range map[string]*command.Command{
		"a name that is taken":   whole(func(c *command.Command) { c.Names = append(c.Names, "exit") }),
		"nothing that it does":   whole(func(c *command.Command) { c.Run = nil }),
		"no example":             whole(func(c *command.Command) { c.Example = "" }),
		"no syntax":              whole(func(c *command.Command) { c.Syntaxes = 0 }),
		"nothing on who reads":   whole(func(c *command.Command) { c.Visibility = 0 }),
		"no words in a language": whole(func(c *command.Command) { c.Help[1] = "" }),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a command with %s is registered", what)
				}
			}()
			command.Register(c)
		}()
	}
}

// /help explains a command by any of its names, in the form in which the user would write it.
func TestHelpOfACommand(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	says := testkit.English("explain-nick")
	for _, line := range []string{"/help nick", "/help /nick", "/help rename", "/help NICK"} {
		if got := roomtest.Does(t, root, line); got != "~ "+testkit.English(reply.Usage, "/nick NAME")+" | "+says+" | "+testkit.English(reply.HelpExample, "/nick 小明") {
			t.Errorf("%s: %s", line, got)
		}
	}
	if got := roomtest.Does(t, root, "/help ban"); !strings.HasPrefix(got, "~ "+testkit.English(reply.Usage, "/ban NAME [TIME] [WHY]")+" | "+testkit.English("explain-ban")) {
		t.Errorf("/help ban: %s", got)
	}
	if got := roomtest.Does(t, root, "/help nonsense"); got != "~ "+testkit.English(reply.UnknownSlashCommand, "/nonsense") {
		t.Errorf("/help nonsense: %s", got)
	}
	e, err := roomtest.Command(t, h, "", "help", "msg")
	if err != nil || !strings.HasPrefix(roomtest.Describe(e), "~ "+testkit.English(reply.Usage, "to NAME TEXT")+" | ") || !strings.Contains(roomtest.Describe(e), "| "+testkit.English(reply.HelpExample, "msg bob tea at six?")+" | "+testkit.English(reply.HelpFlags)) {
		t.Errorf("as a command: %s, %v", roomtest.Describe(e), err)
	}
}

// A slightly mistyped command is recognized, if the user may use that command there.
func TestMistypedCommands(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
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
		if got := roomtest.Does(t, bob, "/"+typed); got != meant {
			t.Errorf("/%.20s: %.100s", typed, got)
		}
	}
	if got := roomtest.Does(t, root, "/bna bob"); got != "~ "+testkit.English(reply.UnknownSlashMeant, "/bna", "/ban") {
		t.Errorf("an operator: %s", got)
	}
}

// A mistyped bot command is recognized, too.
func TestMistypedBotCommand(t *testing.T) {
	h, _, alice := roomtest.HubWithBot(t)
	for typed, want := range map[string]string{
		"/delpoy now": "~ " + testkit.English(reply.UnknownSlashMeant, "/delpoy", "/deploy"),
		"/help deplo": "~ " + testkit.English(reply.UnknownSlashMeant, "/deplo", "/deploy"),
		"/hlep":       "~ " + testkit.English(reply.UnknownSlashMeant, "/hlep", "/help"),
	} {
		if got := roomtest.Does(t, alice, typed); got != want {
			t.Errorf("%s: %s", typed, got)
		}
	}
	_, err := roomtest.Command(t, h, "A", "deplyo")
	if roomtest.Refuses(t, "as a command", err, reply.UnknownMeant); err != nil && !strings.HasSuffix(err.Error(), testkit.EnglishPart(reply.UnknownMeant, 1)+"deploy"+testkit.EnglishPart(reply.UnknownMeant, 2)) {
		t.Error(err)
	}
}
