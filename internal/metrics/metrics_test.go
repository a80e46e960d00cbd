package metrics

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/cluster"
	"teahouse/internal/connlimit"
	"teahouse/internal/proxyproto"
	"teahouse/journal"
	"teahouse/room"
	"teahouse/tcpd"
)

// testTimeout is how long the tests wait for what must happen.
const testTimeout = 20 * time.Second

// A fixture is a server with one TCP listener and its metrics.
type fixture struct {
	*room.Hub
	t      *testing.T
	health Health
	http   *httptest.Server
	addr   net.Addr
}

// newFixture starts a server with a journal.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	h := &fixture{Hub: room.New(room.Config{Policy: room.Policy{Limits: room.Limits{Renames: 1}}}), t: t}
	g := connlimit.New(connlimit.Limits{Address: 2})
	m := New(g)
	m.AddHub(h.Hub)
	h.http = httptest.NewServer(NewServer(m, &h.health, log.New(io.Discard)).http.Handler)
	t.Cleanup(h.http.Close)

	j, err := journal.Open(t.Context(), journal.Config{HistoryLimits: room.HistoryLimits{Lines: 100, Bytes: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close(t.Context()) })
	if err := j.Start(t.Context(), h.Hub); err != nil {
		t.Fatal(err)
	}
	m.AddJournal(j)
	var dropped proxyproto.DropCounter
	m.AddProxyProtocol(dropped.Counts)
	m.AddBuildInfo("v1.2.3", "0123456789ab", "go1.26")
	m.AddLimits(func() map[string]float64 { return map[string]float64{"address": 128, "lines": 2.5} })
	m.AddCluster(func() cluster.Status {
		return cluster.Status{Peers: 2, Mismatched: 1, Skew: 1500 * time.Millisecond, Lag: 3, Resends: 4, CatchUps: 5}
	})

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = l.Addr()
	s := &tcpd.Server{Hub: h.Hub, Dialect: tcpd.LookupDialect("classic"), Log: log.New(io.Discard), Observe: m.DoorObserver("classic")}
	m.DoorObserver("ssh")
	go func() { _ = s.Serve(g.Listener(l, false, s.Refuse)) }()
	t.Cleanup(func() { _ = s.Shutdown(t.Context()) })
	return h
}

// get returns the answer to a request.
func (f *fixture) get(path string) (code int, body string) {
	f.t.Helper()
	resp, err := http.Get(f.http.URL + path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp.StatusCode, string(all)
}

// expectMetrics waits until the metrics have all of the lines.
func (f *fixture) expectMetrics(lines ...string) {
	f.t.Helper()
	var missing []string
	for began := time.Now(); time.Since(began) < testTimeout; time.Sleep(10 * time.Millisecond) {
		_, body := f.get("/metrics")
		missing = nil
		for _, line := range lines {
			if !strings.Contains("\n"+body, "\n"+line+"\n") {
				missing = append(missing, line)
			}
		}
		if missing == nil {
			return
		}
	}
	_, body := f.get("/metrics")
	f.t.Fatalf("the metrics do not have %q:\n%s", missing, body)
}

// A testClient is connected to the TCP listener.
type testClient struct {
	net.Conn
	in *bufio.Reader
	t  *testing.T
}

func (f *fixture) dial() *testClient {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.addr.String())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(testTimeout))
	return &testClient{conn, bufio.NewReader(conn), f.t}
}

func (c *testClient) send(line string) {
	c.t.Helper()
	if _, err := fmt.Fprintln(c, line); err != nil {
		c.t.Fatal(err)
	}
}

// expect waits for a line that contains words.
func (c *testClient) expect(words string) {
	c.t.Helper()
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.t.Fatalf("the client never read %q: %v", words, err)
		}
		if strings.Contains(line, words) {
			return
		}
	}
}

// Two users come, talk, choose names and leave, and a third is refused. The metrics show all of
// it, including that everything is stored, but no names or addresses.
func TestMetricsOfAConversation(t *testing.T) {
	h := newFixture(t)
	h.expectMetrics(`teahouse_sessions{door="classic"} 0`, `teahouse_sessions{door="ssh"} 0`, `teahouse_deliveries_total{door="ssh"} 0`,
		`teahouse_session_lag_events{session="p99"} 0`, `teahouse_journal_lag_events 0`, `teahouse_connections 0`)

	a := h.dial()
	a.expect("上线")
	b := h.dial()
	b.expect("上线")
	c := h.dial()
	_, _ = io.Copy(io.Discard, c) // until it is disconnected
	a.send("rename|secretive")
	b.send("hello hello")
	a.expect("hello hello")
	b.send("bye")
	a.expect("bye")
	h.expectMetrics(`teahouse_sessions{door="classic"} 2`, `teahouse_connections 2`, `teahouse_connections_accepted_total 2`,
		`teahouse_connections_refused_total{limit="address"} 1`, `teahouse_proxy_dropped_total{reason="timeout"} 0`, `teahouse_rooms 1`,
		`teahouse_events_total{kind="joined"} 2`, `teahouse_events_total{kind="said"} 2`, `teahouse_events_total{kind="renamed"} 1`,
		`teahouse_session_lag_events{session="slowest"} 0`,
		// one client reads that a joined, and both read the rest
		`teahouse_deliveries_total{door="classic"} 9`)
	a.send("rename|stealthy")
	h.expectMetrics(`teahouse_refused_total{limit="renames"} 1`)

	if err := b.Conn.(*net.TCPConn).CloseWrite(); err != nil { // unread input would make it look as if the connection had broken
		t.Fatal(err)
	}
	h.expectMetrics(`teahouse_sessions{door="classic"} 1`, `teahouse_events_total{kind="left"} 1`,
		`teahouse_connections 1`, `teahouse_journal_stored_total 6`, `teahouse_journal_lost_total 0`, `teahouse_journal_resets_total 0`, `teahouse_journal_damaged_files 0`, `teahouse_journal_errors_total 0`,
		`teahouse_journal_lag_events 0`, `teahouse_journal_failing{what="messages"} 0`, `teahouse_journal_records_pending 0`,
		`teahouse_disconnects_total{door="classic",reason="quit"} 1`)
	_, body := h.get("/metrics")
	for _, told := range []string{"secretive", "stealthy", "127.0.0.1", "guest", a.LocalAddr().String()} {
		if strings.Contains(body, told) {
			t.Errorf("the metrics contain %q, which is nobody's business", told)
		}
	}
	for _, name := range []string{"go_goroutines ", "process_open_fds ", "teahouse_journal_bytes ", `teahouse_delivery_seconds_bucket{door="classic",le="0.0001"} `} {
		if !strings.Contains(body, "\n"+name) {
			t.Errorf("the metrics do not have %s", name)
		}
	}
}

// Other paths and methods are refused.
func TestUnknownPaths(t *testing.T) {
	h := newFixture(t)
	if code, _ := h.get("/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("an unknown page gets %d", code)
	}
	resp, err := http.Post(h.http.URL+"/metrics", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a POST gets %d", resp.StatusCode)
	}
}
