package testkit

import (
	"testing"
	"time"
)

// Timeout is how long a test waits for what is sure to come: the machine may be busy, and the race
// detector makes much of little. Nothing waits that long unless the test fails.
const Timeout = time.Minute

// Eventually waits until something is done, as the text says. It is for what no barrier tells of.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	Within(t, Timeout, what, done)
}

// Within is Eventually with a time of its own. It looks less often as time passes.
func Within(t testing.TB, most time.Duration, what string, done func() bool) {
	t.Helper()
	const shortest, longest = time.Millisecond, 200 * time.Millisecond
	for began := time.Now(); !done(); {
		waited := time.Since(began)
		if waited > most {
			t.Fatalf("waited %v in vain until %s", most, what)
		}
		time.Sleep(min(max(waited/16, shortest), longest))
	}
}
