package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// An adapter is a protocol, as a client speaks it.
type adapter interface {
	// join connects to addr and comes in as name. It need not wait until
	// others see it: the beacon does. With tight the connection is to hold
	// little that was not read.
	join(ctx context.Context, addr, name string, tight bool) (clientConn, error)

	// lineAffixes returns what stands before and after a line that is said.
	lineAffixes() (before, after string)

	// greets reports whether a newcomer hears something of its own accord, by
	// which it knows that the server has got round to it.
	greets() bool

	// echoes reports whether a speaker hears what it said, and once.
	echoes() bool
}

// A clientConn is a client's connection.
type clientConn interface {
	// Write says whole lines. It may block for as long as the server likes;
	// Close frees it. It may be called while listen runs.
	io.Writer

	// Close ends the connection, and listen. Any goroutine may call it.
	io.Closer

	// readLoop reads until the connection ends, whose error it returns, or take
	// wants no more.
	readLoop(desks *scratchPool, take readHandler) error

	// stall makes the connection take nothing more, for good.
	stall()
}

// A readHandler is handed n bytes, which begin at buf[headroom]. Those before it it
// may use; afterwards buf is no longer its. It must not block. It reports
// whether it wants more.
type readHandler func(d *scratch, buf []byte, n int) bool

// namedAdapter is a line of the table of adapters.
type namedAdapter struct {
	scheme string
	adapter
}

func adapters() []namedAdapter {
	return []namedAdapter{
		{"classic", lineAdapter{greeted: true}},
		{"realtime", lineAdapter{greeted: true}},
		{"im", lineAdapter{greeted: true}},
		{"gopl", lineAdapter{greeted: true}},
		{"lines", lineAdapter{}},
		{"irc", ircAdapter{}},
		{"ssh", sshAdapter{}},
	}
}

// Schemes returns the protocols that a [Config.Target] may have.
func Schemes() []string {
	var schemes []string
	for _, e := range adapters() {
		schemes = append(schemes, e.scheme)
	}
	return schemes
}

// parseTarget returns the adapter and the address that a URL names. Load goes
// to this machine only, so the address must be a loopback address.
func parseTarget(ctx context.Context, target string) (adapter, string, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, "", fmt.Errorf("target: %w", err)
	}
	var found adapter
	for _, e := range adapters() {
		if e.scheme == u.Scheme {
			found = e.adapter
		}
	}
	switch {
	case found == nil:
		return nil, "", fmt.Errorf("target %q: there is no protocol %q; use one of %s",
			target, u.Scheme, strings.Join(Schemes(), ", "))
	case u.Hostname() == "" || u.Port() == "":
		return nil, "", fmt.Errorf("target %q: write it with a host and a port, as in %s://127.0.0.1:2222", target, u.Scheme)
	}
	ip, err := loopback(ctx, u.Hostname())
	if err != nil {
		return nil, "", fmt.Errorf("target %q: %w", target, err)
	}
	return found, net.JoinHostPort(ip, u.Port()), nil
}

// loopback returns the loopback address that host has, if it has no other.
func loopback(ctx context.Context, host string) (string, error) {
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return "", err
	}
	chosen := ""
	for _, ip := range ips {
		ip = ip.Unmap()
		switch {
		case !ip.IsLoopback():
			return "", fmt.Errorf("%s is not this machine's loopback address, and load goes nowhere else; "+
				"run the server here and name it 127.0.0.1", ip)
		case chosen == "" || ip.Is4():
			chosen = ip.String()
		}
	}
	if chosen == "" {
		return "", errors.New("the host has no address")
	}
	return chosen, nil
}

// dial connects.
func dial(ctx context.Context, addr string, tight bool) (*net.TCPConn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EMFILE):
		return nil, fmt.Errorf("%w; each client needs a file descriptor: raise the limit (ulimit -n), or have fewer clients", err)
	case err != nil:
		return nil, err
	}
	tcp := conn.(*net.TCPConn)
	if tight {
		_ = tcp.SetReadBuffer(4 << 10) // where that fails it takes longer until it is full
	}
	return tcp, nil
}
