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

	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// patient returns a doctor for a house with some flags.
func patient(t *testing.T, flags ...string) *doctor {
	t.Helper()
	c, _, err := parse(flags)
	if err != nil {
		t.Fatal(err)
	}
	return &doctor{config: c}
}

// finds checks that one of the findings has a mark and a sentence with
// these parts.
func finds(t *testing.T, findings []finding, m mark, parts ...string) {
	t.Helper()
	for _, f := range findings {
		ok := f.mark == m
		for _, part := range parts {
			ok = ok && strings.Contains(f.says, part)
		}
		if ok {
			return
		}
	}
	t.Errorf("found %v, and not, as %v, %q", findings, m, parts)
}

// lived makes a data directory that a house was open in.
func lived(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := keys.Host(dir); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), journal.Config{Dir: dir, Memory: room.Memory{Lines: 10, Bytes: 1 << 20}, Log: log.New(io.Discard)})
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

// A house that is closed and well.
func TestDoctorOfAHealthyHouse(t *testing.T) {
	dir := lived(t)
	var out bytes.Buffer
	if code := run([]string{"doctor", "--data", dir, "--listen", "ssh://127.0.0.1:0"}, &out, io.Discard); code != exitOK {
		t.Errorf("%d: %s", code, &out)
	}
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "ok ") && !strings.HasPrefix(line, "look ") || !strings.HasSuffix(line, ".\n") {
			t.Errorf("a strange line: %q", line)
		}
	}
	for _, says := range []string{"for its owner alone", "No teahouse runs", "can be read", "free for the ssh door"} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("%q is not in %s", says, &out)
		}
	}
}

// The doctor changes nothing: not even what a house with these flags would.
func TestDoctorChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none", "data")
	examine(patient(t, "--data", dir, "--listen", "ssh://127.0.0.1:0").config, io.Discard)
	if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
		t.Errorf("something was made: %v", err)
	}
}

func TestDoctorOfTheConfiguration(t *testing.T) {
	path := write(t, "f", "")
	finds(t, patient(t).checkConfig(t.Context()), fine, "no configuration file")
	finds(t, patient(t, "--config", path).checkConfig(t.Context()), fine, path)
	chmod(t, path, 0o664)
	finds(t, patient(t, "--config", path).checkConfig(t.Context()), wrong, "changed by others", "chmod go-w")
	t.Setenv("TEAHOUSE_HISTORY", "many")
	for _, args := range [][]string{{"doctor"}, {"doctor", "--nope"}, {"doctor", "--history", "many"}, {"doctor", "--name-age=-1s"}} {
		var stderr bytes.Buffer
		if code := run(args, io.Discard, &stderr); code != exitConfig || !strings.HasPrefix(stderr.String(), "teahouse: ") {
			t.Errorf("%v: %d, %s", args, code, &stderr)
		}
	}
}

func TestDoctorOfTheData(t *testing.T) {
	finds(t, patient(t, "--data=").checkData(t.Context()), look, "in memory")
	finds(t, patient(t, "--data", write(t, "f", "")).checkData(t.Context()), wrong, "is a file; choose another")
	dir := t.TempDir()
	finds(t, patient(t, "--data", filepath.Join(dir, "a", "b")).checkData(t.Context()), fine, "will be made")
	chmod(t, dir, 0o755)
	finds(t, patient(t, "--data", dir).checkData(t.Context()), look, "Others may look into", "chmod 700")
	chmod(t, dir, 0o777)
	finds(t, patient(t, "--data", dir).checkData(t.Context()), wrong, "Others may write into", "chmod 700")
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		finds(t, patient(t, "--data", dir).checkData(t.Context()), look, "belongs to the user with the number 12345")
		return
	}
	chmod(t, dir, 0o500)
	finds(t, patient(t, "--data", dir).checkData(t.Context()), wrong, "cannot be written by you")
	finds(t, patient(t, "--data", filepath.Join(dir, "a", "b")).checkData(t.Context()), wrong, "cannot be made")
	chmod(t, dir, 0o700)
}

// On a disk that is mounted read-only no chown helps, and nobody is told to try it.
func TestDoctorOfAReadOnlyDisk(t *testing.T) {
	d := patient(t, "--data", "/srv/tea")
	for _, readOnly := range [][]finding{d.unwritable(syscall.EROFS), d.unmakable("/srv", syscall.EROFS)} {
		finds(t, readOnly, wrong, "mounted read-only", "mount it for writing")
		if says := readOnly[0].says; strings.Contains(says, "chown") || strings.Contains(says, "you may not") {
			t.Errorf("it says, besides: %s", says)
		}
	}
	finds(t, d.unwritable(syscall.EACCES), wrong, "by you", "chown")
	finds(t, d.unmakable("/srv", syscall.EACCES), wrong, "you may not write into /srv")
	finds(t, d.unwritable(syscall.EIO), wrong, syscall.EIO.Error())
	finds(t, d.unmakable("/srv", syscall.EIO), wrong, syscall.EIO.Error())
}

