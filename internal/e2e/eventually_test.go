package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"teahouse/internal/testkit"
)

const (
	// waitTimeout is how long a test waits for what is sure to happen.
	waitTimeout = 40 * time.Second

	// buildTimeout limits the build of a program from scratch, beside everything else.
	buildTimeout = 5 * time.Minute
)

// eventually waits until cond holds. If it never does, the test ends and prints all screens,
// transcripts and logs.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	testkit.Within(t, waitTimeout, what, cond)
}

// onFailure prints more about the state if the test fails.
func onFailure(t *testing.T, title string, text func() string) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("---- %s\n%s", title, excerpt(text()))
		}
	})
}

// excerpt returns the beginnings of the last lines of a text.
func excerpt(text string) string {
	const most, width = 60, 300
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	lines = lines[max(0, len(lines)-most):]
	for i, line := range lines {
		if len(line) > width {
			lines[i] = fmt.Sprintf("%.*s... %d bytes", width, line, len(line))
		}
	}
	return strings.Join(lines, "\n")
}
