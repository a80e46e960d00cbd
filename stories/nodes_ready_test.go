package stories

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// Protects newcomers from a machine that cannot keep what they say: the balancer hears
// that it is not ready once its NATS server is away or hangs, while nobody says anything,
// and hears when it is ready again.
func TestNodeIsNotReadyWithoutNATS(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	h := start(t, "--nats", "nats://"+s.addr(), "--metrics", ":0")
	answers := func(want int, words string) {
		t.Helper()
		eventually(t, "it is "+http.StatusText(want), func() bool {
			code, body := h.curl("/readyz")
			return code == want && strings.Contains(body, words)
		})
	}
	answers(http.StatusOK, "ok")
	s.signal(syscall.SIGSTOP)
	answers(http.StatusServiceUnavailable, "NATS")
	s.signal(syscall.SIGCONT)
	answers(http.StatusOK, "ok")
	s.signal(syscall.SIGTERM)
	eventually(t, "it has ended", s.isGone)
	answers(http.StatusServiceUnavailable, "NATS")
	s.start()
	answers(http.StatusOK, "ok")
}
