package metrics

import (
	"errors"
	"net/http"
	"testing"
)

// A house lives from its first moment, and is ready from when its doors open until
// they are shut, but not while what is said cannot be kept.
func TestHealth(t *testing.T) {
	h := newFixture(t)
	var failing error
	h.health.Check = func() error { return failing }
	full := errors.New("the disk is full")
	for _, moment := range []struct {
		name string
		then func()
		code int
		body string
	}{
		{"at first", func() {}, http.StatusServiceUnavailable, "teahouse is starting\n"},
		{"with open doors", h.health.SetReady, http.StatusOK, "ok\n"},
		{"with a full disk", func() { failing = full }, http.StatusServiceUnavailable, "the disk is full\n"},
		{"with space again", func() { failing = nil }, http.StatusOK, "ok\n"},
		{"in the end", h.health.SetStopping, http.StatusServiceUnavailable, "teahouse is stopping\n"},
	} {
		moment.then()
		if code, body := h.get("/readyz"); code != moment.code || body != moment.body {
			t.Errorf("%s: %d %q, want %d %q", moment.name, code, body, moment.code, moment.body)
		}
		if code, body := h.get("/healthz"); code != http.StatusOK || body != "ok\n" {
			t.Errorf("%s it does not live: %d %q", moment.name, code, body)
		}
	}
}
