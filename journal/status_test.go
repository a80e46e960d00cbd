package journal

import (
	"testing"

	"teahouse/internal/testkit"
)

// Who watches sees that what is stored takes space, and that a journal which is
// closed has nothing to tell of it.
func TestSize(t *testing.T) {
	t.Parallel()
	s := openHouse(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
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
