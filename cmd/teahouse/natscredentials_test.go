package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"teahouse/internal/connlimit"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/datadirtest"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal"
	"teahouse/room"
)

// Every connection to the NATS servers uses the files that the flags name, however they are set:
// servers that require them accept the server, the doctor, backup and trim.
func TestNATSFiles(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.node()
	withToken, creds := jwtServer(t)
	withKey, nkey := nkeyServer(t)
	for what, test := range map[string]struct {
		server *server.Options
		yaml   string
		env    map[string]string
		args   []string
	}{
		"certificates":     {a.verifying(), "nats-tlscert: " + cert + "\n", map[string]string{"TEAHOUSE_NATS_TLSKEY": key}, []string{"--nats-tlsca", a.file}},
		"credentials file": {withToken, "", map[string]string{"TEAHOUSE_NATS_CREDS": creds}, nil},
		"nkey":             {withKey, "nats-nkey: " + nkey + "\n", nil, nil},
	} {
		t.Run(what, func(t *testing.T) {
			test.server.JetStream, test.server.StoreDir = true, t.TempDir()
			servers := natsServer(t, test.server)
			data := t.TempDir()
			if found := journal.CheckServers(t.Context(), servers); found[0].Err == nil {
				t.Errorf("they take others, too: %+v", found)
			}
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			flags := append([]string{"--config", writeFile(t, "teahouse.yaml", "nats: ["+servers+"]\ndata: "+data+"\n"+test.yaml)}, test.args...)
			doctorFinds(t, flags, "ok", servers, "has JetStream")
			_, leave := joinNATS(t, parsed(t, flags...), io.Discard)
			leave()
			for _, command := range [][]string{{"backup", filepath.Join(t.TempDir(), "backup")}, {"trim", "yes"}} {
				var said bytes.Buffer
				if code := run(append(command, flags...), &said, &said); code != exitOK {
					t.Errorf("teahouse %v exits with %d and says %s", command, code, &said)
				}
			}
		})
	}
}

// Each node logs its own name, so that the names in other nodes' logs can be traced to a machine.
func TestNodeLogsItsName(t *testing.T) {
	dir := t.TempDir()
	var logged bytes.Buffer
	_, leave := joinNATS(t, parsed(t, "--data", dir, "--nats", natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()})), &logged)
	leave()
	name, err := os.ReadFile(filepath.Join(dir, "journal", "node"))
	if err != nil || !strings.Contains(logged.String(), "cluster: this node node="+strings.TrimSpace(string(name))) {
		t.Errorf("the log does not have the node's name %s (error %v):\n%s", name, err, &logged)
	}
}

