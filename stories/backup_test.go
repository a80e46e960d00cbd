package stories

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Protects what a closed house keeps from whoever makes a backup and does not know by
// heart how much that is to be: nothing is dropped, and all is in the backup.
func TestBackupOfAClosedHouseChangesNothing(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	ask(t, with(h.ssh("carol"), "say", "keep this")).want(t, 0, "", "")
	h.signal(syscall.SIGTERM)
	h.exits(0)
	file, restored := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored")
	teahouse(t, "backup", file, "--data", h.data, "--history-age", "100ms").want(t, 0, "", "")
	teahouse(t, "restore", file, "--data", restored).want(t, 0, "", "")
	for what, dir := range map[string]string{"the house": h.data, "the backup": restored} {
		again := startIn(t, dir)
		if r := ask(t, with(again.ssh("dora"), "history")); !strings.HasSuffix(r.out, "Z carol: keep this\n") {
			t.Errorf("%s has lost what was said: %+v", what, r)
		}
	}
}

// Protects from a backup with nothing in it: what a house with NATS servers keeps is not
// in its data directory, and the directory knows.
func TestBackupAsksForTheNATSServers(t *testing.T) {
	once(t)
	t.Parallel()
	s := startNATS(t)
	h := start(t) // at first without
	ask(t, with(h.ssh("carol"), "say", "before")).want(t, 0, "", "")
	servers := "nats://tea:secret@" + s.addr()
	h = h.again("--nats", servers)
	ask(t, with(h.ssh("carol"), "say", "keep this")).want(t, 0, "", "")
	h.signal(syscall.SIGTERM)
	h.exits(0)

	dir := t.TempDir()
	file, restored := filepath.Join(dir, "backup"), filepath.Join(dir, "restored")
	r := teahouse(t, "backup", file, "--data", h.data)
	r.want(t, 1, "", "the NATS servers "+s.addr()+"; give backup the same --nats")
	if exists(file) || strings.Contains(r.err, "secret") {
		t.Errorf("a backup of nothing was made, or a password shown: %+v", r)
	}
	teahouse(t, "backup", file, "--data", h.data, "--nats", servers).want(t, 0, "", "")
	teahouse(t, "restore", file, "--data", restored).want(t, 0, "", "")
	again := startIn(t, restored)
	if r := ask(t, with(again.ssh("dora"), "history")); !strings.HasSuffix(r.out, "Z carol: keep this\n") {
		t.Errorf("the restored history is %+v", r)
	}

	fresh := startNATS(t)
	teahouse(t, "backup", file+"2", "--data", h.data, "--nats", "nats://"+fresh.addr()).want(t, 1, "", "there is nothing to back up")
	h = startIn(t, h.data) // without them again
	h.signal(syscall.SIGTERM)
	h.exits(0)
	teahouse(t, "backup", file+"3", "--data", h.data).want(t, 0, "", "")
}

// teahouse runs a command of the program.
func teahouse(t *testing.T, words ...string) result {
	t.Helper()
	return ask(t, with([]string{program("teahouse")}, words...))
}
