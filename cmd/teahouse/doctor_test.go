package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/testkit/datadirtest"
)

// A server that is stopped and healthy.
func TestDoctorHealthy(t *testing.T) {
	dir := datadirtest.Used(t)
	var out bytes.Buffer
	if code := run([]string{"doctor", "--data", dir, "--listen", "ssh://127.0.0.1:0"}, &out, io.Discard); code != exitOK {
		t.Errorf("for a healthy server the doctor exits with %d and says:\n%s", code, &out)
	}
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "ok ") && !strings.HasPrefix(line, "look ") || !strings.HasSuffix(line, ".\n") {
			t.Errorf("the doctor says %q, want a sentence after ok or look", line)
		}
	}
	for _, says := range []string{"for its owner alone", "No server is running", "can be read", "free for the ssh door"} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("the doctor does not say %q, but:\n%s", says, &out)
		}
	}
}

// The doctor changes nothing, not even what a server with these flags would.
func TestDoctorChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none", "data")
	run([]string{"doctor", "--data", dir, "--listen", "ssh://127.0.0.1:0"}, io.Discard, io.Discard)
	if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
		t.Errorf("the doctor made a directory, or: %v", err)
	}
}

// If the data directory is not a directory, that is the only error reported.
func TestDoctorDataIsNoDirectory(t *testing.T) {
	file := writeFile(t, "afile", "")
	for _, data := range []string{file, filepath.Join(file, "data")} {
		var out bytes.Buffer
		code := run([]string{"doctor", "--data", data, "--listen", "ssh://127.0.0.1:0"}, &out, io.Discard)
		if code != exitFailed || strings.Count(out.String(), "wrong ") != 1 || !strings.Contains(out.String(), "is a file; choose another with --data.") {
			t.Errorf("with --data %s the doctor exits with %d; want %d and one error, that it is a file:\n%s", data, code, exitFailed, &out)
		}
		if strings.Contains(out.String(), "The disk of") || strings.Contains(out.String(), "host key") {
			t.Errorf("with --data %s the doctor says more than that it is a file:\n%s", data, &out)
		}
	}
}

// The error of listening says what helps in that case.
func TestListenHint(t *testing.T) {
	for err, want := range map[error]string{
		syscall.EADDRINUSE:    "free the address or choose another with --listen",
		syscall.EACCES:        "a port below 1024 needs the privilege cap_net_bind_service; grant it, or choose another port with --listen",
		syscall.EADDRNOTAVAIL: "this machine has no such address; correct --listen",
	} {
		if says := listenHint(&net.OpError{Op: "listen", Err: os.NewSyscallError("bind", err)}, "--listen"); says != want {
			t.Errorf("for %v the operator reads %q, want %q", err, says, want)
		}
	}
}

// Mistakes in the flags are reported as by any command.
func TestDoctorBadConfig(t *testing.T) {
	t.Setenv("TEAHOUSE_HISTORY", "many")
	for _, args := range [][]string{{"doctor"}, {"doctor", "--nope"}, {"doctor", "--history", "many"}, {"doctor", "--name-age=-1s"}} {
		var stderr bytes.Buffer
		if code := run(args, io.Discard, &stderr); code != exitConfig || !strings.HasPrefix(stderr.String(), "teahouse: ") {
			t.Errorf("teahouse %v exits with %d and says %s; want %d, and what is wrong", args, code, &stderr, exitConfig)
		}
	}
}

// doctorFinds runs the doctor with some flags, and checks that one of its lines has a severity and
// contains parts. It returns all lines.
func doctorFinds(t *testing.T, flags []string, severity string, parts ...string) (report string) {
	t.Helper()
	var out bytes.Buffer
	run(append([]string{"doctor", "--listen", "ssh://127.0.0.1:0"}, flags...), &out, &out)
	for line := range strings.Lines(out.String()) {
		ok := strings.HasPrefix(line, severity+" ")
		for _, part := range parts {
			ok = ok && strings.Contains(line, part)
		}
		if ok {
			return out.String()
		}
	}
	t.Errorf("with %v the doctor says this, want a line marked %s with %q:\n%s", flags, severity, parts, &out)
	return out.String()
}

// The doctor checks what the flags say.
func TestDoctorFlags(t *testing.T) {
	t.Setenv("TEAHOUSE_LIMIT_LNES", "5")
	file := writeFile(t, "keys", testKey)
	flags := []string{"--config", writeFile(t, "f", ""), "--data=", "--metrics=0", "--pprof=0", "--operators", file, "--allow", file, "--limits=off"}
	report := doctorFinds(t, flags, "ok", "The configuration file")
	for _, says := range []string{"TEAHOUSE_LIMIT_LNES", "in memory", "for the ssh door", "for the metrics", "for the profiles", "--operators, " + file, "--allow, " + file, "no limit is set"} {
		if !strings.Contains(report, says) {
			t.Errorf("the doctor does not say %q, but:\n%s", says, report)
		}
	}
}