// Where the data directory cannot be one, that is the one thing wrong with it.
func TestDoctorOfNoDirectory(t *testing.T) {
	file := write(t, "afile", "")
	for _, data := range []string{file, filepath.Join(file, "data")} {
		var out bytes.Buffer
		code := run([]string{"doctor", "--data", data, "--listen", "ssh://127.0.0.1:0"}, &out, io.Discard)
		if code != exitFailed || strings.Count(out.String(), "wrong ") != 1 || !strings.Contains(out.String(), "is a file; choose another with --data.") {
			t.Errorf("%s: %d, %s", data, code, &out)
		}
		if strings.Contains(out.String(), "The disk of") || strings.Contains(out.String(), "host key") {
			t.Errorf("something else is said of %s: %s", data, &out)
		}
	}
}

func TestDoctorOfTheHostKey(t *testing.T) {
	dir := t.TempDir()
	d := patient(t, "--data", dir)
	finds(t, d.checkHostKey(t.Context()), fine, "no host key yet")
	if _, err := keys.Host(dir); err != nil {
		t.Fatal(err)
	}
	finds(t, d.checkHostKey(t.Context()), fine, "SHA256:")
	path := filepath.Join(dir, "ssh_host_ed25519_key")
	chmod(t, path, 0o644)
	finds(t, d.checkHostKey(t.Context()), wrong, "can be read by others", "chmod 600")
	chmod(t, path, 0o600)
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	finds(t, d.checkHostKey(t.Context()), wrong, "damaged", "backup")
}

func TestDoctorOfTheDisk(t *testing.T) {
	dir := t.TempDir()
	finds(t, patient(t, "--data", dir).checkSpace(t.Context()), fine, "free")
	finds(t, patient(t, "--data", dir, "--history-bytes", "1000000000000000000").checkSpace(t.Context()), look, "make room, or keep less")
}

func TestDoctorOfTheStore(t *testing.T) {
	dir := lived(t)
	d := patient(t, "--data", dir)
	finds(t, d.checkStore(t.Context()), fine, "No teahouse runs")
	finds(t, d.checkStore(t.Context()), fine, "of version 4, and can be read")
	unlock, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	findings := d.checkStore(t.Context())
	finds(t, findings, fine, "A teahouse runs")
	finds(t, findings, fine, "of version 4, which this teahouse reads")
	if !d.held {
		t.Error("the doctor does not remember that a teahouse runs")
	}
	unlock()
	for version, want := range map[string]finding{"1\n": {look, "Make a backup before"}, "99\n": {wrong, "run the teahouse that wrote it"}} {
		if err := os.WriteFile(filepath.Join(dir, "journal", "version"), []byte(version), 0o600); err != nil {
			t.Fatal(err)
		}
		finds(t, d.checkStore(t.Context()), want.mark, want.says)
	}
}

// What is damaged in the store is told with its file and what to do, and stays as it is.
func TestDoctorOfADamagedStore(t *testing.T) {
	for stream, says := range map[string]string{"KV_book": "--accept-loss", "ROOM": "the house opens without that"} {
		dir := lived(t)
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
		d := patient(t, "--data", dir)
		findings := d.checkStore(t.Context())
		finds(t, findings, wrong, path)
		finds(t, findings, wrong, says)
		if text, err := os.ReadFile(path); err != nil || string(text) != "no block" {
			t.Errorf("the file is %q now, %v", text, err)
		}
	}
	dir := lived(t)
	if err := os.MkdirAll(filepath.Join(dir, "journal", "damaged", "2026"), 0o700); err != nil {
		t.Fatal(err)
	}
	finds(t, patient(t, "--data", dir).checkStore(t.Context()), look, "Remove them")
}

func TestDoctorOfTheDoors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().String()
	finds(t, patient(t, "--listen", "ssh://127.0.0.1:0", "--metrics", "0").checkDoors(t.Context()), fine, "free for the metrics")
	// Nobody's fault but the address's, though somebody listens at the same port of all others.
	everywhere, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	_, port, _ := net.SplitHostPort(everywhere.Addr().String())
	finds(t, patient(t, "--listen", "ssh://192.0.2.1:"+port).checkDoors(t.Context()), wrong, "It is not possible to listen at 192.0.2.1:"+port)
	if runtime.GOOS == "linux" {
		finds(t, patient(t, "--listen", "ssh://"+at).checkDoors(t.Context()), wrong, "wanted twice")
	}
	// What cannot be brought about here: other processes, and ports that need a right.
	d := patient(t)
	const nobody = "127.0.0.1:1" // listens there
	finds(t, d.closed(t.Context(), "the ssh door", "--listen", nobody, os.ErrPermission), wrong, "cap_net_bind_service", "--listen")
	inUse := inUse(t, at)
	finds(t, d.closed(t.Context(), "the ssh door", "--listen", nobody, inUse), wrong, "is in use; free it")
	d.held = true
	finds(t, d.closed(t.Context(), "the ssh door", "--listen", nobody, inUse), look, "by the teahouse that runs as it seems")
}

