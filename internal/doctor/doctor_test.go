package doctor

import (
	"context"
	"crypto/x509"
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
	"teahouse/internal/testkit/datadirtest"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// inDir returns a doctor for a data directory.
func inDir(dir string) *doctor {
	limits := room.HistoryLimits{Lines: 10_000, Bytes: 16 << 20}
	return &doctor{Config: Config{Journal: journal.Config{Dir: dir, HistoryLimits: limits, Log: log.New(io.Discard)}}}
}

// withServers returns a doctor for NATS servers and a data directory.
func withServers(dir, urls string) *doctor {
	d := inDir(dir)
	d.Journal.URL = urls
	return d
}

// listening returns a doctor for some addresses.
func listening(addresses ...Address) *doctor { return &doctor{Config: Config{Addresses: addresses}} }

// sshDoor returns the address of an SSH door.
func sshDoor(hostPort string) Address { return Address{"the ssh door", "--listen", hostPort} }

// writeFile creates a file and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// natsServer starts a NATS server and returns its URL.
func natsServer(t *testing.T, o *server.Options) string {
	t.Helper()
	o.Port = server.RANDOM_PORT
	return natstest.Start(t, o).ClientURL()
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

// The doctor says which configuration file is used, and whether others can change it.
func TestDoctorConfig(t *testing.T) {
	path := writeFile(t, "f", "")
	wantFinding(t, new(doctor).checkConfig(t.Context()), severityOK, "no configuration file")
	wantFinding(t, (&doctor{Config: Config{File: path}}).checkConfig(t.Context()), severityOK, path)
	datadirtest.Chmod(t, path, 0o664)
	wantFinding(t, (&doctor{Config: Config{File: path}}).checkConfig(t.Context()), severityError, "changed by others", "chmod go-w")
}

// The doctor says whether the data directory exists, can be written, and is private.
func TestDoctorDataDir(t *testing.T) {
	wantFinding(t, inDir("").checkDataDir(t.Context()), severityWarning, "in memory")
	wantFinding(t, inDir(writeFile(t, "f", "")).checkDataDir(t.Context()), severityError, "is a file; choose another")
	dir := t.TempDir()
	wantFinding(t, inDir(filepath.Join(dir, "a", "b")).checkDataDir(t.Context()), severityOK, "will be created")
	datadirtest.Chmod(t, dir, 0o755)
	wantFinding(t, inDir(dir).checkDataDir(t.Context()), severityWarning, "Others may look into", "chmod 700")
	datadirtest.Chmod(t, dir, 0o777)
	wantFinding(t, inDir(dir).checkDataDir(t.Context()), severityError, "Others may write into", "chmod 700")
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		wantFinding(t, inDir(dir).checkDataDir(t.Context()), severityWarning, "belongs to the user with the number 12345")
		return
	}
	datadirtest.Chmod(t, dir, 0o500)
	wantFinding(t, inDir(dir).checkDataDir(t.Context()), severityError, "can't be written by you")
	wantFinding(t, inDir(filepath.Join(dir, "a", "b")).checkDataDir(t.Context()), severityError, "be created")
	datadirtest.Chmod(t, dir, 0o700)
}

// On a disk that is mounted read-only chown does not help, and the doctor does not suggest it.
func TestDoctorReadOnlyDisk(t *testing.T) {
	d := inDir("/srv/tea")
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

// A host key that others can read, or that is damaged, is an error.
func TestDoctorHostKey(t *testing.T) {
	dir := t.TempDir()
	d := inDir(dir)
	wantFinding(t, d.checkHostKey(t.Context()), severityOK, "no host key yet")
	if _, err := keys.LoadHostKey(dir); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.checkHostKey(t.Context()), severityOK, "SHA256:")
	path := filepath.Join(dir, "ssh_host_ed25519_key")
	datadirtest.Chmod(t, path, 0o644)
	wantFinding(t, d.checkHostKey(t.Context()), severityError, "can be read by others", "chmod 600")
	datadirtest.Chmod(t, path, 0o600)
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.checkHostKey(t.Context()), severityError, "damaged", "backup")
}

