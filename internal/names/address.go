package names

import (
	"net/netip"
	"regexp"
	"strings"
)

// FingerprintPrefix begins the fingerprint of a key.
const FingerprintPrefix = "SHA256:"

// LooksLikeAddress reports whether people could take the name with a key for a network address,
// which the classic dialects show beside each name. A key is in NFKC, so it has no digits or dots
// of other widths.
func LooksLikeAddress(key string) bool {
	if _, err := netip.ParseAddr(strings.Trim(key, "[]")); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(key); err == nil {
		return true
	}
	return addressPattern.MatchString(key)
}

// addressPattern matches four numbers with dots between them, or a port at the end.
var addressPattern = regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}|:\d+$`)
