package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"teahouse/internal/metrics"
)

// Asking at the wrong address, such as the SSH port, gives a sentence and not a library's error.
func TestHealthOfAnotherServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "SSH-2.0-teahouse\r\n")
			_, _ = conn.Read(make([]byte, 1<<10)) // reads the request, as an SSH server does
			_ = conn.Close()
		}
	}()
	address := l.Addr().String()
	err = checkHealth(address)
	if want := address + " doesn't serve the metrics of teahouse"; err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "malformed") {
		t.Errorf("teahouse health at the SSH port says %v, want %q", err, want)
	}
}

// The answer is a sentence, even if no server is running.
func TestHealth(t *testing.T) {
	var h metrics.Health
	h.Check = func() error { return nil }
	mux := http.NewServeMux()
	mux.Handle("GET /readyz", &h)
	s := httptest.NewServer(mux)
	defer s.Close()
	nowhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nowhere.Close()

	address := s.Listener.Addr().String()
	for _, test := range []struct{ address, want string }{
		{nowhere.Addr().String(), "doesn't answer"},
		{address, "is not ready: "},
	} {
		if err := checkHealth(test.address); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("teahouse health at %q says %v, want %q", test.address, err, test.want)
		}
	}
	if code := run([]string{"health"}, io.Discard, io.Discard); code != exitConfig {
		t.Errorf("teahouse health without --metrics exits with %d, want %d", code, exitConfig)
	}
	h.SetReady()
	if err := checkHealth(address); err != nil {
		t.Errorf("teahouse health says of a server that is ready: %v", err)
	}
}
