package style

import (
	"strings"
	"testing"
)

// Each terminal gets the one sequence that it knows, or none.
func TestDetectNotification(t *testing.T) {
	for _, test := range []struct {
		environ string
		want    string
	}{
		{"TERM=xterm-kitty", "\x1b]99;;teahouse: hi\x1b\\"},
		{"TERM=xterm-256color LC_TERMINAL=iTerm2", "\x1b]9;teahouse: hi\x1b\\"},
		{"TERM=xterm-256color TERM_PROGRAM=iTerm.app", "\x1b]9;teahouse: hi\x1b\\"},
		{"TERM=foot", "\x1b]777;notify;teahouse;hi\x1b\\"},
		{"TERM=foot-extra", "\x1b]777;notify;teahouse;hi\x1b\\"},
		{"TERM=xterm-ghostty", "\x1b]777;notify;teahouse;hi\x1b\\"},
		{"TERM=xterm-256color TERM_PROGRAM=WezTerm", "\x1b]777;notify;teahouse;hi\x1b\\"},
		{"TERM=xterm-256color", ""}, // Windows Terminal, GNOME's, Konsole, PuTTY
		{"TERM=xterm-256color TERM_PROGRAM=vscode", ""},
		{"TERM=screen-256color LC_TERMINAL=iTerm2", ""},
		{"TERM=tmux-256color TERM_PROGRAM=WezTerm", ""},
		{"TERM=linux", ""},
		{"TERM=rxvt-unicode-256color", ""},
		{"TERM=dumb LC_TERMINAL=iTerm2", ""},
		{"", ""},
	} {
		getenv := func(name string) string {
			for _, entry := range strings.Fields(test.environ) {
				if value, ok := strings.CutPrefix(entry, name+"="); ok {
					return value
				}
			}
			return ""
		}
		if got := DetectNotification(getenv).Sequence("teahouse", "hi"); got != test.want {
			t.Errorf("with %s the terminal is sent %q, want %q", test.environ, got, test.want)
		}
	}
}

// Users' text is never the first parameter, and cannot end the sequence or a part of it.
func TestNotificationTextIsSafe(t *testing.T) {
	for _, text := range []string{
		"4;1;50", `9;"/tmp/evil"`, "6;macro", "a;b", "\x1b\\\x1b]0;x\a", "\a", "\u009c\u009d9;4", "a\nb\tc\r", "\xff\x9c", strings.Repeat("中", 4000), strings.Repeat("e"+strings.Repeat("\u0301", 6), 4000),
	} {
		for alert, begin := range map[Notification]string{osc9: "\x1b]9;teahouse: ", osc99: "\x1b]99;;teahouse: ", osc777: "\x1b]777;notify;teahouse;"} {
			rest, ok := strings.CutPrefix(alert.Sequence("teahouse", text), begin)
			shown, ended := strings.CutSuffix(rest, stringTerminator)
			if !ok || !ended || strings.ContainsAny(shown, ";\n\t") || strings.ContainsFunc(shown, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\uFFFD' }) {
				t.Errorf("a notification of %q is sent as %q", text, alert.Sequence("teahouse", text))
			}
			if len(shown) > 16*maxNotificationCells {
				t.Errorf("a notification shows %d bytes of %.20q", len(shown), text)
			}
		}
	}
}
