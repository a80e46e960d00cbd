package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// Times may be in days and weeks, everywhere.
func TestDurations(t *testing.T) {
	for raw, want := range map[string]time.Duration{"0": 0, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "30d": 720 * time.Hour, "1d12h": 36 * time.Hour, "4w": 672 * time.Hour} {
		c, _, err := parse([]string{"--history-age", raw, "--name-age=" + raw, "--listen=ssh://:1?idle=" + raw})
		if err != nil || c.HistoryAge != want || c.NameAge != want {
			t.Errorf("the time %s is read as %v and %v (error %v), want %v", raw, c.HistoryAge, c.NameAge, err, want)
			continue
		}
		if a, _ := parseListenURL(c.Listen[0]); *a.idle != want {
			t.Errorf("?idle=%s is read as %v, want %v", raw, *a.idle, want)
		}
	}
}

// Mistakes are reported in words for people who know no Go, wherever they were made.
func TestFlagErrors(t *testing.T) {
	private := writeFile(t, "id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--history", "many"}, `teahouse: --history: "many" is no whole number such as 5000` + "\n"},
		{[]string{"--history", "-1"}, "--history and --history-age cannot be negative"},
		{[]string{"--history"}, "--history: a value is missing\n"},
		{[]string{"--data"}, "--data: a value is missing\n"},
		{[]string{"--listen"}, "--listen: a value is missing\n"},
		{[]string{"--history-age=1y"}, `--history-age: "1y" is no time such as 90s, 12h, 30d or 4w` + "\n"},
		{[]string{"--limit-lines=NaN"}, `--limit-lines: "NaN" is no number such as 2 or 0.5` + "\n"},
		{[]string{"--metrics=foo"}, "--metrics foo: "},
		{[]string{"--data=", "--operators=/none/such"}, `err="--operators: stat /none/such: no such file or directory; create the file`},
		{[]string{"--data=", "--allow", private}, "line 1: this is a private key; give the .pub file"},
	} {
		var stderr bytes.Buffer
		if code := run(test.args, io.Discard, &stderr); code == exitOK || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("teahouse %v exits with %d and says %s; want %s", test.args, code, &stderr, test.want)
		}
	}
	t.Setenv("TEAHOUSE_HISTORY", "many")
	if _, _, err := parse(nil); err == nil || !strings.HasSuffix(err.Error(), `5000 (in the environment: TEAHOUSE_HISTORY="many")`) {
		t.Errorf("for a mistake in the environment the operator reads %v, want the name of the variable", err)
	}
}