// The disk needs room for as much as the flags allow to be stored.
func TestDoctorDiskSpace(t *testing.T) {
	dir := t.TempDir()
	wantFinding(t, inDir(dir).checkDiskSpace(t.Context()), severityOK, "free")
	d := inDir(dir)
	d.Journal.HistoryLimits.Bytes = 1e18
	wantFinding(t, d.checkDiskSpace(t.Context()), severityWarning, "make room, or keep less")
}

// The doctor says whether a server is running, and whether this program can read the stored data.
func TestDoctorStore(t *testing.T) {
	t.Parallel()
	dir := datadirtest.Used(t)
	d := inDir(dir)
	wantFinding(t, d.checkStore(t.Context()), severityOK, "No server is running")
	wantFinding(t, d.checkStore(t.Context()), severityOK, "version 6 and can be read")
	unlock, err := datadir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	findings := d.checkStore(t.Context())
	wantFinding(t, findings, severityOK, "A server is running")
	wantFinding(t, findings, severityOK, "version 6, which this server reads")
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
	for stream, says := range map[string]string{"KV_authority": "--accept-loss", "ROOM": "the server starts without it"} {
		dir := datadirtest.Used(t)
		path := filepath.Join(dir, "journal", "jetstream", "$G", "streams", stream, "msgs", "1.blk")
		if err := os.WriteFile(path, []byte("no block"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, "journal", "manifest")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "journal", "watermarks"), []byte(`{"KV_authority":{"block":2},"ROOM":{"block":2}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		d := inDir(dir)
		findings := d.checkStore(t.Context())
		wantFinding(t, findings, severityError, path)
		wantFinding(t, findings, severityError, says)
		if text, err := os.ReadFile(path); err != nil || string(text) != "no block" {
			t.Errorf("the doctor changed the damaged file to %q (error %v)", text, err)
		}
	}
	dir := datadirtest.Used(t)
	if err := os.MkdirAll(filepath.Join(dir, "journal", "damaged", "2026"), 0o700); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, inDir(dir).checkStore(t.Context()), severityWarning, "remove them")
}

// The doctor tries to listen at each address, and says why it cannot.
func TestDoctorAddresses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().String()
	wantFinding(t, listening(sshDoor("127.0.0.1:0"), Address{"the metrics", "--metrics", "127.0.0.1:0"}).checkAddresses(t.Context()), severityOK, "free for the metrics")
	// Nobody's fault but the address's, though somebody listens at the same port of all others.
	everywhere, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	_, port, _ := net.SplitHostPort(everywhere.Addr().String())
	wantFinding(t, listening(sshDoor("192.0.2.1:"+port)).checkAddresses(t.Context()), severityError, "Can't listen at 192.0.2.1:"+port)
	if runtime.GOOS == "linux" {
		wantFinding(t, listening(sshDoor(at)).checkAddresses(t.Context()), severityError, "used twice")
	}
	// What cannot be brought about here: other processes, and ports that need a right.
	d := new(doctor)
	const nobody = "127.0.0.1:1" // listens there
	wantFinding(t, d.listenFailed(t.Context(), sshDoor(nobody), os.ErrPermission), severityError, "cap_net_bind_service", "--listen")
	inUse := listenError(t, at)
	wantFinding(t, d.listenFailed(t.Context(), sshDoor(nobody), inUse), severityError, "is in use; free it")
	d.dirInUse = true
	wantFinding(t, d.listenFailed(t.Context(), sshDoor(nobody), inUse), severityWarning, "apparently by the running server")
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
	file := writeFile(t, "keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n")
	check := func(file string) []finding {
		return (&doctor{Config: Config{KeyFiles: []File{{"--operators", file}, {"--allow", ""}}}}).checkKeys(t.Context())
	}
	wantFinding(t, check(file), severityOK, "--operators", "keys in it: 1")
	wantFinding(t, check(writeFile(t, "keys", "")), severityWarning, "has no keys")
	wantFinding(t, check(writeFile(t, "keys", "nonsense")), severityError, "line 1")
	wantFinding(t, (&doctor{Config: Config{KeyFiles: []File{{"--allow", "/none/such"}}}}).checkKeys(t.Context()), severityError, "--allow", "create the file")
	datadirtest.Chmod(t, file, 0o602)
	wantFinding(t, check(file), severityError, "can be changed by others", "chmod go-w")
}

// The limit of open files must allow the connections that the flags allow.
func TestDoctorOpenFiles(t *testing.T) {
	limited := &doctor{Config: Config{Connections: 4096}}
	wantFinding(t, limited.checkOpenFileLimit(20000), severityOK, "enough for 4096")
	wantFinding(t, limited.checkOpenFileLimit(1024), severityWarning, "884 connections instead of 4096", "ulimit -n")
	wantFinding(t, new(doctor).checkOpenFileLimit(1024), severityOK, "896")
	if f := limited.checkOpenFileLimit(0); f != nil {
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
	findings := withServers("", with+","+without+",nats://me:secret@127.0.0.1:1").checkNATSServers(t.Context())
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
	wantFinding(t, withServers("", at).checkNATSServers(t.Context()), severityError, "Authorization Violation")
}

// The doctor reports local data that nobody would see with the NATS servers.
func TestDoctorLocalStoreWithNATS(t *testing.T) {
	url, dir := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()}), t.TempDir()
	check := func() []finding { return withServers(dir, url).checkLocalStore(t.Context()) }
	if f := check(); f != nil {
		t.Errorf("without local data the doctor says %v, want nothing", f)
	}
	for _, c := range []journal.Config{{Dir: dir}, {URL: url}} {
		j, err := journal.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		last := j.Write(records.Record{Table: "bans", Key: "mallory", Value: []byte("{}")})
		if err := errors.Join(j.WaitStored(t.Context(), 0, last), j.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
		says := map[bool]string{true: "run teahouse move with the same flags", false: "of another server"}
		wantFinding(t, check(), severityWarning, filepath.Join(dir, "journal"), says[c.URL == ""])
	}
}

// An interrupted move keeps all nodes from starting and must be run again: the doctor does not
// suggest to move away the folder that is needed for it.
func TestDoctorInterruptedMove(t *testing.T) {
	url, dir := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()}), datadirtest.Used(t)
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
		wantFinding(t, withServers(data, url).checkLocalStore(t.Context()), severityError, "interrupted; if it was, run it again")
	}
}

// If nothing can be found out, the doctor says less, and ends.
func TestDoctorCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := withServers(t.TempDir(), "nats://127.0.0.1:1")
	d.Addresses = []Address{sshDoor("127.0.0.1:0")}
	for _, check := range d.checks() {
		check(ctx)
	}
}

// A certificate that is not valid now is found before the NATS servers refuse it.
func TestCertValidity(t *testing.T) {
	now := time.Now()
	for from, want := range map[time.Duration]severity{-30 * time.Minute: severityOK, -2 * time.Hour: severityError, time.Minute: severityError} {
		c := &x509.Certificate{NotBefore: now.Add(from), NotAfter: now.Add(from + time.Hour)}
		wantFinding(t, checkCertValidity(c, now), want, "--nats-tlscert")
	}
}

// The files for the NATS servers are checked before those are asked.
func TestDoctorNATSFiles(t *testing.T) {
	file := writeFile(t, "creds", "")
	d := withServers("", "nats://127.0.0.1:1")
	d.NATSFiles = []File{{"--nats-creds", file}, {"--nats-tlsca", ""}}
	wantFinding(t, d.checkNATSFiles(t.Context()), severityOK, file, "can be used")
	datadirtest.Chmod(t, file, 0o640) // a group may be the server's alone
	wantFinding(t, d.checkNATSFiles(t.Context()), severityOK, file)
	datadirtest.Chmod(t, file, 0o666)
	wantFinding(t, d.checkNATSFiles(t.Context()), severityError, file, "can be changed by others")
	d.Journal.NATSOptions = []nats.Option{func(*nats.Options) error { return errors.New("--nats-creds: bad") }}
	wantFinding(t, d.checkNATSFiles(t.Context()), severityError, "because of --nats-creds: bad.")
	if asked := d.checkNATSServers(t.Context()); asked != nil {
		t.Errorf("the doctor asks the NATS servers although a file is unusable: %v", asked)
	}
}

// A variable that no flag reads is a warning.
func TestDoctorEnvironment(t *testing.T) {
	d := &doctor{Config: Config{UnknownVars: []string{"TEAHOUSE_LIMIT_LNES"}}}
	wantFinding(t, d.checkEnvironment(t.Context()), severityWarning, "TEAHOUSE_LIMIT_LNES", "teahouse man lists")
}
