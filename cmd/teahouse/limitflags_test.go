package main

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
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

// The limits in the metrics have the names of their flags, all of them; without a limit the value
// is 0.
func TestLimitValues(t *testing.T) {
	var c config
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	var flags []string
	for _, flag := range parser.Model.Flags {
		if name, ok := strings.CutPrefix(flag.Name, "limit-"); ok {
			flags = append(flags, name)
		}
	}
	c = config{Limits: "on", Limit: limits{Address: 1, Connects: 2, Handshakes: 3, Connections: 4096, Lines: 4.5, Bot: 5, Source: 6, Input: 7, Typed: 8, Renames: 9}}
	bounds := c.limitValues(884)
	if got := slices.Sorted(maps.Keys(bounds)); !slices.Equal(got, slices.Sorted(slices.Values(flags))) {
		t.Errorf("the metrics have the limits %q, and the flags are %q", got, flags)
	}
	want := map[string]float64{"address": 1, "connects": 2, "handshakes": 3, "connections": 884, "lines": 4.5, "bot": 5, "source": 6, "input": 7, "typed": 8, "renames": 9}
	if !maps.Equal(bounds, want) {
		t.Errorf("the metrics show the limits %v, want %v", bounds, want)
	}
	c.Limits = "off"
	for limit, value := range c.limitValues(0) {
		if value != 0 {
			t.Errorf("with --limits off the metrics show %v for %s, want 0", value, limit)
		}
	}
}
