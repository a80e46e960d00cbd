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

// Within is Eventually with a time of its own. It looks often at first.
func Within(t testing.TB, most time.Duration, what string, done func() bool) {
	t.Helper()
	const shortest, longest = time.Millisecond, 20 * time.Millisecond
	deadline := time.Now().Add(most)
	for pause := shortest; !done(); pause = min(2*pause, longest) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain until %s", most, what)
		}
		time.Sleep(pause)
	}
}
