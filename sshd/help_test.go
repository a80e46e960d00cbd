package sshd

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/width"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/internal/style"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// columns returns how many columns of a terminal a line takes.
func columns(line string) (n int) {
	for _, r := range line {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// Help fits a terminal of 24 rows, with the input row, and 80 columns; so do its groups, in both
// languages, for operators too.
func TestHelpFitsAScreen(t *testing.T) {
	h := room.New(room.Config{IsOperatorKey: func(key string) bool { return key == "root" }})
	for _, key := range []string{"", "root"} {
		u, err := h.Enter(room.ClientInfo{RequestedName: "u", Fingerprint: key})
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
			v := testFormat(render.Options{Language: tag, End: "\n", Syntax: command.SlashSyntax})
			for _, line := range []string{"/help", "/help settings", "/help rooms", "/help operators"} {
				command.NewRunner(u).HandleLine(line, command.SlashSyntax)
				events := u.Take(make([]room.Item, 0, 9))
				shown := string(v.AppendItem(nil, events[len(events)-1], u.UserInfo()))
				if n := strings.Count(shown, "\n"); n > 23 || n < 2 {
					t.Errorf("%s shows %d lines in %v, want 2 to 23", line, n, tag)
				}
				for line := range strings.Lines(shown) {
					if n := columns(strings.TrimSuffix(line, "\n")); n > 80 {
						t.Errorf("a line of help takes %d columns, want 80 at most: %s", n, line)
					}
				}
			}
		}
		u.Leave(room.Quit)
	}
}

// In a narrow window the continuation rows of a list are indented: only the list's lines
// themselves begin at the left edge.
func TestListsInANarrowWindow(t *testing.T) {
	u, err := room.New(room.Config{}).Enter(room.ClientInfo{RequestedName: "u"})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	for _, tag := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
		v := testFormat(render.Options{Language: tag, End: "\n", Syntax: command.SlashSyntax, Style: style.Style{Width: 40}})
		for _, line := range []string{"/help", "/help settings", "/help rooms", "/set"} {
			command.NewRunner(u).HandleLine(line, command.SlashSyntax)
			events := u.Take(make([]room.Item, 0, 9))
			shown := string(v.AppendItem(nil, events[len(events)-1], u.UserInfo()))
			if strings.HasPrefix(shown, style.Continuation) || strings.Contains(shown, "\n"+style.Continuation) {
				t.Errorf("in a narrow window %s begins rows at the left edge that continue a line:\n%s", line, shown)
			}
			if line == "/help" && !strings.Contains(shown, "  /who: ") {
				t.Errorf("in a narrow window %s is laid out in columns:\n%s", line, shown)
			}
		}
	}
}

// Answers to commands by ssh mention commands as they are written there: without a slash, with
// their flags.
func TestHelpByCommand(t *testing.T) {
	h := startServer(t, func(s *Server) { s.Hub = room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 10}}) })
	client := h.dialWithKey(t, "carol")
	flags := testkit.English(reply.HelpFlags) + "\n"
	for _, test := range []struct {
		command, out, errs string
		code               int
	}{
		{"help follow", "Usage: follow [--since ID|last|TIME]\n" + testkit.EnglishExec("explain-follow") + "\nExample: follow --since last\n" + flags, "", exitOK},
		{"help say", "Usage: say TEXT\n" + i18n.English("help-say-exec") + "\nExample: say hello\n" + flags, "", exitOK},
		{"help msg", "Usage: to NAME TEXT\n" + i18n.English("help-msg-exec") + "\nExample: msg bob tea at six?\n" + flags, "", exitOK},
		{"help enter", "Usage: enter CODE\n" + testkit.EnglishExec("explain-enter") + "\nExample: enter ABCD-EFGH-JKLM-NPQR\n" + flags, "", exitOK},
		{"name", i18n.English(string(reply.NoNames)) + "\n", "", exitOK},
		{"name free bob", "", "Usage: name [release NAME]\n", exitUsage},
		{"set colour on", "", testkit.EnglishExec(reply.NoSuchSetting, "colour") + "\n", exitUsage},
		{"set lang", "", testkit.English(reply.NoSuchValue, "lang", "auto|en|zh|zh-TW") + "\n", exitUsage},
		{"lang", "", "Usage: lang auto|en|zh|zh-TW\n", exitUsage},
		{"lang xx", "", testkit.English(reply.NoSuchValue, "lang", "auto|en|zh|zh-TW") + "\n", exitUsage},
		{"history 0", "", testkit.English(reply.InvalidNumber, 1, 10) + "\n", exitUsage},
		{"history since", "", testkit.EnglishExec(reply.InvalidTime) + "\n", exitUsage},
		{"history since yesterday", "", testkit.EnglishExec(reply.InvalidTime) + "\n", exitUsage},
		{"history abc", "", testkit.English(reply.NothingFound) + "\n", exitRefused}, // nobody of that name said anything
		{"enter", "", "Usage: enter CODE\n", exitUsage},
		{"enter x", "", i18n.English(string(reply.WrongCode)) + "\n", exitRefused},
	} {
		if out, errs, code := run(t, client, test.command); out != test.out || errs != test.errs || code != test.code {
			t.Errorf("ssh host %s prints %q, says %q and exits with %d; want %q, %q and %d", test.command, out, errs, code, test.out, test.errs, test.code)
		}
	}
	if out, _, _ := run(t, client, "help"); strings.Contains(out, " /") {
		t.Errorf("ssh host help writes commands with a slash:\n%s", out)
	}
}
