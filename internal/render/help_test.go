package render

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/width"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/style"
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
	h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return key == "root" }})
	for _, key := range []string{"", "root"} {
		u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "u", Fingerprint: ids.Fingerprint(key)})
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
			v := testFormat(Options{Language: tag, End: "\n", Syntax: command.SlashSyntax})
			for _, line := range []string{"/help", "/help settings", "/help rooms", "/help operators"} {
				command.NewRunner(u).HandleLine(line, command.SlashSyntax)
				events := u.Take(make([]room.Item, 0, 9))
				shown := string(v.appendItem(nil, events[len(events)-1], u.UserInfo()))
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
	u, err := room.New(room.Config{}).Enter(t.Context(), room.ClientInfo{RequestedName: "u"})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	for _, tag := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
		v := testFormat(Options{Language: tag, End: "\n", Syntax: command.SlashSyntax, Style: style.Style{Width: 40}})
		for _, line := range []string{"/help", "/help settings", "/help rooms", "/set"} {
			command.NewRunner(u).HandleLine(line, command.SlashSyntax)
			events := u.Take(make([]room.Item, 0, 9))
			shown := string(v.appendItem(nil, events[len(events)-1], u.UserInfo()))
			if strings.HasPrefix(shown, style.Continuation) || strings.Contains(shown, "\n"+style.Continuation) {
				t.Errorf("in a narrow window %s begins rows at the left edge that continue a line:\n%s", line, shown)
			}
			if line == "/help" && !strings.Contains(shown, "  /who: ") {
				t.Errorf("in a narrow window %s is laid out in columns:\n%s", line, shown)
			}
		}
	}
}
