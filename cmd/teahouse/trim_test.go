package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats-server/v2/server"

	"teahouse/journal"
)

// trim says what it would erase, and erases it only with yes.
func TestTrim(t *testing.T) {
	url := natsServer(t, &server.Options{JetStream: true, StoreDir: t.TempDir()})
	var logged bytes.Buffer
	trim := func(want int, says string, args ...string) {
		t.Helper()
		var stdout bytes.Buffer
		logged.Reset()
		if code := run(append([]string{"trim", "--nats", url, "--data", t.TempDir(), "--history-age", "1h", "--name-age", "30d"}, args...), &stdout, &logged); code != want {
			t.Errorf("teahouse trim %v exits with %d, want %d: %s", args, code, want, &logged)
		}
		if !strings.Contains(stdout.String()+logged.String(), says) {
			t.Errorf("teahouse trim %v says %q, want %q", args, stdout.String()+logged.String(), says)
		}
	}
	trim(exitFailed, "nothing is stored there yet")
	c, _, err := parse([]string{"--nats", url, "--data", t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), c.journalConfig(log.New(&logged)))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	const usual = "10000 lines and 16777216 bytes of the lobby, for "
	trim(exitFailed, "The NATS servers keep "+usual+"90d, and names for 180d. This limits them to "+usual+"1h, and names for 30d;")
	trim(exitFailed, "Nothing has changed yet.")
	trim(exitOK, "The NATS servers kept "+usual+"90d, and names for 180d. Now they keep "+usual+"1h, and names for 30d.\n", "yes")
	trim(exitFailed, "The NATS servers keep "+usual+"1h, and names for 30d.")
}
