package main

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
)

// Without a host, the address is on this machine only.
func TestMetricsAddress(t *testing.T) {
	for raw, want := range map[string]string{
		"":               "",
		"9100":           "127.0.0.1:9100",
		":9100":          "127.0.0.1:9100",
		":0":             "127.0.0.1:0",
		"0.0.0.0:9100":   "0.0.0.0:9100",
		"[::1]:9100":     "[::1]:9100",
		"localhost:9100": "localhost:9100",
	} {
		if got, err := metricsAddress(raw); err != nil || got != want {
			t.Errorf("--metrics %q serves at %q (error %v), want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{"host", ":", "::1", "host:", ":http", ":65536", "http://:9100", "9100/metrics"} {
		if got, err := metricsAddress(raw); err == nil || !strings.Contains(err.Error(), "--metrics "+raw) && !strings.Contains(err.Error(), "--metrics :"+raw) {
			t.Errorf("--metrics %q serves at %q (error %v), want a refusal", raw, got, err)
		}
	}
}

// A warning is logged if other machines can read the metrics.
func TestWarnPublicMetrics(t *testing.T) {
	for ip, want := range map[string]bool{"127.0.0.1": false, "::1": false, "0.0.0.0": true, "::": true, "192.0.2.1": true} {
		var logged bytes.Buffer
		warnPublicMetrics(log.New(&logged), &net.TCPAddr{IP: net.ParseIP(ip), Port: 9100})
		if warned := strings.Contains(logged.String(), "other machines can read the metrics"); warned != want {
			t.Errorf("with metrics at %s the log says %q, a warning: %v", ip, logged.String(), want)
		}
	}
}
