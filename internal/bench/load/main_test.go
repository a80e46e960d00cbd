package load

import (
	"testing"

	"teahouse/internal/testkit"
)

// TestMain runs several tests at a time: most of them wait for a load to have lasted long enough.
func TestMain(m *testing.M) {
	testkit.AtOnce(4)
	m.Run()
}
