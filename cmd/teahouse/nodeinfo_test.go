package main

import (
	"maps"
	"testing"
)

// The flags whose effects users would notice at this node alone are sent to the other nodes.
func TestNodeInfo(t *testing.T) {
	tests := []struct {
		flag, name, want string
	}{
		{"--history=7", "history", "7"},
		{"--history-age=1h", "history-age", "1h"},
		{"--history-age=90m", "history-age", "1h30m"},
		{"--history-age=20s", "history-age", "20s"},
		{"--history-age=4w", "history-age", "28d"},
		{"--history-age=0", "history-age", "0"},
		{"--history-bytes=99", "history-bytes", "99"},
		{"--invite-only", "invite-only", "true"},
		{"--name-age=2d", "name-age", "2d"},
		{"--limits=off", "limits", "off"},
		{"--limit-lines=0.5", "limit-lines", "0.5"},
		{"--limit-bot=3", "limit-bot", "3"},
		{"--limit-source=4", "limit-source", "4"},
		{"--limit-renames=6", "limit-renames", "6"},
	}
	usual, _, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		c, _, err := parse([]string{test.flag})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.nodeInfo().Flags[test.name]; got != test.want || got == usual.nodeInfo().Flags[test.name] {
			t.Errorf("with %s the other nodes are told %q, want %q", test.flag, got, test.want)
		}
	}
	c, _, err := parse([]string{"--limit-address=1", "--listen=ssh://:2", "--advertise=a.example"})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(c.nodeInfo().Flags, usual.nodeInfo().Flags) {
		t.Errorf("the other nodes are told flags that may differ from node to node: %v", c.nodeInfo())
	}
}
