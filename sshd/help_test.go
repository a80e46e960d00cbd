package sshd

import (
	"strings"
	"testing"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

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
