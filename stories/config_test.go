package stories

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Protects who runs a house by a file: what it says holds, what is changed in it
// holds from the signal on, for those who are here, too, and nobody has to leave. A
// mistake changes nothing, and starts nothing.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "teahouse.yaml")
	says := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	says("limits: on", "invite-only: false")
	h := start(t, "--config", path, "--limits", "on")
	root, guest := newKey(t), newKey(t)
	alice := h.nc("alice")
	h.asks("guest", guest, "kick alice").want(t, 1, "", "Only operators may do that.")

	operators := filepath.Join(t.TempDir(), "operators")
	listKey(t, operators, root)
	says("limit-renames: 1", "invite-only: true", "operators: "+operators, "history: 77")
	h.signal(syscall.SIGHUP)
	h.until("the configuration was read again")
	h.until("the configuration has changed in what holds at the next start only", "flag", "--history")
	h.asks("guest", guest, "who").want(t, 1, "", "invit")
	h.asks("root", root, "motd hello").want(t, 0, "Done.\n", "")
	alice.types("rename|alicia")
	alice.types("rename|alison")
	alice.sees("每分钟最多改名 1 次")

	says("limit-renames: many")
	h.signal(syscall.SIGHUP)
	h.until("the configuration has a mistake, and nothing changes; correct it and send SIGHUP again")
	h.asks("root", root, "motd hello again").want(t, 0, "Done.\n", "")
	alice.types("I am still here")
	alice.sees("I am still here")
	refused := ask(t, []string{program("teahouse"), "--config", path})
	refused.want(t, 2, "", fmt.Sprintf("--config: %s: line 1: --limit-renames", path))
}
