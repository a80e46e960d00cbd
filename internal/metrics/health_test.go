package metrics

import (
	"errors"
	"net/http"
	"testing"
)

// A server is alive from the first moment. It is ready from when its listeners open until they
// close, except while messages cannot be stored.
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
			t.Errorf("%s: /readyz answers %d %q, want %d %q", moment.name, code, body, moment.code, moment.body)
		}
		if code, body := h.get("/healthz"); code != http.StatusOK || body != "ok\n" {
			t.Errorf("%s: /healthz answers %d %q", moment.name, code, body)
		}
	}
}
