package grammar

import "testing"

func TestCheckTerminal(t *testing.T) {
	for _, allowed := range []string{
		"", "tea 茶 👩‍👩‍👧 🏴\U000E0067\U000E0062\U000E007F e\u0301 \u200c\u0600 ᠬᠠᠷ\u180eᠠ", "a\r\nb\b \b\a", "\r\x1b[K\x1b[1A\x1b[J> a\x1b7b\x1b[K\x1b8", "\x1b[H\x1b[2J",
		"\x1b[?2004h\x1b[?2004l", "\x1b[1m\x1b[2m\x1b[22m\x1b[3m\x1b[23m\x1b[4m\x1b[24m\x1b[7m\x1b[27m\x1b[0m\x1b[39m\x1b[31m\x1b[38;5;30m\x1b[38;2;1;2;3m",
		"\x1b]8;;https://example.com/%E8%8C%B6\x1b\\茶\x1b]8;;\x1b\\",
		"\x1b]9;teahouse: bob means you\x1b\\", "\x1b]99;;teahouse: 中\x1b\\", "\x1b]777;notify;teahouse;4\x1b\\",
	} {
		if err := CheckTerminal(allowed); err != nil {
			t.Errorf("%q: %v", allowed, err)
		}
	}
	for _, foreign := range []string{
		"\x1b", "\x1b[", "\x1b[31", "\x1b[5m", "\x1b[31;41m", "\x1b[38;5;m", "\x1b[38;5;30;1m", "\x1b[m", "\x1b[0A", "\x1b[2K", "\x1b[6n", "\x1b[c", "\x1b[?1049h", "\x1b[8;24;80t", "\x1bc", "\x1bPq\x1b\\", "\x1b_x\x1b\\", "\x1b^x\x1b\\",
		"\x1b]0;x\a", "\x1b]2;x\x1b\\", "\x1b]52;c;eA==\a", "\x1b]7;file:///x\a", "\x1b]133;A\a", "\x1b]8;;file:///etc\x1b\\", "\x1b]8;;https://a", "\x1b]8;id=1;https://a\x1b\\", "\x1b]8;;https://茶\x1b\\",
		"\x1b]9;4;1;50\x1b\\", "\x1b]9;bob means you\x1b\\", "\x1b]9;teahouse: a;b\x1b\\", "\x1b]9;teahouse: a\a", "\x1b]777;notify;bob;x\x1b\\", "\x1b]99;i=1;teahouse: \x1b\\", "\x1b]9;teahouse: \u009c\x1b\\",
		"\t", "\v", "\f", "\x00", "\x7f", "\u0085", "\u009b31m", "\xff", "\x9b", "\u2028", "\u202e", "\u2066", "\u200b", "\u200e", "\ufeff", "\u00ad",
	} {
		if CheckTerminal(foreign) == nil {
			t.Errorf("%q passes, but must not be sent to a terminal", foreign)
		}
	}
}

func TestCheckText(t *testing.T) {
	if err := CheckText("a\tb\r\n茶 👩‍👩‍👧\n"); err != nil {
		t.Error(err)
	}
	for _, foreign := range []string{"\x1b[0m", "\a", "\b", "\x1b", "\u009b", "\u202e", "\xff"} {
		if CheckText(foreign) == nil {
			t.Errorf("%q passes, but must not be sent to a plain client", foreign)
		}
	}
}

// Output may be cut off anywhere.
func TestTrimIncomplete(t *testing.T) {
	const sent = "中\x1b[38;2;1;2;3mx\x1b[0m\x1b]8;;https://a\x1b\\é\x1b]8;;\x1b\\\x1b7\x1b[K\x1b8\x1b]9;teahouse: 中\x1b\\."
	for n := range len(sent) + 1 {
		if err := CheckTerminal(TrimIncomplete(sent[:n])); err != nil {
			t.Errorf("%q: %v", sent[:n], err)
		}
	}
	if got := TrimIncomplete(sent); got != sent {
		t.Errorf("complete output is cut to %q", got)
	}
	for _, foreign := range []string{"\x1bP1", "\x1b]0;x\a", "\xffa", "\x1b[6n", "\x80"} {
		if CheckTerminal(TrimIncomplete(foreign)) == nil {
			t.Errorf("%q passes, but must not be sent to a terminal", foreign)
		}
	}
}
