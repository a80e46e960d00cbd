package e2e

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// get requests a path of the metrics listener. The status is 0 if it does not answer.
func (cs *chatServer) get(path string) (code int, body string) {
	cs.t.Helper()
	resp, err := http.Get("http://" + cs.waitLog("serving metrics")["addr"] + path)
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

// waitMetrics waits until the metrics contain some lines.
func (cs *chatServer) waitMetrics(lines ...string) {
	cs.t.Helper()
	for _, line := range lines {
		eventually(cs.t, "/metrics has "+line, func() bool {
			_, body := cs.get("/metrics")
			return strings.Contains("\n"+body, "\n"+line+"\n")
		})
	}
}

// Protects operators' sleep: people enter by two doors, talk and leave, and the metrics count it
// without revealing anybody. The server is ready until it stops, and says that it is stopping.
func TestMetrics(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--metrics", ":0")
	if host := h.waitLog("serving metrics")["addr"]; !strings.HasPrefix(host, "127.0.0.1:") {
		t.Errorf("without a host in --metrics, they are served at %s", host)
	}
	if h.findLog("other machines can read the metrics without logging in") != nil {
		t.Error("the log warns of strangers, though only this machine can read the metrics")
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, body := h.get(path); code != http.StatusOK || body != "ok\n" {
			t.Errorf("GET %s answers %d %q", path, code, body)
		}
	}
	if h.waitLog("teahouse starts")["version"] == "" {
		t.Error("the log lacks the version")
	}
	if _, body := h.get("/metrics"); !strings.Contains(body, "\nteahouse_build_info{") {
		t.Error("/metrics lacks the version")
	}
	h.waitMetrics(`teahouse_limit{limit="connections"} 0`) // which tests lift
	h.waitMetrics(`teahouse_sessions{door="ssh"} 0`, `teahouse_sessions{door="classic"} 0`)

	secretive := h.sshClient(t, "secretive")
	_, stdout := secretive.terminal()
	seen := readAll(t, "secretive", stdout)
	talker := h.nc("talker")
	talker.sendLines("hello there")
	eventually(t, "others read hello there", func() bool { return strings.Contains(seen.String(), "hello there") })
	h.waitMetrics(`teahouse_sessions{door="ssh"} 1`, `teahouse_sessions{door="classic"} 1`, `teahouse_events_total{kind="said"} 1`,
		`teahouse_delivery_seconds_count{door="ssh"} 1`, `teahouse_connections 2`,
		`teahouse_journal_stored_total 4`, `teahouse_journal_failing{what="messages"} 0`)
	_, body := h.get("/metrics")
	for _, told := range []string{"secretive", "talker", "127.0.0.1", "hello"} {
		if strings.Contains(body, told) {
			t.Errorf("the metrics reveal %q", told)
		}
	}
	h.signal(syscall.SIGTERM)
	eventually(t, "/readyz says that the server stops, or the server has ended", func() bool {
		code, body := h.get("/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(body, "stopping") || h.hasExited()
	})
	h.waitExit(0)
}

// Protects a server from metrics that are public by mistake, and from starting without them.
func TestMetricsElsewhere(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--metrics", "0.0.0.0:0")
	h.waitLog("other machines can read the metrics without logging in")
	_, port, _ := strings.Cut(strings.TrimPrefix(h.waitLog("serving metrics")["addr"], "[::]"), ":")
	data := t.TempDir()
	runClient(t, []string{program("teahouse"), "--data", data, "--listen", "ssh://127.0.0.1:0", "--metrics", "0.0.0.0:" + port}).check(t, 1, "", "cannot serve metrics")
	runClient(t, []string{program("teahouse"), "--data", data, "--metrics", "localhost"}).check(t, 78, "", "--metrics")
}
