package proxyproto

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"teahouse/internal/transport"
)

// A bufferConn is a connection whose whole input has already arrived.
type bufferConn struct {
	net.Conn
	*strings.Reader
}

func (c bufferConn) Read(p []byte) (int, error)      { return c.Reader.Read(p) }
func (c bufferConn) SetReadDeadline(time.Time) error { return nil }
func (c bufferConn) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("10.0.0.1:1"))
}

// Whatever a balancer sends, readHeader either returns a connection with an address for limits
// and bans, or an error; and the bytes after the header are all there.
func FuzzReadHeader(f *testing.F) {
	for _, seed := range []string{
		"", "SSH-2.0-x\r\n", "PROXY UNKNOWN\r\nhello", "PROXY TCP6 ::1 ::2 1 2\r\n", localHeader() + "hello",
		proxyHeader(f, 1, "192.0.2.7:40000") + "hello", proxyHeader(f, 2, "192.0.2.7:40000") + "hello", proxyHeader(f, 2, "[2001:db8::7]:1"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		c, err := readHeader(bufferConn{Reader: strings.NewReader(sent)})
		if err != nil {
			return
		}
		if !transport.RemoteIP(c).IsValid() {
			t.Errorf("the connection comes from %v, which is no TCP address", c.RemoteAddr())
		}
		rest, err := io.ReadAll(c)
		if err != nil || len(rest) >= len(sent) || !strings.HasSuffix(sent, string(rest)) {
			t.Errorf("after the header of %q the door reads %q, %v", sent, rest, err)
		}
	})
}
