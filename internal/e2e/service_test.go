package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/testkit"
)

// A serviceManager receives a service's notifications, as systemd does.
type serviceManager struct {
	t      *testing.T
	socket string
	heard  *testkit.Recorder // one line per message
}

func newServiceManager(t *testing.T) *serviceManager {
	t.Helper()
	m := &serviceManager{t: t, socket: filepath.Join(shortDir(t), "notify"), heard: &testkit.Recorder{}}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		message := make([]byte, 1<<10)
		for {
			n, err := conn.Read(message)
			if err != nil {
				return
			}
			_, _ = m.heard.Write(append(message[:n:n], '\n'))
		}
	}()
	onFailure(t, "the service manager", m.heard.String)
	return m
}

// waitNotified waits until so many messages of one kind have arrived.
func (m *serviceManager) waitNotified(message string, times int) {
	m.t.Helper()
	eventually(m.t, "the service manager receives "+message, func() bool {
		return strings.Count(m.heard.String(), message+"\n") >= times
	})
}

// Protects operators who use a service manager: it is notified when people can enter, regularly
// that the server is alive, and when it stops.
func TestServiceManager(t *testing.T) {
	t.Parallel()
	m := newServiceManager(t)
	h := launch(t, "env", "NOTIFY_SOCKET="+m.socket, "WATCHDOG_USEC=200000",
		program("teahouse"), "--data", filepath.Join(t.TempDir(), "data"), "--listen", "ssh://127.0.0.1:0")
	m.waitNotified("READY=1", 1)
	h.expectStderr("host key")
	m.waitNotified("WATCHDOG=1", 5)
	if err := h.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	m.waitNotified("STOPPING=1", 1)
	h.waitExit(0)
	if heard := m.heard.String(); !strings.HasPrefix(heard, "READY=1\n") || strings.Count(heard, "READY=1\n") != 1 || strings.Count(heard, "STOPPING=1\n") != 1 {
		t.Errorf("the service manager received:\n%s", heard)
	}
}

// Protects a server whose service manager is gone: it keeps running, and logs it.
func TestServiceManagerIsGone(t *testing.T) {
	t.Parallel()
	h := launch(t, "env", "NOTIFY_SOCKET="+filepath.Join(t.TempDir(), "nobody"), "WATCHDOG_USEC=soon",
		program("teahouse"), "--data", "", "--listen", "ssh://127.0.0.1:0")
	h.expectStderr("cannot notify the service manager")
	h.expectStderr("cannot serve the service manager's watchdog")
	if err := h.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	h.waitExit(0)
}

// Protects a server that a service manager should restart: after a crash, or the watchdog's signal,
// its exit code is not that of a configuration error.
func TestCrashExitCode(t *testing.T) {
	skipRace(t)
	t.Parallel()
	for _, crash := range []syscall.Signal{syscall.SIGABRT, syscall.SIGSEGV} {
		h := launch(t, program("teahouse"), "--data", filepath.Join(t.TempDir(), "data"), "--listen", "ssh://127.0.0.1:0")
		h.expectStderr("host key")
		if err := h.process.Signal(crash); err != nil {
			t.Fatal(err)
		}
		h.waitExit(2) // Go's own for crashes
		h.expectStderr("goroutine ")
	}
}

// Protects a service manager from pointless restarts: each command reports configuration errors by
// its exit code, and creates nothing.
func TestConfigErrorExitCode(t *testing.T) {
	skipRace(t)
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for _, command := range [][]string{
		nil, {"serve"}, {"backup", "file"}, {"restore", "file"}, {"move"}, {"salvage", "file"}, {"doctor"}, {"config"}, {"health", "--metrics", "9222"},
		{"help"}, {"version"}, {"man"}, {"completion", "bash"},
	} {
		r := runClient(t, append(append([]string{program("teahouse")}, command...), "--data", data, "--limit-lnes", "5"))
		r.check(t, 78, "", "teahouse: unknown flag --limit-lnes")
	}
	runClient(t, []string{program("teahouse"), "completion", "csh"}).check(t, 78, "", "csh")
	runClient(t, []string{program("teahouse"), "help", "bakcup"}).check(t, 78, "", "bakcup")
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("commands with errors made a data directory: %v", err)
	}
}

// Protects programs that check whether the server is ready: the answer is an exit code, with a
// sentence.
func TestHealth(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--metrics", ":0")
	check := []string{program("teahouse"), "health", "--metrics", h.waitLog("serving metrics")["addr"]}
	runClient(t, check).check(t, 0, "The server is ready.\n", "")
	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	if r := runClient(t, check); r.code != 1 || !strings.HasPrefix(r.out, "teahouse: the server doesn't answer: ") {
		t.Errorf("for a stopped server, health exits with code %d, %q", r.code, r.out)
	}
	runClient(t, []string{program("teahouse"), "health"}).check(t, 78, "", "teahouse: health: --metrics must be the address that the server was given\n")
}
