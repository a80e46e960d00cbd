package main

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/duration"
	"teahouse/tcpd"
)

// A listenURL is a parsed --listen URL.
type listenURL struct {
	scheme   string
	hostPort string
	idle     *time.Duration // nil if the URL does not set it
	charset  tcpd.Charset
	lang     language.Tag // language.Und if the URL does not set it
}

// parseListenURL parses a --listen URL. Errors say what would be right.
func parseListenURL(raw string) (a listenURL, err error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" {
		return a, fmt.Errorf("--listen %s: write the door before it, as in ssh://:2222; there are %s", raw, strings.Join(schemes(), ", "))
	}
	if !slices.Contains(schemes(), u.Scheme) {
		return a, fmt.Errorf("--listen %s: %q is not one of the doors %v", raw, u.Scheme, schemes())
	}
	if u.Port() == "" || u.Path != "" || u.User != nil || u.Fragment != "" {
		return a, fmt.Errorf("--listen %s: write it as %s://HOST:PORT, where HOST may be missing", raw, u.Scheme)
	}
	if !isPort(u.Port()) {
		return a, fmt.Errorf("--listen %s: the port %s is not a number up to 65535", raw, u.Port())
	}
	a = listenURL{scheme: u.Scheme, hostPort: u.Host}
	for key, values := range u.Query() {
		if err := a.set(key, values[0]); err != nil {
			return a, fmt.Errorf("--listen %s: %w", raw, err)
		}
	}
	return a, nil
}

// set applies a setting of the URL.
func (u *listenURL) set(key, value string) error {
	d := tcpd.LookupDialect(u.scheme)
	switch {
	case key == "idle":
		idle, err := duration.Parse(value)
		if err != nil || idle < 0 {
			return fmt.Errorf("idle=%s is not a time such as 90s or 12h, nor 0", value)
		}
		u.idle = &idle
	case d == nil:
		return fmt.Errorf("there is no setting %q, only idle", key)
	case key == "charset":
		charset, ok := tcpd.LookupCharset(value)
		if !ok {
			return fmt.Errorf("charset=%s is not auto, utf-8 or gbk", value)
		}
		u.charset = charset
	case key == "lang" && d.Language != language.Und:
		switch value {
		case "zh":
			u.lang = language.Chinese
		case "en":
			u.lang = language.English
		default:
			return fmt.Errorf("lang=%s is not zh or en", value)
		}
	case d.Language == language.Und:
		return fmt.Errorf("there is no setting %q, only idle and charset", key)
	default:
		return fmt.Errorf("there is no setting %q, only idle, charset and lang", key)
	}
	return nil
}

// isPort reports whether port is a valid port number.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

// schemes returns the schemes of all protocols.
func schemes() []string {
	names := []string{"ssh"}
	for _, d := range tcpd.Dialects() {
		names = append(names, d.Name)
	}
	return names
}

// hint returns a command that connects to a listener at addr.
func (u listenURL) hint(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	if u.scheme == "ssh" {
		return fmt.Sprintf("ssh -p %s %s", port, host)
	}
	return fmt.Sprintf("nc %s %s", host, port)
}
