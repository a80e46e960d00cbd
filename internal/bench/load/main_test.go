package load

import (
	"testing"

	"teahouse/internal/testkit"
)

// TestMain runs more tests in parallel than there are CPUs, because most of them wait.
func TestMain(m *testing.M) {
	testkit.AtOnce(4)
	m.Run()
}
