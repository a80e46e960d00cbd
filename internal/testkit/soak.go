package testkit

import (
	"os"
	"testing"
)

// soakEnv asks for the soak.
const soakEnv = "TEAHOUSE_SOAK"

// Soaking reports whether tests run in full, however long they take.
func Soaking() bool { return os.Getenv(soakEnv) != "" }

// Soak skips a test that only the soak runs. The reason says what takes long, and which test
// covers the same in brief.
func Soak(t testing.TB, reason string) {
	t.Helper()
	if !Soaking() {
		t.Skipf("%s; %s=1 runs it", reason, soakEnv)
	}
}

// Amount returns how many of something a test takes: many in the soak, few otherwise.
func Amount[N ~int | ~int64 | ~uint64](many, few N) N {
	if Soaking() {
		return many
	}
	return few
}
