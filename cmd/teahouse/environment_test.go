package main

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every variable with teahouse's prefix that sets no flag is found, except those that Kubernetes
// sets for services, which nobody can remove.
func TestUnknownVars(t *testing.T) {
	stray := []string{
		"TEAHOUSE_LIMIT_LNES=5", "TEAHOUSE_=1", "TEAHOUSE_HISTORY_DAYS=", "TEAHOUSE_PORT=2222",
		"TEAHOUSE_NATS_PORT=4222", "TEAHOUSE_METRICS_PORT=9222", "TEAHOUSE_LISTEN_PORT_TCP=5",
	}
	known := []string{
		"TEAHOUSE_LIMIT_LINES=5", "TEAHOUSE_CONFIG=", "TEAHOUSE_DATA=x=y", "TEAHOUSE_LISTEN=ssh://:1", "HOME=/", "XTEAHOUSE_DTAA=1", "TEAHOUSE=1",
		// For a service called teahouse, and others in its namespace.
		"TEAHOUSE_SERVICE_HOST=10.0.0.1", "TEAHOUSE_SERVICE_PORT=2222", "TEAHOUSE_SERVICE_PORT_SSH=2222",
		"TEAHOUSE_PORT=tcp://10.0.0.1:2222", "TEAHOUSE_PORT_2222_TCP=tcp://10.0.0.1:2222", "TEAHOUSE_PORT_2222_TCP_PROTO=tcp",
		"TEAHOUSE_PORT_2222_TCP_PORT=2222", "TEAHOUSE_PORT_2222_TCP_ADDR=10.0.0.1",
		"TEAHOUSE_NATS_SERVICE_HOST=10.0.0.2", "TEAHOUSE_NATS_PORT=tcp://10.0.0.2:4222", "TEAHOUSE_NATS_PORT_4222_TCP=tcp://10.0.0.2:4222",
	}
	var want []string
	for _, variable := range stray {
		name, _, _ := strings.Cut(variable, "=")
		want = append(want, name)
	}
	slices.Sort(want)
	if got := new(config).unknownVars(slices.Concat(stray, known)); !slices.Equal(got, want) {
		t.Errorf("the variables reported as unknown are %q, want %q", got, want)
	}
}

// A misspelt variable is reported by the server, by backup and restore, and by the doctor. The
// server still starts.
func TestUnknownVarsAreReported(t *testing.T) {
	t.Setenv("TEAHOUSE_LIMIT_LNES", "5")
	t.Setenv("TEAHOUSE_PORT_2222_TCP", "tcp://10.0.0.1:2222")
	none := filepath.Join(t.TempDir(), "none")
	for _, args := range [][]string{
		{"--data", writeFile(t, "file", "")}, // ends at once
		{"backup", none, "--data", none},
		{"restore", none, "--data", none},
	} {
		var stderr bytes.Buffer
		if code := run(args, io.Discard, &stderr); code != exitFailed || strings.Count(stderr.String(), "WARN") != 1 || !strings.Contains(stderr.String(), "name=TEAHOUSE_LIMIT_LNES") {
			t.Errorf("teahouse %v exits with %d and says %s; want one warning, about TEAHOUSE_LIMIT_LNES", args, code, &stderr)
		}
	}
}
