package logging

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
)

// For journald each line of a message has the priority of its level, in both formats, and the
// text format has no time, which journald records itself.
func TestPriorities(t *testing.T) {
	for _, test := range []struct{ format, level, want string }{
		{"text", "debug", "<7>DEBU a <0> b\n<7>  err=\n<7>  │ one\n<7>  │ <0> two\n"},
		{"text", "info", "<6>INFO a <0> b\n<6>  err=\n<6>  │ one\n<6>  │ <0> two\n"},
		{"text", "warn", "<4>WARN a <0> b\n<4>  err=\n<4>  │ one\n<4>  │ <0> two\n"},
		{"text", "error", "<3>ERRO a <0> b\n<3>  err=\n<3>  │ one\n<3>  │ <0> two\n"},
		{"json", "debug", `<7>{"time":"`},
		{"json", "info", `<6>{"time":"`},
		{"json", "warn", `<4>{"time":"`},
		{"json", "error", `<3>{"time":"`},
	} {
		var logged bytes.Buffer
		level, err := log.ParseLevel(test.level)
		if err != nil {
			t.Fatal(err)
		}
		logger := New(journaldWriter{&logged}, Options{Level: level, JSON: test.format == "json", MaskAddresses: test.level == "info"})
		logger.Log(level, "a <0> b", "err", errors.New("one\n<0> two"))
		if out := logged.String(); !strings.HasPrefix(out, test.want) || test.format == "json" && strings.Count(out, "\n") > 1 {
			t.Errorf("journald gets a %s message in the %s format as %q, want %q", test.level, test.format, out, test.want)
		}
	}
}

// A command's output has a priority, too: a mistake in the configuration is an error.
func TestPrioritiesOfCommands(t *testing.T) {
	if got := priorityOf([]byte("teahouse: --history cannot be negative\n")); got != 3 {
		t.Errorf("a mistake in the flags has priority %d, want 3", got)
	}
	if got := priorityOf([]byte("Saved data: 540 bytes, to b3.\n")); got != 6 {
		t.Errorf("the report of a backup has priority %d, want 6", got)
	}
}
