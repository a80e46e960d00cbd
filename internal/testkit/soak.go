package testkit

import (
	"os"
	"testing"
)

// soakEnv turns the soak on.
const soakEnv = "SOAK"

// Soaking reports whether tests run in their long form.
func Soaking() bool { return os.Getenv(soakEnv) != "" }

// Soak skips a test that only the soak runs. The reason says what takes long, and which test
// covers the same in its short form.
func Soak(t testing.TB, reason string) {
	t.Helper()
	if !Soaking() {
		t.Skipf("%s; %s=1 runs it", reason, soakEnv)
	}
}

// Amount returns many in the soak and few otherwise.
func Amount[N ~int | ~int64 | ~uint64](many, few N) N {
	if Soaking() {
		return many
	}
	return few
}
