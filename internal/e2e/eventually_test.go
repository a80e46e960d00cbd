package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"teahouse/internal/testkit"
)

const (
	// waitTimeout is how long a story waits for what it is sure to see.
	waitTimeout = 40 * time.Second

	// buildTimeout is how long it may take to build a program, of which nothing has been
	// built yet, beside everything else.
	buildTimeout = 5 * time.Minute
)

// eventually waits until cond holds. Where it never does, the test ends, and
// all screens, transcripts and logs are printed as it does.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	testkit.Within(t, waitTimeout, what, cond)
}

// onFailure prints, should the test fail, what there is to see then.
func onFailure(t *testing.T, title string, text func() string) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("---- %s\n%s", title, excerpt(text()))
		}
	})
}

// excerpt returns the last lines of a text, and of each the beginning.
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
