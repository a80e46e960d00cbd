package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/datadir"
	"teahouse/internal/records"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// newDoctor returns a doctor with some flags.
func newDoctor(t *testing.T, flags ...string) *doctor {
	t.Helper()
	c, _, err := parse(flags)
	if err != nil {
		t.Fatal(err)
	}
	return &doctor{config: c}
}

// wantFinding checks that one of the findings has a severity and contains parts.
func wantFinding(t *testing.T, findings []finding, m severity, parts ...string) {
	t.Helper()
	for _, f := range findings {
		ok := f.severity == m
		for _, part := range parts {
			ok = ok && strings.Contains(f.text, part)
		}
		if ok {
			return
		}
	}
	t.Errorf("the doctor says %v, want a line marked %v with %q", findings, m, parts)
}

// usedDataDir makes a data directory that a server has used.
func usedDataDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := datadir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := keys.LoadHostKey(dir); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), journal.Config{Dir: dir, HistoryLimits: room.HistoryLimits{Lines: 10, Bytes: 1 << 20}, Log: log.New(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// A server that is stopped and healthy.
func TestDoctorHealthy(t *testing.T) {
	dir := usedDataDir(t)
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
	runDoctor(newDoctor(t, "--data", dir, "--listen", "ssh://127.0.0.1:0").config, io.Discard)
	if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
		t.Errorf("the doctor made a directory, or: %v", err)
	}
}

// The doctor says which configuration file is used, and whether others can change it. Mistakes in the
// flags are reported as by any command.
func TestDoctorConfig(t *testing.T) {
	path := writeFile(t, "f", "")
	wantFinding(t, newDoctor(t).checkConfig(t.Context()), severityOK, "no configuration file")
	wantFinding(t, newDoctor(t, "--config", path).checkConfig(t.Context()), severityOK, path)
	chmod(t, path, 0o664)
	wantFinding(t, newDoctor(t, "--config", path).checkConfig(t.Context()), severityError, "changed by others", "chmod go-w")
	t.Setenv("TEAHOUSE_HISTORY", "many")
	for _, args := range [][]string{{"doctor"}, {"doctor", "--nope"}, {"doctor", "--history", "many"}, {"doctor", "--name-age=-1s"}} {
		var stderr bytes.Buffer
		if code := run(args, io.Discard, &stderr); code != exitConfig || !strings.HasPrefix(stderr.String(), "teahouse: ") {
			t.Errorf("teahouse %v exits with %d and says %s; want %d, and what is wrong", args, code, &stderr, exitConfig)
		}
	}
}

// The doctor says whether the data directory exists, can be written, and is private.
func TestDoctorDataDir(t *testing.T) {
	wantFinding(t, newDoctor(t, "--data=").checkDataDir(t.Context()), severityWarning, "in memory")
	wantFinding(t, newDoctor(t, "--data", writeFile(t, "f", "")).checkDataDir(t.Context()), severityError, "is a file; choose another")
	dir := t.TempDir()
	wantFinding(t, newDoctor(t, "--data", filepath.Join(dir, "a", "b")).checkDataDir(t.Context()), severityOK, "will be created")
	chmod(t, dir, 0o755)
	wantFinding(t, newDoctor(t, "--data", dir).checkDataDir(t.Context()), severityWarning, "Others may look into", "chmod 700")
	chmod(t, dir, 0o777)
	wantFinding(t, newDoctor(t, "--data", dir).checkDataDir(t.Context()), severityError, "Others may write into", "chmod 700")
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		wantFinding(t, newDoctor(t, "--data", dir).checkDataDir(t.Context()), severityWarning, "belongs to the user with the number 12345")
		return
	}
	chmod(t, dir, 0o500)
	wantFinding(t, newDoctor(t, "--data", dir).checkDataDir(t.Context()), severityError, "can't be written by you")
	wantFinding(t, newDoctor(t, "--data", filepath.Join(dir, "a", "b")).checkDataDir(t.Context()), severityError, "be created")
	chmod(t, dir, 0o700)
}

