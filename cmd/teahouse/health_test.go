package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"teahouse/metrics"
)

// Who asks how a house does gets a sentence, also where there is no house.
func TestHealth(t *testing.T) {
	var h metrics.Health
	h.Failing = func() error { return nil }
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
		{"", "without --metrics"},
		{nowhere.Addr().String(), "does not answer"},
		{address, "is not ready: "},
	} {
		if err := health(test.address); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("at %q: %v, want %q", test.address, err, test.want)
		}
	}
	h.Open()
	if err := health(address); err != nil {
		t.Errorf("an open house: %v", err)
	}
}
