package e2e

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects decisions from a kill: whatever a command confirmed stays so, and deleted data does not
// come back in an older form, neither at once nor after two restarts.
func TestDeletedStaysDeleted(t *testing.T) {
	skipRace(t)
	t.Parallel()
	list, root, ann := filepath.Join(t.TempDir(), "operators"), newKey(t), newKey(t)
	writeKeyList(t, list, root)
	h := startServer(t, "--operators", list)
	h.enterAs("ann", ann)
	h.enterAs("bob", newKey(t))
	for _, command := range []string{
		"ban 192.0.2.7 1h", "ban 192.0.2.7 2h", "unban 192.0.2.7", "mute bob 1h", "mute bob 2h", "unmute bob",
		"topic one", "topic two", "topic off", "motd one", "motd two", "motd off",
		"ignore bob", "ignore ann", "unignore bob", "unignore ann", "set theme ink", "set theme tea", "set theme auto",
	} {
		if r := h.exec("root", root, command); r.code != 0 {
			t.Fatalf("%s: %+v", command, r)
		}
	}
	if r := h.exec("ann", ann, "name release ann yes"); r.code != 0 {
		t.Fatalf("name release answers %+v", r)
	}
	for range 2 {
		h.signal(syscall.SIGKILL)
		h.waitExit(-1)
		removeIndexes(t, h.data)
		h = startServerIn(t, h.data, "--operators", list)
		for asked, want := range map[string]string{
			"bans": testkit.English(reply.NoBans), "topic": testkit.English(reply.NoTopic), "motd": testkit.English(reply.NoMotd),
			"ignore": testkit.English(reply.NobodyIgnored), "set": "theme: auto",
		} {
			if r := h.exec("root", root, asked); !strings.Contains(r.out, want) {
				t.Errorf("%s: %+v, want %q", asked, r, want)
			}
		}
		if r := h.exec("ann", ann, "name"); strings.Contains(r.out, "ann") {
			t.Errorf("ann released her names, and name answers %s", r.out)
		}
	}
}
