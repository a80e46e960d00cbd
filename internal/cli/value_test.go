package cli

import (
	"errors"
	"testing"
)

// Package names are removed from errors, because they mean nothing to operators; what only looks
// like one stays.
func TestUserMessage(t *testing.T) {
	for err, want := range map[string]string{
		"keys: a: line 1: no key":                            "a: line 1: no key",
		"--operators: keys: /etc/authorized_keys: ssh: no":   "--operators: /etc/authorized_keys: ssh: no",
		"open keys: permission denied":                       "open keys: permission denied",
		"data/journal: keys: bad\njournal: worse":            "data/journal: bad\nworse",
		"keys: journal: both":                                "both",
		`--operators: missing value, expecting "<arg>,..."`:  "--operators: a value is missing",
		"my cluster: journal: cannot write /data/cluster: x": "my cluster: cannot write /data/cluster: x",
	} {
		if got := UserMessage(errors.New(err)); got != want {
			t.Errorf("an operator reads the error %q as %q, want %q", err, got, want)
		}
	}
}
