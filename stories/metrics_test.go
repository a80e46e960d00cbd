package stories

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// curl returns what the house answers to who watches it; 0 where it does not.
func (h *house) curl(path string) (code int, body string) {
	h.t.Helper()
	resp, err := http.Get("http://" + h.until("serving metrics")["addr"] + path)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(all)
}

// shows waits until the metrics have some lines.
func (h *house) shows(lines ...string) {
	h.t.Helper()
	for _, line := range lines {
		eventually(h.t, "the metrics have "+line, func() bool {
			_, body := h.curl("/metrics")
			return strings.Contains("\n"+body, "\n"+line+"\n")
		})
	}
}

// Protects who runs a house and sleeps at night: people come by two doors, talk and
// go, and the metrics tell of it, and of nobody. The house is ready until it stops,
// and says that it is about to.
func TestMetrics(t *testing.T) {
	t.Parallel()
	h := start(t, "--metrics", ":0")
	if host := h.until("serving metrics")["addr"]; !strings.HasPrefix(host, "127.0.0.1:") {
		t.Errorf("without a host, metrics are at %s", host)
	}
	if h.logged("other machines can read the metrics; nobody is asked who they are") != nil {
		t.Error("the log warns of strangers where there can be none")
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, body := h.curl(path); code != http.StatusOK || body != "ok\n" {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	if h.until("teahouse starts")["version"] == "" {
		t.Error("the log does not tell the version")
	}
	if _, body := h.curl("/metrics"); !strings.Contains(body, "\nteahouse_build_info{") {
		t.Error("the metrics do not tell the version")
	}
	h.shows(`teahouse_limit{limit="connections"} 0`) // which stories lift
	h.shows(`teahouse_users{door="ssh"} 0`, `teahouse_users{door="classic"} 0`)

	secretive := h.bare(t, "secretive")
	_, stdout := secretive.terminal()
	seen := reading(t, "secretive", stdout)
	talker := h.nc("talker")
	talker.types("hello there")
	eventually(t, "it is heard", func() bool { return strings.Contains(seen.String(), "hello there") })
	h.shows(`teahouse_users{door="ssh"} 1`, `teahouse_users{door="classic"} 1`, `teahouse_events_total{kind="said"} 1`,
		`teahouse_spoken_to_written_seconds_count{door="ssh"} 1`, `teahouse_connections 2`,
		`teahouse_journal_kept_total 4`, `teahouse_journal_failing{what="talk"} 0`)
	_, body := h.curl("/metrics")
	for _, told := range []string{"secretive", "talker", "127.0.0.1", "hello"} {
		if strings.Contains(body, told) {
			t.Errorf("the metrics tell of %q", told)
		}
	}
	h.signal(syscall.SIGTERM)
	eventually(t, "it says that it stops, or has", func() bool {
		code, body := h.curl("/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(body, "stopping") || h.isGone()
	})
	h.exits(0)
}

// Protects a house whose metrics others read without anybody having meant it, and
// one that would start without them.
func TestMetricsElsewhere(t *testing.T) {
	t.Parallel()
	h := start(t, "--metrics", "0.0.0.0:0")
	h.until("other machines can read the metrics; nobody is asked who they are")
	_, port, _ := strings.Cut(strings.TrimPrefix(h.until("serving metrics")["addr"], "[::]"), ":")
	data := t.TempDir()
	ask(t, []string{program("teahouse"), "--data", data, "--listen", "ssh://127.0.0.1:0", "--metrics", "0.0.0.0:" + port}).want(t, 1, "", "cannot serve metrics")
	ask(t, []string{program("teahouse"), "--data", data, "--metrics", "localhost"}).want(t, 78, "", "--metrics")
}
