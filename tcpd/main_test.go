package tcpd

import (
	"testing"

	"teahouse/internal/testkit"
)

// TestMain runs several tests at a time: most of them wait, for somebody to be idle or stuck for long enough.
func TestMain(m *testing.M) {
	testkit.AtOnce(4)
	m.Run()
}
