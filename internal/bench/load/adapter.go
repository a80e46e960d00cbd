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

// An adapter is the client side of a protocol.
type adapter interface {
	// join connects to addr and enters as name. It need not wait until others see it: the beacon
	// does that. With tight, the connection should buffer little that has not been read.
	join(ctx context.Context, addr, name string, tight bool) (clientConn, error)

	// lineAffixes returns what precedes and follows a line that is sent.
	lineAffixes() (before, after string)

	// greets reports whether the server sends something to a new client, so that the client knows
	// that it has been served.
	greets() bool

	// echoes reports whether a speaker receives its own lines, once.
	echoes() bool
}

// A clientConn is a client's connection.
type clientConn interface {
	// Write sends whole lines. It may block for as long as the server likes; Close unblocks it.
	// It may be called while readLoop runs.
	io.Writer

	// Close ends the connection and readLoop. Any goroutine may call it.
	io.Closer

	// readLoop reads until the connection ends, and returns its error, or until take returns
	// false.
	readLoop(pool *scratchPool, take readHandler) error

	// stall makes the connection read nothing more, for good.
	stall()
}

// A readHandler handles n bytes, which begin at buf[headroom]. It may overwrite those before,
// must not keep buf and must not block. It reports whether to continue.
type readHandler func(d *scratch, buf []byte, n int) bool

// A namedAdapter is an adapter with its URL scheme.
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

// Schemes returns the protocols that [Config.Target] can have.
func Schemes() []string {
	var schemes []string
	for _, e := range adapters() {
		schemes = append(schemes, e.scheme)
	}
	return schemes
}

// parseTarget returns the adapter and address of a URL. Load is only sent to this machine, so the
// address must be a loopback address.
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

// loopback returns the loopback address of host, which must not have any other address.
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

// dial connects to addr.
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
		_ = tcp.SetReadBuffer(4 << 10) // if this fails, the buffer takes longer to fill
	}
	return tcp, nil
}
