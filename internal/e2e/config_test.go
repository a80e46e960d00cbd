package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects operators with a configuration file: it takes effect, changes to it take effect at the
// signal, for users online too, and nobody is disconnected. A file with an error changes nothing,
// and starts nothing.
func TestConfiguration(t *testing.T) {
	skipRace(t)
	t.Parallel()
	path := filepath.Join(t.TempDir(), "teahouse.yaml")
	says := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	says("limits: on", "invite-only: false")
	h := startServer(t, "--config", path, "--limits", "on")
	root, guest := newKey(t), newKey(t)
	alice := h.nc("alice")
	h.exec("guest", guest, "kick alice").check(t, 1, "", testkit.English(reply.OperatorsOnly))

	operators := filepath.Join(t.TempDir(), "operators")
	writeKeyList(t, operators, root)
	says("limit-renames: 1", "invite-only: true", "operators: "+operators, "history: 77")
	h.signal(syscall.SIGHUP)
	h.waitLog("the configuration was reloaded")
	h.waitLog("a changed flag takes effect only at the next start", "flag", "--history")
	h.exec("guest", guest, "who").check(t, 1, "", "invit")
	h.exec("root", root, "motd hello").check(t, 0, testkit.English(reply.Done)+"\n", "")
	alice.sendLines("rename|alicia")
	alice.sendLines("rename|alison")
	alice.expect("每分钟最多改名 1 次")

	says("limit-renames: many")
	h.signal(syscall.SIGHUP)
	h.waitLog("the configuration has a mistake, and nothing changes; correct it and send SIGHUP again")
	h.exec("root", root, "motd hello again").check(t, 0, testkit.English(reply.Done)+"\n", "")
	alice.sendLines("I am still here")
	alice.expect("I am still here")
	runClient(t, []string{program("teahouse"), "--config", path}).check(t, 78, "", path+": line 1: --limit-renames")
}

// Protects operators of a running server: the doctor says that it runs, whose ports these are, and
// how to fix what is wrong; the server notices nothing. It does the same for a stopped one.
func TestDoctor(t *testing.T) {
	skipRace(t)
	t.Parallel()
	requirePrograms(t, "nc")
	h := startServer(t)
	path := filepath.Join(t.TempDir(), "teahouse.yaml")
	lines := "data: " + h.data + "\nlisten:\n  - ssh://" + h.addrs["ssh"] + "\n  - classic://" + h.addrs["classic"] + "\n"
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	doctor := []string{program("teahouse"), "doctor", "--config", path}
	says := func(r result, code int, sentences ...string) {
		t.Helper()
		if r.code != code || r.err != "" || strings.Contains(r.out, "\x1b") {
			t.Errorf("exit code %d, want %d; standard error %q; output %q", r.code, code, r.err, r.out)
		}
		for _, sentence := range sentences {
			if !strings.Contains("\n"+r.out, "\n"+sentence) {
				t.Errorf("the output lacks %q:\n%s", sentence, r.out)
			}
		}
	}
	says(runClient(t, doctor), 0,
		"ok    The configuration file "+path,
		"ok    The data directory "+h.data+" is there, for its owner alone.",
		"ok    The host key is "+h.fingerprint,
		"ok    A server is running with the data directory",
		"ok    The address "+h.addrs["ssh"]+", for the ssh door, is used by the running server",
		"ok    The address "+h.addrs["classic"]+", for the classic door, is used by the running server")
	h.nc("alice").sendLines("hello")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	says(runClient(t, append(doctor, "--metrics", taken.Addr().String())), 1,
		fmt.Sprintf("wrong The address %s, for the metrics, is used by %s (process %d); stop it, or choose another with --metrics.", taken.Addr(), filepath.Base(self), os.Getpid()))

	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	says(runClient(t, doctor), 1, "wrong The configuration file, "+path+", can be changed by others (mode 0666); run chmod go-w on it.")

	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	says(runClient(t, doctor), 0,
		"ok    No server is running with the data directory",
		"ok    The stored data has version 6 and can be read.",
		"ok    The address "+h.addrs["ssh"]+" is free for the ssh door.")
	if err := os.WriteFile(path, []byte("histroy: 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runClient(t, doctor).check(t, 78, "", "teahouse: "+path+": line 1: there is no flag --histroy that can be set here; teahouse --help lists them\nteahouse --help explains the flags.\n")
}
