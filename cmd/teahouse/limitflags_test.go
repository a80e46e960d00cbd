package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
)

// The log says how many connections are possible if the limit of open files allows fewer than the
// flag says.
func TestLoweredLimitIsLogged(t *testing.T) {
	for _, test := range []struct {
		wanted, files int
		says          string
	}{
		{4096, 1024, "connections=884 wanted=4096"},
		{4096, 100, "connections=1 wanted=4096"},
		{4096, 1 << 20, ""},
		{4096, 0, ""}, // not known
		{0, 1024, ""},
	} {
		var logged bytes.Buffer
		l := limits{Connections: test.wanted}
		l.warnLowered(l.connLimits(test.files), log.New(&logged))
		if got := logged.String(); (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
			t.Errorf("with %d connections and %d open files the log says %q, want %q", test.wanted, test.files, got, test.says)
		}
	}
}
