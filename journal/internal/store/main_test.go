package store

import (
	"testing"

	"teahouse/internal/testkit"
)

// TestMain runs more tests in parallel than there are CPUs, because most of them wait for a
// server.
func TestMain(m *testing.M) {
	testkit.FilesInMemory()
	testkit.AtOnce(8)
	m.Run()
}