// On a disk that is mounted read-only chown does not help, and the doctor does not suggest it.
func TestDoctorReadOnlyDisk(t *testing.T) {
	d := newDoctor(t, "--data", "/srv/tea")
	for _, readOnly := range [][]finding{d.dirNotWritable(syscall.EROFS), d.dirNotCreatable("/srv", syscall.EROFS)} {
		wantFinding(t, readOnly, severityError, "mounted read-only", "mount it for writing")
		if says := readOnly[0].text; strings.Contains(says, "chown") || strings.Contains(says, "you can't") {
			t.Errorf("for a read-only disk the doctor suggests chown, or another user: %s", says)
		}
	}
	wantFinding(t, d.dirNotWritable(syscall.EACCES), severityError, "by you", "chown")
	wantFinding(t, d.dirNotCreatable("/srv", syscall.EACCES), severityError, "you can't write to /srv")
	wantFinding(t, d.dirNotWritable(syscall.EIO), severityError, syscall.EIO.Error())
	wantFinding(t, d.dirNotCreatable("/srv", syscall.EIO), severityError, syscall.EIO.Error())
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

// A host key that others can read, or that is damaged, is an error.
func TestDoctorHostKey(t *testing.T) {
	dir := t.TempDir()
	d := newDoctor(t, "--data", dir)
	wantFinding(t, d.checkHostKey(t.Context()), severityOK, "no host key yet")
	if _, err := keys.LoadHostKey(dir); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.checkHostKey(t.Context()), severityOK, "SHA256:")
	path := filepath.Join(dir, "ssh_host_ed25519_key")
	chmod(t, path, 0o644)
	wantFinding(t, d.checkHostKey(t.Context()), severityError, "can be read by others", "chmod 600")
	chmod(t, path, 0o600)
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.checkHostKey(t.Context()), severityError, "damaged", "backup")
}

// The disk needs room for as much as the flags allow to be stored.
func TestDoctorDiskSpace(t *testing.T) {
	dir := t.TempDir()
	wantFinding(t, newDoctor(t, "--data", dir).checkDiskSpace(t.Context()), severityOK, "free")
	wantFinding(t, newDoctor(t, "--data", dir, "--history-bytes", "1000000000000000000").checkDiskSpace(t.Context()), severityWarning, "make room, or keep less")
}

// The doctor says whether a server is running, and whether this program can read the stored data.
func TestDoctorStore(t *testing.T) {
	t.Parallel()
	dir := usedDataDir(t)
	d := newDoctor(t, "--data", dir)
	wantFinding(t, d.checkStore(t.Context()), severityOK, "No server is running")
	wantFinding(t, d.checkStore(t.Context()), severityOK, "version 4 and can be read")
	unlock, err := datadir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	findings := d.checkStore(t.Context())
	wantFinding(t, findings, severityOK, "A server is running")
	wantFinding(t, findings, severityOK, "version 4, which this server reads")
	if !d.dirInUse {
		t.Error("the doctor does not remember that a server is running")
	}
	unlock()
	for version, want := range map[string]finding{"1\n": {severityWarning, "Make a backup first"}, "99\n": {severityError, "run the teahouse that wrote it"}} {
		if err := os.WriteFile(filepath.Join(dir, "journal", "version"), []byte(version), 0o600); err != nil {
			t.Fatal(err)
		}
		wantFinding(t, d.checkStore(t.Context()), want.severity, want.text)
	}
}

