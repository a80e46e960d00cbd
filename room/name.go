package room

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// MaxName is the most characters (code points) that a name may have.
const MaxName = 32

// maxNameBytes is the most bytes that a name may have: those of MaxName
// characters, and of an address. Longer ones are not even looked at.
const maxNameBytes = 4 * MaxName

// fallbackName is for those who come with a name that cannot be used.
const fallbackName = "guest"

// nameKey checks that name may be somebody's name and returns the key that it
// is compared by: two names with one key are one name. own is the address of
// the one who wants it, the only address that it may be called by. The error
// is a [Refusal].
//
// Comparing follows the Nickname profile of PRECIS (RFC 8266): case, width and
// inner runs of spaces do not tell two names apart.
func nameKey(name, own string) (string, error) {
	switch {
	case name == "":
		return "", refuse(NameEmpty)
	case utf8.RuneCountInString(name) > MaxName && name != own, len(name) > maxNameBytes:
		return "", refuse(NameTooLong, MaxName)
	case strings.Contains(name, "|"):
		return "", refuse(NameBar)
	case strings.TrimSpace(name) != name:
		return "", refuse(NameSpaces)
	case !utf8.ValidString(name) || clean(name, false) != name:
		return "", refuse(NameNotAllowed)
	}
	key, err := precis.Nickname.CompareKey(name)
	if err != nil || key == "" {
		return "", refuse(NameNotAllowed)
	}
	switch {
	case name == own:
	case looksLikeAddress(key):
		return "", refuse(NameAddress)
	case looksLikeLine(key):
		return "", refuse(NameLine)
	}
	return key, nil
}

// NameKey returns the key that a name is compared by, or "" for what is no
// name.
func NameKey(name string) string {
	if len(name) > maxNameBytes {
		return "" // comparing takes time by the byte
	}
	key, err := precis.Nickname.CompareKey(name)
	if err != nil {
		return ""
	}
	return key
}

// looksLikeLine reports whether people could take a name, where it stands at
// the beginning of a line, for more than a name: for another's name and what
// that one said, or for something that the house says.
func looksLikeLine(key string) bool {
	return strings.Contains(key+" ", ": ") || strings.ContainsAny(key[:1], "*![")
}

// looksLikeAddress reports whether people could take a name for an address, as
// the classic dialects show one beside each name. Key is in NFKC, so digits
// and dots of other widths have become plain ones.
func looksLikeAddress(key string) bool {
	if _, err := netip.ParseAddr(strings.Trim(key, "[]")); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(key); err == nil {
		return true
	}
	return addressShape.MatchString(key)
}

// addressShape is four numbers with dots between them, or a port at the end.
var addressShape = regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}|:\d+$`)

// shorten cuts a name to n characters at most.
func shorten(name string, n int) string {
	runes := []rune(name)
	if len(runes) <= n {
		return name
	}
	return strings.TrimRight(string(runes[:n]), " ")
}
