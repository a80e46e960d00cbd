package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// teahouse config prints every value and its origin, but no password. The output is itself a
// configuration file.
func TestPrintConfig(t *testing.T) {
	file := writeFile(t, "teahouse.yaml", "limit-lines: 3\nlisten: [ssh://:1, im://:2]\nhistory-age: 36h\nhistory: 7\nproxy-protocol: [10.0.0.0/8]\n")
	t.Setenv("TEAHOUSE_LOG_LEVEL", "warn")
	t.Setenv("TEAHOUSE_HISTORY", "8")
	var stdout, stderr bytes.Buffer
	args := []string{"config", "--config", file, "--nats", "nats://secret@a:1", "--nats", "tls://me:secret@b:2,nats://c:3", "--advertise", "chat.example.org", "--allow", "", "--invite-only"}
	if code := run(args, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Fatalf("teahouse config exits with %d and says %s", code, &stderr)
	}
	for _, want := range []string{
		"limit-lines: 3 # " + file + ", line 1",
		"listen: ['ssh://:1', 'im://:2'] # " + file + ", line 2",
		"history-age: 36h # " + file + ", line 3",
		"history: 8 # TEAHOUSE_HISTORY",
		"log-level: warn # TEAHOUSE_LOG_LEVEL",
		"proxy-protocol: [10.0.0.0/8] # " + file,
		"nats: nats://xxxxx@a:1,tls://xxxxx@b:2,nats://c:3 # command line",
		"advertise: chat.example.org # command line",
		"invite-only: true # command line",
		`allow: "" # command line`,
		"name-age: 180d # default",
		"data: teahouse-data # default",
	} {
		if !strings.Contains(strings.ReplaceAll("\n"+stdout.String(), `"ssh://:1", "im://:2"`, `'ssh://:1', 'im://:2'`), "\n"+want) {
			t.Errorf("teahouse config does not print %q, but\n%s", want, &stdout)
		}
	}
	again := writeFile(t, "again.yaml", stdout.String())
	c, _, err := parse([]string{"--config", again})
	if err != nil || c.Limit.Lines != 3 || len(c.Listen) != 2 || !c.InviteOnly || c.Advertise.Address != "chat.example.org" || len(c.Balancers) != 1 {
		t.Errorf("the printed file is read as %+v (error %v)", c, err)
	}
	before, _, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(before.changedFlags(c), " "); got != "config nats" {
		t.Errorf("the printed file differs from the flags in %s, want only config, and nats, whose passwords are left out", got)
	}
}

// The service runs it before a reload: it fails if the server could not take over what the files
// say.
func TestPrintConfigErrors(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--config", writeFile(t, "f", "histroy: 5\n")}, exitConfig, "line 1"},
		{[]string{"--listen", "smtp://:25"}, exitConfig, "is not one of the doors"},
		{[]string{"--operators", filepath.Join(t.TempDir(), "none")}, exitFailed, "--operators"},
		{[]string{"--allow", writeFile(t, "f", "no key\n")}, exitFailed, "--allow"},
	} {
		var stderr bytes.Buffer
		if code := run(append([]string{"config"}, test.args...), io.Discard, &stderr); code != test.code || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("teahouse config %v exits with %d and says %s; want %d and %q", test.args, code, &stderr, test.code, test.says)
		}
	}
}
