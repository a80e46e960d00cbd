package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	"teahouse/room"
	"teahouse/tcpd"
)

// A door is what clients come in by. Both kinds behave as net/http's Server.
type door interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	// Refuse tells somebody at the other end of w why there is no coming in.
	Refuse(w io.Writer, r *room.Refusal)
}

// An address is a --listen URL, taken apart.
type address struct {
	scheme   string
	hostPort string
	idle     *time.Duration // nil where the URL does not say
}

// parseAddress reads a --listen URL. Its errors say what would be right.
func parseAddress(raw string) (a address, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		return a, fmt.Errorf("--listen %s: not a URL such as ssh://:2222", raw)
	}
	if !slices.Contains(schemes(), u.Scheme) {
		return a, fmt.Errorf("--listen %s: %q is not one of the doors %v", raw, u.Scheme, schemes())
	}
	if u.Port() == "" || u.Path != "" || u.User != nil || u.Fragment != "" {
		return a, fmt.Errorf("--listen %s: write it as %s://HOST:PORT, where HOST may be missing", raw, u.Scheme)
	}
	if !isPort(u.Port()) {
		return a, fmt.Errorf("--listen %s: the port %s is no number up to 65535", raw, u.Port())
	}
	a = address{scheme: u.Scheme, hostPort: u.Host}
	for key, values := range u.Query() {
		if key != "idle" {
			return a, fmt.Errorf("--listen %s: there is no setting %q, only idle", raw, key)
		}
		idle, err := parseTime(values[0])
		if err != nil || idle < 0 {
			return a, fmt.Errorf("--listen %s: idle=%s is not a time such as 90s or 12h, nor 0", raw, values[0])
		}
		a.idle = &idle
	}
	return a, nil
}

// isPort reports whether a port is one that there can be.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

// schemes lists the kinds of doors.
func schemes() []string {
	names := []string{"ssh"}
	for _, d := range tcpd.Dialects() {
		names = append(names, d.Name)
	}
	return names
}

// hint returns a command that comes in by a door which listens at addr.
func (a address) hint(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	if a.scheme == "ssh" {
		return fmt.Sprintf("ssh -p %s %s", port, host)
	}
	return fmt.Sprintf("nc %s %s", host, port)
}
