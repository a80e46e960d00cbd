package main

import (
	"bytes"
	"io"
	"net/netip"
	"regexp"
	"slices"

	"teahouse/internal/netaddr"
)

// maskingWriter is where the log goes, without what tells an address from its neighbours. Addresses
// stand in fields, and in errors of the system and of libraries, so it is in the text of all
// that they are looked for. What only looks like one, as a version of four numbers, is
// masked, too.
type maskingWriter struct{ io.Writer }

var (
	// addrPattern finds what may be an address, perhaps with a port or a word around it; and
	// an escape, lest its digits be taken for the address's.
	addrPattern = regexp.MustCompile(`\\(?:u[0-9a-f]{4}|U[0-9a-f]{8}|x[0-9a-f]{2}|.)|[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*`)
	ipv4Pattern = regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}`)
)

func (w maskingWriter) Write(message []byte) (int, error) {
	if _, err := w.Writer.Write(addrPattern.ReplaceAllFunc(message, maskWord)); err != nil {
		return 0, err
	}
	return len(message), nil
}

// maskWord masks the address in a word, if one is there.
func maskWord(word []byte) []byte {
	from := 0
	if bytes.HasPrefix(word, []byte(":")) && !bytes.HasPrefix(word, []byte("::")) {
		from = 1
	}
	for to := len(word); to > from; to-- {
		if addr, err := netip.ParseAddr(string(word[from:to])); err == nil {
			return slices.Concat(word[:from], networkOf(addr), word[to:])
		}
		if last := word[to-1]; last != '.' && last != ':' { // no end of a sentence, or of a part of an error
			break
		}
	}
	return ipv4Pattern.ReplaceAllFunc(word, func(found []byte) []byte {
		addr, err := netip.ParseAddr(string(found))
		if err != nil {
			return found
		}
		return networkOf(addr)
	})
}

// networkOf returns the network around an address, an IPv4 /24 or an IPv6 /48, by its first
// address. What is this machine, or all addresses, is nobody's.
func networkOf(addr netip.Addr) []byte {
	if addr = addr.Unmap(); addr.IsLoopback() || addr.IsUnspecified() {
		return addr.AppendTo(nil)
	}
	addr = netaddr.Address(addr).Addr() // or that of 6to4 would have all of an IPv4 address in its /48
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	network, _ := addr.Prefix(bits) // fails for too many bits only
	return network.Addr().AppendTo(nil)
}
