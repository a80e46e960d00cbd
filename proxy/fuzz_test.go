package proxy

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"teahouse/door"
)

// A letter is a connection on which all has been sent that ever will be.
type letter struct {
	net.Conn
	*strings.Reader
}

func (l letter) Read(p []byte) (int, error)      { return l.Reader.Read(p) }
func (l letter) SetReadDeadline(time.Time) error { return nil }
func (l letter) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("10.0.0.1:1"))
}

// FuzzIdentify: whatever a balancer sends, there is an address that limits and bans
// can go by, or no connection; and what follows the header is all there.
func FuzzIdentify(f *testing.F) {
	for _, seed := range []string{
		"", "SSH-2.0-x\r\n", "PROXY UNKNOWN\r\nhello", "PROXY TCP6 ::1 ::2 1 2\r\n", local() + "hello",
		header(f, 1, "192.0.2.7:40000") + "hello", header(f, 2, "192.0.2.7:40000") + "hello", header(f, 2, "[2001:db8::7]:1"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		c, err := identify(letter{Reader: strings.NewReader(sent)})
		if err != nil {
			return
		}
		if !door.Remote(c).IsValid() {
			t.Errorf("it comes from %v", c.RemoteAddr())
		}
		rest, err := io.ReadAll(c)
		if err != nil || len(rest) >= len(sent) || !strings.HasSuffix(sent, string(rest)) {
			t.Errorf("what follows the header of %q is %q, %v", sent, rest, err)
		}
	})
}
