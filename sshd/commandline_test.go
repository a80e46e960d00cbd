package sshd

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// A misspelt flag, an extra word and an open quote are reported, and nothing is said aloud.
func TestInvalidCommandLines(t *testing.T) {
	h := startServer(t, nil)
	bob := startSession(t, h.dial(t, "bob"), false)
	bob.expectLine("* bob joined")
	client := h.dial(t, "carol")
	const flags = " [--json] [--room ROOM] [--] ...\n"
	for command, want := range map[string]string{
		"say --rom '#tea' secret":  testkit.English(reply.UnknownFlag, "--rom", "say"+flags),
		"--rom tea say secret":     testkit.English(reply.UnknownFlag, "--rom", "COMMAND"+flags),
		"say --json=yes secret":    testkit.English(reply.UnknownFlag, "--json", "say"+flags),
		"to --rom tea bob secret":  testkit.English(reply.UnknownFlag, "--rom", "to"+flags),
		"history --sinc 1h":        testkit.English(reply.UnknownFlag, "--sinc", "history"+flags),
		"search a word --jso":      testkit.English(reply.UnknownFlag, "--jso", "search"+flags),
		"who --since 1h":           testkit.English(reply.UnknownFlag, "--since", "who"+flags),
		"--since 1h who":           testkit.English(reply.UnknownFlag, "--since", "who"+flags),
		"who --room":               testkit.English(reply.FlagNeedsValue, "--room", "who"+flags),
		"say --room= secret":       testkit.English(reply.FlagNeedsValue, "--room", "say"+flags),
		"say --room --json secret": testkit.English(reply.FlagNeedsValue, "--room", "say"+flags),
		"follow --since":           testkit.English(reply.FlagNeedsValue, "--since", "follow [--json] [--room ROOM] [--since ID|last|TIME]") + "\n",
		"follow --bogus":           testkit.English(reply.UnknownFlag, "--bogus", "follow [--json] [--room ROOM] [--since ID|last|TIME]") + "\n",
		"follow --since 1h secret": "Usage: follow [--json] [--room ROOM] [--since ID|last|TIME]\n",
		"who extra":                "Usage: who\n",
		"rooms --json extra":       "Usage: rooms\n",
		"say 'secret":              testkit.English(reply.UnclosedQuote) + "\n",
		`say "secret`:              testkit.English(reply.UnclosedQuote) + "\n",
		`say it's a "secret`:       testkit.English(reply.UnclosedQuote) + "\n",
		"say this\n'secret":        testkit.English(reply.UnclosedQuote) + "\n",
		"follow --since yesterday": testkit.EnglishExec(reply.InvalidTime) + "\n",
	} {
		if out, errs, code := run(t, client, command); out != "" || errs != want || code != exitUsage {
			t.Errorf("ssh host %s prints %q, says %q and exits with %d; want %q and %d", command, out, errs, code, want, exitUsage)
		}
	}
	for _, command := range []string{"say -- --rom said", "say a --rom said", "say it is the dog's, said"} {
		if out, errs, code := run(t, client, command); out != "" || errs != "" || code != exitOK {
			t.Errorf("ssh host %s prints %q, says %q and exits with %d, want nothing and %d", command, out, errs, code, exitOK)
		}
	}
	run(t, client, "say the end")
	heard := bob.expectLine("the end")
	if strings.Contains(heard, "secret") || !strings.Contains(heard, "carol: --rom said") || !strings.Contains(heard, "carol: it is the dog's, said") {
		t.Errorf("bob reads, and should read no secrets, but both lines after --:\n%s", heard)
	}
}

// Commands that look something up take flags at the end, as other programs do, and -- before
// words that look like flags.
func TestTrailingFlags(t *testing.T) {
	h := startServer(t, func(s *Server) { s.Hub = room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 10}}) })
	client := h.dial(t, "carol")
	run(t, client, "say -- --json is a flag")
	for command, json := range map[string]bool{
		"history 1 --json":                     true,
		"history 1 --room lobby --json":        true,
		"search flag --json":                   true,
		"search --json -- --json flag":         true,
		"search -- --json":                     false,
		"search --room lobby flag -- --json a": false,
	} {
		out, errs, code := run(t, client, command)
		if !strings.Contains(out, "--json is a flag") || strings.HasPrefix(out, "{") != json || errs != "" || code != exitOK {
			t.Errorf("ssh host %s prints %q, says %q and exits with %d; want the message, as JSON: %v", command, out, errs, code, json)
		}
	}
}

// A message may have several lines, in quotes or not.
func TestSayLines(t *testing.T) {
	h := startServer(t, func(s *Server) { s.Hub = room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 10}}) })
	client := h.dial(t, "carol")
	for _, test := range []struct{ command, said string }{
		{"say multi\nline", "multi\nline"},
		{"say 'multi\nline'", "multi\nline"},
		{"say --json\na b\n\nc d\n", "a b\n\nc d"},
		{"say it is\nthe dog's", "it is\nthe dog's"},
		{"say --room lobby -- \n--this", "--this"},
		{"\nsay\nthat", "that"},
	} {
		if out, errs, code := run(t, client, test.command); out != "" || errs != "" || code != exitOK {
			t.Errorf("ssh host %q prints %q, says %q and exits with %d, want nothing and %d", test.command, out, errs, code, exitOK)
		}
		out, _, _ := run(t, client, "history --json 1")
		var said struct{ Text string }
		if err := json.Unmarshal([]byte(out), &said); err != nil || said.Text != test.said {
			t.Errorf("ssh host %q has said %q (error %v), want %q", test.command, said.Text, err, test.said)
		}
	}
}

// Whatever a client sends as a command, the result is words or a refusal.
func FuzzSplitCommand(f *testing.F) {
	for _, seed := range []string{"", "who", "say 'it is' \"the dog's\"", "say it is the dog's", "say 'open", "say a\nb\n", "say a\\\nb", "\x00 say \\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, command string) {
		words, err := splitCommand(command)
		var refusal *reply.Refusal
		if err != nil && (!errors.As(err, &refusal) || !refusal.IsUsage()) {
			t.Errorf("ssh host %q fails with %v, want words or a refusal", command, err)
		}
		if strings.Contains(strings.Join(words, ""), lineMark) {
			t.Errorf("ssh host %q becomes the words %q, with the mark of a line in them", command, words)
		}
		if o, err := parseCommandLine(words); err == nil && len(o.words) == 0 {
			t.Errorf("ssh host %q is accepted although no command is left", command)
		}
	})
}
