package metrics

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/connlimit"
)

// A client that holds all connections keeps others waiting and uses no more of the server. When
// it closes one, the next client is served.
func TestConnectionLimit(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var health Health
	s := NewServer(New(connlimit.New(connlimit.Limits{})), &health, log.New(io.Discard))
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	var silent []net.Conn
	for range maxConnections {
		silent = append(silent, sendRequest(t, l.Addr(), ""))
	}
	asks := sendRequest(t, l.Addr(), "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if n, err := asks.Read(make([]byte, 1)); !os.IsTimeout(err) {
		t.Errorf("a connection beyond the limit is answered: %d bytes, %v", n, err)
	}
	silent[0].Close()
	_ = asks.SetReadDeadline(time.Now().Add(testTimeout))
	answer := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(asks, answer); err != nil || string(answer) != fmt.Sprint("HTTP/1.1 ", http.StatusOK) {
		t.Errorf("after another connection has closed, the answer is %q, %v", answer, err)
	}
	s.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// sendRequest connects and sends text. The connection has a read deadline.
func sendRequest(t *testing.T, addr net.Addr, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}
