package main

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"teahouse/room"
)

// maxAdvertisedLen is the greatest length in bytes of an --advertise address.
const maxAdvertisedLen = 255

// An advertisedAddr is an address at which users can reach the server.
type advertisedAddr struct{ room.Redirect }

// UnmarshalText parses an --advertise address. Users see it as part of a command to type, so it
// contains nothing that is special to a shell.
func (a *advertisedAddr) UnmarshalText(raw []byte) error {
	address := string(raw)
	if address == "" {
		return nil
	}
	host, port, ok := splitAdvertised(address)
	if !ok {
		return fmt.Errorf("%q is not a HOST or HOST:PORT such as chat.example.org:2222", raw)
	}
	a.Redirect = room.Redirect{Address: address, Host: host, Command: "ssh " + host}
	if port != "" {
		a.Command = "ssh -p " + port + " " + host
	}
	return nil
}

// splitAdvertised splits HOST, HOST:PORT or [IPV6]:PORT. Port is "" if there is none.
func splitAdvertised(address string) (host, port string, ok bool) {
	if len(address) > maxAdvertisedLen {
		return "", "", false
	}
	if isHost(address) {
		return address, "", true
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || !isHost(host) {
		return "", "", false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return host, strconv.FormatUint(n, 10), err == nil && n > 0
}

// isHost reports whether host may be a host name or an IP address.
func isHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == ""
	}
	if host == "" || strings.HasPrefix(host, "-") {
		return false
	}
	for _, r := range host {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._", r) {
			return false
		}
	}
	return true
}
