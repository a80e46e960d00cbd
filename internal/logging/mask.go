package logging

import (
	"bytes"
	"io"
	"net/netip"
	"regexp"
	"slices"

	"teahouse/internal/netaddr"
)

// A maskingWriter writes the log with addresses shortened to their networks. Addresses occur in
// fields and in errors of the system and of libraries, so it looks for them in the whole text.
// Whatever looks like an address, such as a version of four numbers, is masked as well.
type maskingWriter struct{ io.Writer }

var (
	// addrPattern matches what may be an address, perhaps with a port or a word around it. It
	// also matches escapes, so that their digits are not taken for part of an address.
	addrPattern = regexp.MustCompile(`\\(?:u[0-9a-f]{4}|U[0-9a-f]{8}|x[0-9a-f]{2}|.)|[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*`)
	ipv4Pattern = regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}`)
)

func (w maskingWriter) Write(message []byte) (int, error) {
	if _, err := w.Writer.Write(addrPattern.ReplaceAllFunc(message, maskWord)); err != nil {
		return 0, err
	}
	return len(message), nil
}

// maskWord masks the address in a word, if there is one.
func maskWord(word []byte) []byte {
	from := 0
	if bytes.HasPrefix(word, []byte(":")) && !bytes.HasPrefix(word, []byte("::")) {
		from = 1
	}
	for to := len(word); to > from; to-- {
		if addr, err := netip.ParseAddr(string(word[from:to])); err == nil {
			return slices.Concat(word[:from], networkOf(addr), word[to:])
		}
		if last := word[to-1]; last != '.' && last != ':' { // otherwise it is not the end of a sentence or of a part of an error
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

// networkOf returns the first address of the network around addr, an IPv4 /24 or an IPv6 /48.
// Loopback and unspecified addresses identify nobody and stay as they are.
func networkOf(addr netip.Addr) []byte {
	if addr = addr.Unmap(); addr.IsLoopback() || addr.IsUnspecified() {
		return addr.AppendTo(nil)
	}
	addr = netaddr.Address(addr).Addr() // or that of 6to4 would have all of an IPv4 address in its /48
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	network, _ := addr.Prefix(bits) // fails only for too many bits
	return network.Addr().AppendTo(nil)
}
