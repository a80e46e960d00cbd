package journal

import (
	"testing"

	"teahouse/internal/testkit"
)

// TestMain runs several tests at a time, because most of them wait for the disk or for NATS.
func TestMain(m *testing.M) {
	testkit.FilesInMemory()
	testkit.AtOnce(12)
	m.Run()
}
