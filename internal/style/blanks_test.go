package style

import (
	"strings"
	"testing"
)

// In a plain style, whose lines the terminal wraps, no text reaches the next row by blanks alone,
// of whatever kind. In other styles blanks stay as they are.
func TestPlainLinesCollapseBlanks(t *testing.T) {
	for _, blank := range []string{" ", "\t", "\u00a0", "\u3000", "\u2003", "\u2800", "\U00013441", "\U0001D159", " \u3000"} {
		text := "hi" + strings.Repeat(blank, 69) + "* Server shuts down"
		if got := string(Style{Plain: true}.Line(nil, "bob: ", text, "\n")); got != "bob: hi * Server shuts down\n" {
			t.Errorf("a run of %q becomes %q", blank, got)
		}
	}
	for _, text := range []string{"a  b", "  a", "茶 馆"} {
		if got := string(Style{Plain: true}.Line(nil, "", text, "\n")); got != text+"\n" {
			t.Errorf("people read %q as %q", text, got)
		}
	}
	if got := string(Style{Tabs: true}.Line(nil, "bob: ", "a     b", "\n")); got != "bob: a     b\n" {
		t.Errorf("a pipe reads %q", got)
	}
}
