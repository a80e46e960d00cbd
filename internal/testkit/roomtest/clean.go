package roomtest

import (
	"strings"
	"testing"

	"teahouse/internal/text"
	"teahouse/room"
)

func WantClean(t *testing.T, item room.Item) {
	t.Helper()
	e := EventOf(item)
	var args []any
	for _, line := range LinesOf(item) {
		args = append(args, line.Args...)
	}
	for _, arg := range args {
		if s, ok := arg.(string); ok && text.CleanLines(s) != s && !strings.HasSuffix(s, "\n") {
			t.Errorf("%T tells of %q", item, s)
		}
	}
	for _, s := range []string{e.Text, e.OldName, e.Room} {
		if text.CleanLines(s) != s {
			t.Errorf("%v has %q", e.Kind, s)
		}
	}
}