// A house that cannot listen says what helps against just that.
func TestHowToListen(t *testing.T) {
	for err, want := range map[error]string{
		syscall.EADDRINUSE:    "free the address or choose another with --listen",
		syscall.EACCES:        "a port below 1024 needs the right cap_net_bind_service; give it, or choose another port with --listen",
		syscall.EADDRNOTAVAIL: "this machine has no such address; correct --listen",
	} {
		if says := howToListen(&net.OpError{Op: "listen", Err: os.NewSyscallError("bind", err)}, "--listen"); says != want {
			t.Errorf("%v: %s", err, says)
		}
	}
}

// inUse returns the error of listening where somebody does.
func inUse(t *testing.T, at string) error {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err == nil {
		l.Close()
		t.Fatal("two can listen at one address")
	}
	return err
}

func TestDoctorOfTheKeys(t *testing.T) {
	file := write(t, "keys", someKey)
	check := func(file string) []finding { return patient(t, "--operators", file).checkKeys(t.Context()) }
	finds(t, check(file), fine, "--operators", "keys in it: 1")
	finds(t, check(write(t, "keys", "")), look, "has no keys")
	finds(t, check(write(t, "keys", "nonsense")), wrong, "line 1")
	finds(t, patient(t, "--allow", "/none/such").checkKeys(t.Context()), wrong, "--allow", "make the file")
	chmod(t, file, 0o602)
	finds(t, check(file), wrong, "can be changed by others", "chmod go-w")
}

func TestDoctorOfFiles(t *testing.T) {
	finds(t, patient(t).enoughFiles(20000), fine, "enough for 4096")
	finds(t, patient(t).enoughFiles(1024), look, "884 connections and not 4096", "ulimit -n")
	finds(t, patient(t, "--limits=off").enoughFiles(1024), fine, "896")
	if f := patient(t).enoughFiles(0); f != nil {
		t.Errorf("where it is not known: %v", f)
	}
}

func TestDoctorOfTheClock(t *testing.T) {
	now := time.Date(2027, 3, 4, 5, 6, 0, 0, time.UTC)
	finds(t, saneClock(now, false), fine, "2027-03-04 05:06 UTC")
	finds(t, saneClock(now, true), look, "time server")
	finds(t, saneClock(time.Unix(0, 0).UTC(), true), wrong, "1970-01-01 00:00 UTC; set it")
	finds(t, saneClock(now.AddDate(200, 0, 0), false), wrong, "set it")
}

func TestDoctorOfServers(t *testing.T) {
	with := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()})
	without := natsServer(t, &server.Options{})
	findings := patient(t, "--nats", with+","+without+",nats://me:secret@127.0.0.1:1").checkServers(t.Context())
	finds(t, findings, fine, with, "has JetStream, and is in no cluster")
	finds(t, findings, wrong, without, "JetStream")
	finds(t, findings, wrong, "nats://me:xxxxx@127.0.0.1:1", "correct --nats")
	for _, f := range findings {
		if strings.Contains(f.says, "secret") {
			t.Errorf("a password is shown: %s", f.says)
		}
	}
}

// Each server is asked itself: one that tells of another, which could be used in its place, is
// not well by that.
func TestDoctorOfAServerBesideAnother(t *testing.T) {
	clustered := func(password string, routes ...*url.URL) *server.Server {
		return startNATS(t, &server.Options{
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
	finds(t, patient(t, "--nats", at).checkServers(t.Context()), wrong, "Authorization Violation")
}

// A house that nobody would see beside the NATS servers is told of before it opens with them.
func TestDoctorOfAHouseBesideServers(t *testing.T) {
	url, dir := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()}), t.TempDir()
	check := func() []finding { return patient(t, "--nats", url, "--data", dir).checkOwn(t.Context()) }
	if f := check(); f != nil {
		t.Errorf("without one: %v", f)
	}
	for _, c := range []journal.Config{{Dir: dir}, {URL: url}} {
		j, err := journal.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		last := j.Write(room.Row{Table: "bans", Key: "mallory", Value: []byte("{}")})
		if err := errors.Join(j.Settle(0, last), j.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
		says := map[bool]string{true: "run teahouse move with the same flags", false: "which have another"}
		finds(t, check(), look, filepath.Join(dir, "journal"), says[c.URL == ""])
	}
}

// A move that was broken off keeps all nodes closed, and is run again: nobody is told to put the
// folder away from which that has to be done.
func TestDoctorOfHalfAMove(t *testing.T) {
	url, dir := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()}), lived(t)
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
		finds(t, patient(t, "--nats", url, "--data", data).checkOwn(t.Context()), wrong, "broken off, run it again")
	}
}

// The doctor may be used where nothing can be found out: it says less, and ends.
func TestDoctorInAHurry(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := patient(t, "--data", t.TempDir(), "--listen", "ssh://127.0.0.1:0", "--nats", "nats://127.0.0.1:1")
	for _, check := range d.checks() {
		check(ctx)
	}
}
