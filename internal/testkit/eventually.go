package testkit

import (
	"testing"
	"time"
)

// Timeout is how long a test waits for what is sure to happen. It is generous because the machine
// may be busy and the race detector is slow; only a failing test waits that long.
const Timeout = time.Minute

// Eventually waits until done returns true, and fails the test with what if it does not. Use it
// only where no barrier is possible.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	Within(t, Timeout, what, done)
}

// Within is Eventually with its own timeout. It polls less and less often.
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
