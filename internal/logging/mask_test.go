package logging

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
)

// Addresses are masked wherever they occur in the log: in all kinds of fields, in errors of the
// system and of libraries, in sentences. Nothing else changes, in either format.
func TestMaskedAddresses(t *testing.T) {
	broken := &net.OpError{Op: "read", Net: "tcp", Source: &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 2222}, Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 5000}, Err: syscall.ECONNRESET}
	for _, test := range []struct {
		value any
		want  string
	}{
		{netip.MustParseAddr("192.0.2.7"), "192.0.2.0"},
		{netip.MustParseAddrPort("192.0.2.255:5000"), "192.0.2.0:5000"},
		{&net.TCPAddr{IP: net.ParseIP("2001:db8:1:2::7"), Port: 22}, "[2001:db8:1::]:22"},
		{&net.TCPAddr{IP: net.ParseIP("fe80::7"), Zone: "eth0", Port: 22}, "[fe80::%eth0]:22"},
		{netip.MustParseAddr("2001:db8:1:2:3:4:5:6"), "2001:db8:1::"},
		{netip.MustParsePrefix("2001:db8:1:2::/64"), "2001:db8:1::/64"},
		{netip.MustParseAddr("::ffff:192.0.2.7"), "192.0.2.0"},
		{"2002:5db8:d822::1", "93.184.216.0"},  // 6to4
		{"64:ff9b::5db8:d822", "93.184.216.0"}, // NAT64
		{"64:ff9b::93.184.216.34", "93.184.216.0"},
		{"2001:0:4136:e378:8000:63bf:a247:27dd", "93.184.216.0"}, // Teredo
		{broken, "read tcp 10.1.2.0:2222->192.0.2.0:5000: connection reset by peer"},
		{fmt.Errorf("a: %w", errors.Join(broken, errors.New("at 192.0.2.7."))), "at 192.0.2.0."},
		{"from 2001:db8:1:2::7: too fast", "from 2001:db8:1::: too fast"},
		{"of 2001:db8:1:2::: none. 2001:db8:1:2::. 192.0.2.7:", "of 2001:db8:1::: none. 2001:db8:1::. 192.0.2.0:"},
		{"by:192.0.2.7, at:2001:db8:1:2::7", "by:192.0.2.0, at:2001:db8:1::"},
		{"nats://me@192.0.2.7:4222,tls://[2001:db8:1:2::7]:4222", "nats://me@192.0.2.0:4222,tls://[2001:db8:1::]:4222"},
		{"a\u00a0192.0.2.7\x07192.0.2.7\U000e0001192.0.2.7", "192.0.2.0"},
		{"guest192.0.2.7", "guest192.0.2.0"},

		{"127.0.0.1:8888", "127.0.0.1:8888"},
		{"[::1]:22 [::]:22 0.0.0.0:80", "[::1]:22 [::]:22 0.0.0.0:80"},
		{"SHA256:enmHjBnBb3cJLzXHbom24mya9Fa3/6bmT5YYOu3XDM4", "SHA256:enmHjBnBb3cJLzXHbom24mya9Fa3/6bmT5YYOu3XDM4"},
		{"2026-11-21T13:02:03.004Z 1m30.5s OpenSSH_9.2p1 a.b: c:d", "2026-11-21T13:02:03.004Z 1m30.5s OpenSSH_9.2p1 a.b: c:d"},
		{"300.0.2.7", "300.0.2.7"},
	} {
		for _, format := range []string{"text", "json"} {
			var logged bytes.Buffer
			New(&logged, Options{JSON: format == "json", MaskAddresses: true}).Warn("said", "value", test.value)
			if out := logged.String(); !strings.Contains(out, test.want) || strings.Contains(out, "192.0.2.7") || strings.Contains(out, "::7") {
				t.Errorf("in the %s format %v is logged as %s, want %q", format, test.value, out, test.want)
			}
		}
	}
}

// Without the flag the log has whole addresses.
func TestUnmaskedAddresses(t *testing.T) {
	var logged bytes.Buffer
	New(&logged, Options{}).Info("connected", "addr", "192.0.2.7:5000")
	if !strings.Contains(logged.String(), "192.0.2.7:5000") {
		t.Errorf("without MaskAddresses the log has %s, want the whole address", &logged)
	}
}
