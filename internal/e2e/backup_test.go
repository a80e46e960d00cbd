package e2e

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Protects a closed server's data from a backup with other limits than the server's: nothing is
// dropped, and everything is in the backup.
func TestOfflineBackupIsReadOnly(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	runClient(t, withCommand(h.ssh("carol"), "say", "keep this")).check(t, 0, "", "")
	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	file, restored := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored")
	runTeahouse(t, "backup", file, "--data", h.data, "--history-age", "100ms").check(t, 0, "", "")
	runTeahouse(t, "restore", file, "--data", restored).check(t, 0, "", "")
	for what, dir := range map[string]string{"the server": h.data, "the backup": restored} {
		again := startServerIn(t, dir)
		if r := runClient(t, withCommand(again.ssh("dora"), "history")); !strings.HasSuffix(r.out, "Z carol: keep this\n") {
			t.Errorf("%s lacks what was said: %+v", what, r)
		}
	}
}

// Protects from empty backups: the data of a server with NATS servers is not in its data directory,
// and the directory records that.
func TestOfflineBackupNeedsNATSFlag(t *testing.T) {
	skipRace(t)
	t.Parallel()
	s := startNATS(t)
	h := startServer(t) // at first without
	runClient(t, withCommand(h.ssh("carol"), "say", "before")).check(t, 0, "", "")
	servers := "nats://tea:secret@" + s.addr()
	h = h.restart("--nats", servers)
	runClient(t, withCommand(h.ssh("carol"), "say", "keep this")).check(t, 0, "", "")
	h.signal(syscall.SIGTERM)
	h.waitExit(0)

	dir := t.TempDir()
	file, restored := filepath.Join(dir, "backup"), filepath.Join(dir, "restored")
	r := runTeahouse(t, "backup", file, "--data", h.data)
	r.check(t, 1, "", "the NATS servers "+s.addr()+"; give backup the same --nats")
	if exists(file) || strings.Contains(r.err, "secret") {
		t.Errorf("teahouse backup without --nats made a file, or showed a password: %+v", r)
	}
	runTeahouse(t, "backup", file, "--data", h.data, "--nats", servers).check(t, 0, "", "")
	runTeahouse(t, "restore", file, "--data", restored).check(t, 0, "", "")
	again := startServerIn(t, restored)
	if r := runClient(t, withCommand(again.ssh("dora"), "history")); !strings.HasSuffix(r.out, "Z carol: keep this\n") {
		t.Errorf("after the restore, history answers %+v", r)
	}

	fresh := startNATS(t)
	runTeahouse(t, "backup", file+"2", "--data", h.data, "--nats", "nats://"+fresh.addr()).check(t, 1, "", "there is nothing to back up")
	h = startServerIn(t, h.data) // again without them
	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	runTeahouse(t, "backup", file+"3", "--data", h.data).check(t, 0, "", "")
}

// runTeahouse runs a command of the program.
func runTeahouse(t *testing.T, words ...string) result {
	t.Helper()
	return runClient(t, withCommand([]string{program("teahouse")}, words...))
}
