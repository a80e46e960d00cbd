package cluster_test

import (
	"testing"

	"teahouse/internal/testkit"
)

// TestMain runs several tests at a time: most of them wait, for a silence to be long enough or
// for NATS to elect a leader.
func TestMain(m *testing.M) {
	testkit.AtOnce(12)
	m.Run()
}
