package journal

import (
	"testing"

	"teahouse/internal/testkit"
)

// Status shows that stored data takes space, and that a closed journal has nothing to report.
func TestSize(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	alice := s.join(t, "alice", aliceKey)
	before, _ := s.Size()
	say(t, alice, "hello")
	testkit.Eventually(t, "it is stored", func() bool {
		after, ok := s.Size()
		return ok && after > before
	})
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n, ok := s.Size(); ok {
		t.Errorf("a closed journal has %d bytes", n)
	}
}
