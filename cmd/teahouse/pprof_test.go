package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
)

// Profiles are only served to this machine: an address that others can reach is a mistake.
func TestPprofAddress(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", "6060": "127.0.0.1:6060", ":0": "127.0.0.1:0", "127.0.0.9:6060": "127.0.0.9:6060",
		"[::1]:6060": "[::1]:6060", "localhost:6060": "localhost:6060",
	} {
		if got, err := pprofAddress(raw); err != nil || got != want {
			t.Errorf("--pprof %q serves at %q (error %v), want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{"0.0.0.0:6060", "[::]:6060", "192.0.2.1:6060", "example.org:6060", "host", ":http", "65536"} {
		if got, err := pprofAddress(raw); err == nil || !strings.Contains(err.Error(), "--pprof ") {
			t.Errorf("--pprof %q serves at %q (error %v), want a refusal", raw, got, err)
		}
	}
}

// Profiles are served while the server runs, but not the command line, which may contain a
// password.
func TestProfiles(t *testing.T) {
	t.Parallel()
	var logged strings.Builder
	h := &app{log: log.New(&logged)}
	stop, err := h.serveProfiles(config{Pprof: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	_, at, _ := strings.Cut(strings.TrimSpace(logged.String()), "addr=")
	get := func(path string) int {
		resp, err := http.Get("http://" + at + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for path, want := range map[string]int{
		"/debug/pprof/": http.StatusOK, "/debug/pprof/heap": http.StatusOK, "/debug/pprof/goroutine": http.StatusOK,
		"/debug/pprof/profile?seconds=1": http.StatusOK, "/debug/pprof/cmdline": http.StatusNotFound, "/metrics": http.StatusNotFound,
	} {
		if got := get(path); got != want {
			t.Errorf("GET %s answers %d, want %d", path, got, want)
		}
	}
	stop()
	if _, err := http.Get("http://" + at + "/debug/pprof/"); err == nil {
		t.Error("profiles are still served after stop")
	}
}
