package metrics

import (
	"strings"
	"testing"

	"teahouse/internal/event"
)

// Every counter exists, with 0, before it counts anything: rate() and increase() see nothing in a
// series that begins at 1, so an alert would miss the first fault.
func TestCountersStartAtZero(t *testing.T) {
	h := newFixture(t)
	for _, door := range []string{"classic", "ssh"} {
		for _, reason := range event.Reasons() {
			h.expectMetrics(`teahouse_disconnects_total{door="` + door + `",reason="` + string(reason) + `"} 0`)
		}
	}
	_, body := h.get("/metrics")
	for line := range strings.Lines(body) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(strings.TrimSpace(name), " ")
			if kind == "counter" && !strings.Contains(body, "\n"+name+" ") && !strings.Contains(body, "\n"+name+"{") {
				t.Errorf("%s has no value before the first time", name)
			}
		}
	}
	h.dial().expect("上线")
	h.Close()
	h.expectMetrics(`teahouse_disconnects_total{door="classic",reason="stopping"} 1`)
}
