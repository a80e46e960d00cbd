package e2e

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Protects people from "REMOTE HOST IDENTIFICATION HAS CHANGED": the host key survives a restart,
// and only its owner can read it.
func TestHostKeySurvivesRestart(t *testing.T) {
	skipRace(t)
	t.Parallel()
	data := filepath.Join(t.TempDir(), "new", "data")
	h := startServerIn(t, data)
	runClient(t, withCommand(h.ssh("alice"), "help"))
	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	for file, want := range map[string]fs.FileMode{".": 0o700, "ssh_host_ed25519_key": 0o600} {
		info, err := os.Stat(filepath.Join(data, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("the file %s has mode %#o, want %#o", file, got, want)
		}
	}

	again := startServerIn(t, data, "--listen", "ssh://"+h.addrs["ssh"])
	again.knownHosts = h.knownHosts
	argv := again.ssh("alice", "-T")
	for i, word := range argv {
		argv[i] = strings.Replace(word, "accept-new", "yes", 1)
	}
	runClient(t, argv).check(t, 0, "* alice joined\n", "")
	if again.fingerprint != h.fingerprint {
		t.Errorf("the host key was %s, and after the restart is %s", h.fingerprint, again.fingerprint)
	}
}

// Protects operators from two servers on one directory, and from a start that fails silently.
func TestStartupFailures(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	free := filepath.Join(t.TempDir(), "data")
	for _, c := range []struct {
		name  string
		flags []string
		code  int
		err   string
	}{
		{"data in use", []string{"--data", h.data, "--listen", "ssh://127.0.0.1:0"}, 1, "is in use by another teahouse"},
		{"ssh port taken", []string{"--data", free, "--listen", "ssh://" + h.addrs["ssh"]}, 1, "cannot open the ssh door"},
		{"tcp port taken", []string{"--data", free, "--listen", "gopl://" + h.addrs["classic"]}, 1, "address already in use"},
		{"unknown door", []string{"--listen", "telnet://:23"}, 78, `"telnet" is not one of the doors`},
		{"no port", []string{"--listen", "ssh://localhost"}, 78, "write it as ssh://HOST:PORT"},
		{"bad setting", []string{"--listen", "ssh://:0?idel=3s"}, 78, "only idle"},
		{"bad idle", []string{"--listen", "ssh://:0?idle=soon"}, 78, "is not a time such as 90s"},
		{"unknown flag", []string{"--port", "22"}, 78, "--help explains the flags"},
		{"stray word", []string{"stop"}, 78, "stop"},
	} {
		t.Run(c.name, func(t *testing.T) {
			runClient(t, append([]string{program("teahouse")}, c.flags...)).check(t, c.code, "", c.err)
		})
	}
	if exists("teahouse-data") {
		t.Error("with a mistake in the flags, the server made a data directory")
	}
}

// Protects people who have just built it.
func TestHelpAndVersion(t *testing.T) {
	skipRace(t)
	t.Parallel()
	r := runClient(t, []string{program("teahouse"), "--help"})
	r.check(t, 0, r.out, "")
	for _, word := range []string{"ssh -p 2222 localhost", "nc 127.0.0.1 8888", "--listen", "--data", "TEAHOUSE_LISTEN", "idle=60s"} {
		if !strings.Contains(r.out, word) {
			t.Errorf("--help lacks %q:\n%s", word, r.out)
		}
	}
	r = runClient(t, []string{program("teahouse"), "--version"})
	r.check(t, 0, r.out, "")
	if !strings.HasPrefix(r.out, "teahouse ") || !strings.Contains(r.out, "go1.") {
		t.Errorf("--version prints %q", r.out)
	}
}

// Protects operators who configure the server by environment variables: several doors, separated by
// commas.
func TestEnvironment(t *testing.T) {
	skipRace(t)
	t.Parallel()
	c := launch(t, "env", "TEAHOUSE_LISTEN=gopl://127.0.0.1:0,classic://127.0.0.1:0?idle=0", "TEAHOUSE_LOG_FORMAT=json",
		"TEAHOUSE_DATA="+filepath.Join(t.TempDir(), "data"), program("teahouse"))
	h := &chatServer{client: c}
	h.waitLog("listening", "door", "classic")
	for _, door := range []string{"gopl", "classic"} {
		conn, err := net.DialTimeout("tcp", h.waitLog("listening", "door", door)["addr"], waitTimeout)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	h.signal(syscall.SIGTERM)
	h.waitExit(0)
}
