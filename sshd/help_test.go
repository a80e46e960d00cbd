package sshd

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/width"

	"teahouse/look"
	"teahouse/room"
)

// columns is how many columns of a terminal a line takes.
func columns(line string) (n int) {
	for _, r := range line {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// Help fits a terminal of 24 rows, with the input row, and 80 columns; so do its
// groups, in both languages, for operators too.
func TestHelpFitsAScreen(t *testing.T) {
	h := room.NewHouse()
	h.Operator = func(key string) bool { return key == "root" }
	for _, key := range []string{"", "root"} {
		u, err := h.Enter(room.Visitor{Name: "u", Key: key})
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range []language.Tag{language.English, language.Chinese} {
			v := newVoices().of(style{language: tag, end: "\n", form: room.Slashed})
			for _, line := range []string{"/help", "/help settings", "/help rooms", "/help operators"} {
				u.Line(line, room.Slashed)
				events := u.Take(make([]*room.Event, 0, 9))
				shown := string(v.show(nil, events[len(events)-1], u.Who()))
				if n := strings.Count(shown, "\n"); n > 23 || n < 2 {
					t.Errorf("%s has %d lines in %v", line, n, tag)
				}
				for line := range strings.Lines(shown) {
					if n := columns(strings.TrimSuffix(line, "\n")); n > 80 {
						t.Errorf("%d columns: %s", n, line)
					}
				}
			}
		}
		u.Leave(room.Quit)
	}
}

// In a narrow window the rows of a list begin under what they belong to: nothing but
// the lines themselves stands at the left edge.
func TestListsInANarrowWindow(t *testing.T) {
	u, err := room.NewHouse().Enter(room.Visitor{Name: "u"})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	for _, tag := range []language.Tag{language.English, language.Chinese} {
		v := newVoices().of(style{language: tag, end: "\n", form: room.Slashed, look: look.Look{Width: 40}})
		for _, line := range []string{"/help", "/help settings", "/help rooms", "/set"} {
			u.Line(line, room.Slashed)
			events := u.Take(make([]*room.Event, 0, 9))
			shown := string(v.show(nil, events[len(events)-1], u.Who()))
			if strings.HasPrefix(shown, look.Continuation) || strings.Contains(shown, "\n"+look.Continuation) {
				t.Errorf("%s:\n%s", line, shown)
			}
			if line == "/help" && !strings.Contains(shown, "  /who: ") {
				t.Errorf("%s has columns:\n%s", line, shown)
			}
		}
	}
}