// Damage in the store is reported with the file and what to do, and the file is not changed.
func TestDoctorDamagedStore(t *testing.T) {
	for stream, says := range map[string]string{"KV_book": "--accept-loss", "ROOM": "the server starts without it"} {
		dir := usedDataDir(t)
		path := filepath.Join(dir, "journal", "jetstream", "$G", "streams", stream, "msgs", "1.blk")
		if err := os.WriteFile(path, []byte("no block"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, "journal", "sealed")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "journal", "marks"), []byte(`{"KV_book":{"block":2},"ROOM":{"block":2}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		d := newDoctor(t, "--data", dir)
		findings := d.checkStore(t.Context())
		wantFinding(t, findings, severityError, path)
		wantFinding(t, findings, severityError, says)
		if text, err := os.ReadFile(path); err != nil || string(text) != "no block" {
			t.Errorf("the doctor changed the damaged file to %q (error %v)", text, err)
		}
	}
	dir := usedDataDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "journal", "damaged", "2026"), 0o700); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, newDoctor(t, "--data", dir).checkStore(t.Context()), severityWarning, "remove them")
}

// The doctor tries to listen at each address, and says why it cannot.
func TestDoctorDoors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().String()
	wantFinding(t, newDoctor(t, "--listen", "ssh://127.0.0.1:0", "--metrics", "0").checkDoors(t.Context()), severityOK, "free for the metrics")
	// Nobody's fault but the address's, though somebody listens at the same port of all others.
	everywhere, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	_, port, _ := net.SplitHostPort(everywhere.Addr().String())
	wantFinding(t, newDoctor(t, "--listen", "ssh://192.0.2.1:"+port).checkDoors(t.Context()), severityError, "Can't listen at 192.0.2.1:"+port)
	if runtime.GOOS == "linux" {
		wantFinding(t, newDoctor(t, "--listen", "ssh://"+at).checkDoors(t.Context()), severityError, "used twice")
	}
	// What cannot be brought about here: other processes, and ports that need a right.
	d := newDoctor(t)
	const nobody = "127.0.0.1:1" // listens there
	wantFinding(t, d.listenFailed(t.Context(), "the ssh door", "--listen", nobody, os.ErrPermission), severityError, "cap_net_bind_service", "--listen")
	inUse := listenError(t, at)
	wantFinding(t, d.listenFailed(t.Context(), "the ssh door", "--listen", nobody, inUse), severityError, "is in use; free it")
	d.dirInUse = true
	wantFinding(t, d.listenFailed(t.Context(), "the ssh door", "--listen", nobody, inUse), severityWarning, "apparently by the running server")
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

// listenError returns the error of listening where somebody does.
func listenError(t *testing.T, at string) error {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err == nil {
		l.Close()
		t.Fatal("two listeners can have the same address")
	}
	return err
}

// Key files must be readable, have keys, and belong to nobody else.
func TestDoctorKeyFiles(t *testing.T) {
	file := writeFile(t, "keys", testKey)
	check := func(file string) []finding { return newDoctor(t, "--operators", file).checkKeys(t.Context()) }
	wantFinding(t, check(file), severityOK, "--operators", "keys in it: 1")
	wantFinding(t, check(writeFile(t, "keys", "")), severityWarning, "has no keys")
	wantFinding(t, check(writeFile(t, "keys", "nonsense")), severityError, "line 1")
	wantFinding(t, newDoctor(t, "--allow", "/none/such").checkKeys(t.Context()), severityError, "--allow", "create the file")
	chmod(t, file, 0o602)
	wantFinding(t, check(file), severityError, "can be changed by others", "chmod go-w")
}

// The limit of open files must allow the connections that the flags allow.
func TestDoctorOpenFiles(t *testing.T) {
	wantFinding(t, newDoctor(t).checkOpenFileLimit(20000), severityOK, "enough for 4096")
	wantFinding(t, newDoctor(t).checkOpenFileLimit(1024), severityWarning, "884 connections instead of 4096", "ulimit -n")
	wantFinding(t, newDoctor(t, "--limits=off").checkOpenFileLimit(1024), severityOK, "896")
	if f := newDoctor(t).checkOpenFileLimit(0); f != nil {
		t.Errorf("where the limit of open files is unknown, the doctor says %v, want nothing", f)
	}
}

// A clock that is obviously wrong is an error; one that no time server sets, a warning.
func TestDoctorClock(t *testing.T) {
	now := time.Date(2027, 3, 4, 5, 6, 0, 0, time.UTC)
	wantFinding(t, checkTime(now, false), severityOK, "2027-03-04 05:06 UTC")
	wantFinding(t, checkTime(now, true), severityWarning, "time server")
	wantFinding(t, checkTime(time.Unix(0, 0).UTC(), true), severityError, "1970-01-01 00:00 UTC; set it")
	wantFinding(t, checkTime(now.AddDate(200, 0, 0), false), severityError, "set it")
}

// Each NATS server is judged by itself, and no password is shown.
func TestDoctorNATSServers(t *testing.T) {
	with := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()})
	without := natsServer(t, &server.Options{})
	findings := newDoctor(t, "--nats", with+","+without+",nats://me:secret@127.0.0.1:1").checkNATSServers(t.Context())
	wantFinding(t, findings, severityOK, with, "has JetStream, and is in no cluster")
	wantFinding(t, findings, severityError, without, "JetStream")
	wantFinding(t, findings, severityError, "nats://me:xxxxx@127.0.0.1:1", "correct --nats")
	for _, f := range findings {
		if strings.Contains(f.text, "secret") {
			t.Errorf("the doctor shows a password: %s", f.text)
		}
	}
}

// Each NATS server is asked itself: a bad one is not healthy because it names a good one.
func TestDoctorEachNATSServer(t *testing.T) {
	clustered := func(password string, routes ...*url.URL) *server.Server {
		return natstest.Start(t, &server.Options{
			Port: server.RANDOM_PORT, Username: "me", Password: password, Routes: routes,
			Cluster: server.ClusterOpts{Name: "tea", Host: "127.0.0.1", Port: server.RANDOM_PORT},
		})
	}
	known := clustered("secret")
	stranger := clustered("other", &url.URL{Scheme: "nats", Host: known.ClusterAddr().String()})
	told := make(chan *nats.Conn, 1)
	conn, err := nats.Connect(stranger.ClientURL(), nats.UserInfo("me", "other"), nats.DiscoveredServersHandler(func(c *nats.Conn) { told <- c }))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for len(conn.Servers()) < 2 {
		<-told
	}
	at := strings.Replace(stranger.ClientURL(), "//", "//me:secret@", 1)
	wantFinding(t, newDoctor(t, "--nats", at).checkNATSServers(t.Context()), severityError, "Authorization Violation")
}

// The doctor reports local data that nobody would see with the NATS servers.
func TestDoctorLocalStoreWithNATS(t *testing.T) {
	url, dir := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()}), t.TempDir()
	check := func() []finding { return newDoctor(t, "--nats", url, "--data", dir).checkLocalStore(t.Context()) }
	if f := check(); f != nil {
		t.Errorf("without local data the doctor says %v, want nothing", f)
	}
	for _, c := range []journal.Config{{Dir: dir}, {URL: url}} {
		j, err := journal.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		last := j.Write(records.Record{Table: "bans", Key: "mallory", Value: []byte("{}")})
		if err := errors.Join(j.WaitStored(0, last), j.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
		says := map[bool]string{true: "run teahouse move with the same flags", false: "of another server"}
		wantFinding(t, check(), severityWarning, filepath.Join(dir, "journal"), says[c.URL == ""])
	}
}

// An interrupted move keeps all nodes from starting and must be run again: the doctor does not
// suggest to move away the folder that is needed for it.
func TestDoctorInterruptedMove(t *testing.T) {
	url, dir := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()}), usedDataDir(t)
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	begun := jetstream.StreamConfig{Name: "ROOM", Subjects: []string{"room.>"}, Metadata: map[string]string{"teahouse-format": "unfinished 1"}}
	if _, err := js.CreateStream(t.Context(), begun); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "room.lobby", []byte("a part")); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{dir, t.TempDir()} {
		wantFinding(t, newDoctor(t, "--nats", url, "--data", data).checkLocalStore(t.Context()), severityError, "interrupted; if it was, run it again")
	}
}

// If nothing can be found out, the doctor says less, and ends.
func TestDoctorCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := newDoctor(t, "--data", t.TempDir(), "--listen", "ssh://127.0.0.1:0", "--nats", "nats://127.0.0.1:1")
	for _, check := range d.checks() {
		check(ctx)
	}
}