// parsed returns the configuration of some flags.
func parsed(t *testing.T, flags ...string) config {
	t.Helper()
	c, _, err := parse(flags)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// joinNATS starts a server with NATS servers, without listeners.
func joinNATS(t *testing.T, c config, logged io.Writer) (h *app, leave func()) {
	t.Helper()
	h = &app{Hub: room.New(room.Config{}), connLimiter: connlimit.New(connlimit.Limits{}), log: c.logger(logged)}
	closeJournal, err := h.openJournal(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	unlink, err := h.joinCluster(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return h, func() {
		h.Close()
		unlink()
		closeJournal()
	}
}

// All certificates are renewed, even by another authority. A node uses the new ones when its
// connections break, without a restart; until it has them, its log says why it is isolated.
func TestNATSFilesAreRenewed(t *testing.T) {
	t.Parallel()
	before, after := newAuthority(t), newAuthority(t)
	store := t.TempDir()
	start := func(a *certAuthority, port int) *server.Server {
		o := a.verifying()
		o.JetStream, o.StoreDir, o.Port = true, store, port
		return natstest.Start(t, o)
	}
	s := start(before, server.RANDOM_PORT)
	cert, key := before.node()
	c, _, err := parse([]string{"--nats", s.ClientURL(), "--data", t.TempDir(), "--nats-tlscert", cert, "--nats-tlskey", key, "--nats-tlsca", before.file})
	if err != nil {
		t.Fatal(err)
	}
	var logged testkit.Recorder
	h, leave := joinNATS(t, c, &logged)
	defer leave()
	able := func() bool {
		_, err := h.link.CheckWritable(t.Context())
		return err == nil && h.journal.Connected()
	}
	testkit.Eventually(t, "the store answers", able)

	port := s.Addr().(*net.TCPAddr).Port
	natstest.Stop(s)
	start(after, port)
	testkit.Eventually(t, "the log says why the node is isolated", func() bool {
		return strings.Contains(logged.String(), "cluster: cannot connect to a NATS server") && strings.Contains(logged.String(), "x509")
	})
	cert2, key2 := after.node()
	for path, fresh := range map[string]string{cert: cert2, key: key2, before.file: after.file} {
		if err := os.Rename(fresh, path); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Eventually(t, "the store answers with the new files", able)
}

// A node whose password is no longer accepted keeps trying, and logs that once, not with each
// attempt.
func TestRefusalIsLoggedOnce(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	start := func(password string, port int) *server.Server {
		return natstest.Start(t, &server.Options{Username: "tea", Password: password, JetStream: true, StoreDir: store, Port: port})
	}
	s := start("one", server.RANDOM_PORT)
	port := s.Addr().(*net.TCPAddr).Port
	c, _, err := parse([]string{"--nats", fmt.Sprint("nats://tea:one@127.0.0.1:", port), "--data", t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var logged testkit.Recorder
	h, leave := joinNATS(t, c, &logged)
	defer leave()
	natstest.Stop(s)
	s = start("two", port)
	testkit.Eventually(t, "the node keeps trying", func() bool {
		v, err := s.Varz(nil)
		return err == nil && v.TotalConnections > 10
	})
	natstest.Stop(s)
	start("one", port)
	testkit.Eventually(t, "the node is connected again", func() bool {
		_, err := h.link.CheckWritable(t.Context())
		return err == nil
	})
	if n := strings.Count(logged.String(), "uthorization"); n != 1 {
		t.Errorf("the log says %d times that the password is refused, want once:\n%s", n, &logged)
	}
}

// A file that cannot be used is reported with its flag, its path and what to do, before anybody
// waits for a server.
func TestNATSFileErrors(t *testing.T) {
	a, b := newAuthority(t), newAuthority(t)
	cert, key := a.node()
	_, foreign := b.node()
	_, creds := jwtServer(t)
	_, nkey := nkeyServer(t)
	none, junk, bare := filepath.Join(t.TempDir(), "none"), writeFile(t, "junk", "junk\n"), writeFile(t, "open", "")
	datadirtest.Chmod(t, bare, 0o604)
	_, _, account := newSeed(t, nkeys.PrefixByteAccount)
	for _, test := range []struct {
		args  []string
		wants []string
	}{
		{[]string{"--nats-creds", none}, []string{"--nats-creds: ", none, "no such file"}},
		{[]string{"--nats-creds", t.TempDir()}, []string{"--nats-creds: ", "is not a regular file"}},
		{[]string{"--nats-creds", junk}, []string{"--nats-creds: ", junk, "there is no JWT in it", "nsc generate creds"}},
		{[]string{"--nats-creds", nkey}, []string{"--nats-creds: ", nkey, "there is no JWT in it"}},
		{[]string{"--nats-creds", bare}, []string{"--nats-creds: ", bare, "mode 0604", "chmod o= "}},
		{[]string{"--nats-nkey", junk}, []string{"--nats-nkey: ", junk, "begins with SU"}},
		{[]string{"--nats-nkey", writeFile(t, "account.nk", account)}, []string{"--nats-nkey: ", "begins with SU"}},
		{[]string{"--nats-nkey", bare}, []string{"--nats-nkey: ", bare, "chmod o= "}},
		{[]string{"--nats-tlscert", none, "--nats-tlskey", key}, []string{"--nats-tlscert: ", none}},
		{[]string{"--nats-tlscert", cert, "--nats-tlskey", foreign}, []string{cert, foreign, "private key does not match", "in PEM"}},
		{[]string{"--nats-tlscert", cert, "--nats-tlskey", bare}, []string{"--nats-tlskey: ", bare, "chmod o= "}},
		{[]string{"--nats-tlsca", junk}, []string{"--nats-tlsca: ", junk, "in PEM"}},
	} {
		var said bytes.Buffer
		args := append([]string{"trim", "--data", t.TempDir(), "--nats", "nats://127.0.0.1:1"}, test.args...)
		if code := run(args, io.Discard, &said); code != exitFailed {
			t.Errorf("teahouse trim %v exits with %d, want %d", test.args, code, exitFailed)
		}
		if report := doctorFinds(t, args[1:], "wrong", test.wants...); strings.Contains(report, "The NATS server ") {
			t.Errorf("%v: the doctor asks the NATS servers although a file is unusable:\n%s", test.args, report)
		}
		for _, want := range test.wants {
			if !strings.Contains(said.String(), want) {
				t.Errorf("teahouse trim %v does not say %q, but %s", test.args, want, &said)
			}
		}
	}
	datadirtest.Chmod(t, creds, 0o640) // a group may be the server's alone
	if err := (natsCredentials{Creds: creds}).applyTo(new(nats.Options)); err != nil {
		t.Errorf("a credentials file that a group may read is refused: %v", err)
	}
}

// Flags that contradict each other are a mistake.
func TestNATSFileCombinations(t *testing.T) {
	for want, args := range map[string][]string{
		"--nats names none": {"--nats-creds", "f"},
		"give both":         {"--nats", "nats://a", "--nats-tlskey", "f"},
		"give one":          {"--nats", "nats://a", "--nats-creds", "f", "--nats-nkey", "f"},
	} {
		if _, _, err := parse(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %v the operator reads %v, want %q", args, err, want)
		}
	}
}

// If a server and a node do not accept each other, both the doctor and the server say why, and
// which flag to change.
func TestNATSServersRefuse(t *testing.T) {
	t.Parallel()
	a, b := newAuthority(t), newAuthority(t)
	cert, key := b.node()
	verifying := natsServer(t, a.verifying())
	expired := natsServer(t, a.verifyingAs(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(-time.Hour)}))
	withKey, _ := nkeyServer(t)
	_, nkey := nkeyServer(t)
	keyed := natsServer(t, withKey)
	var opening sync.WaitGroup
	for _, test := range []struct {
		remedy string
		args   []string
	}{
		{"give the certificate of its authority with --nats-tlsca", []string{verifying}},
		{"takes the one of --nats-tlscert", []string{verifying, "--nats-tlsca", a.file}},
		{"takes the one of --nats-tlscert", []string{verifying, "--nats-tlsca", a.file, "--nats-tlscert", cert, "--nats-tlskey", key}},
		{"name it in --nats as its certificate does", []string{strings.Replace(verifying, "127.0.0.1", "localhost", 1), "--nats-tlsca", a.file}},
		{"give that server another certificate", []string{expired, "--nats-tlsca", a.file}},
		{"have it take TLS", []string{keyed, "--nats-tlsca", a.file}},
		{"--nats-creds or --nats-nkey", []string{keyed, "--nats-nkey", nkey}},
		{"see that it runs", []string{"nats://127.0.0.1:1"}},
	} {
		flags := append([]string{"--data", t.TempDir(), "--nats"}, test.args...)
		c := parsed(t, flags...)
		opening.Go(func() { doctorFinds(t, flags, "wrong", test.remedy) })
		opening.Go(func() { // all at once: each tries until it has no more time
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := journal.Open(ctx, c.journalConfig(c.logger(io.Discard))); err == nil || !strings.Contains(err.Error(), test.remedy) {
				t.Errorf("%v: the server says %v, want %q", test.args, err, test.remedy)
			}
		})
	}
	opening.Wait()
}
