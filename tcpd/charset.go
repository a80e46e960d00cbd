package tcpd

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"teahouse/internal/reply"
)

// A Charset is the encoding of a client's bytes.
type Charset uint8

// The charsets. The room itself only knows UTF-8.
const (
	Auto Charset = iota // UTF8 until the client's input tells otherwise; see decoder
	UTF8
	GBK // CP936 of Chinese Windows; of input, its superset GB18030
)

// LookupCharset returns the charset with the given name, as used in a listen URL.
func LookupCharset(name string) (c Charset, ok bool) {
	switch name {
	case "auto":
		return Auto, true
	case "utf-8":
		return UTF8, true
	case "gbk":
		return GBK, true
	}
	return Auto, false
}

const (
	invalidGBK     reply.Code = "tcpd-invalid-gbk"
	unknownCharset reply.Code = "tcpd-unknown-charset"
)

// A decoder converts one client's messages to UTF-8. With [Auto] it detects the charset from the
// input, once and for all. Many words in GBK are valid UTF-8 too, so it decides only on a message
// that cannot be both.
type decoder struct {
	charset Charset
}

// decode returns a message as UTF-8. The error is a [*reply.Refusal]. If the charset is UTF8,
// invalid input is passed on for the room to refuse.
func (d *decoder) decode(msg string) (string, error) {
	if isASCII(msg) || d.charset == UTF8 {
		return msg, nil
	}
	if d.charset == Auto && utf8.ValidString(msg) {
		if hasThreeByteRunes(msg) {
			d.charset = UTF8
		}
		return msg, nil
	}
	text, _ := simplifiedchinese.GB18030.NewDecoder().String(msg) // invalid bytes become U+FFFD
	ok := !strings.ContainsRune(text, utf8.RuneError)
	switch {
	case d.charset == GBK && ok:
		return text, nil
	case d.charset == GBK:
		return "", &reply.Refusal{Code: invalidGBK}
	case ok && !hasCP936Euro(msg):
		d.charset = GBK
		return text, nil
	}
	return "", &reply.Refusal{Code: unknownCharset}
}

// completeLen returns the length of msg without an incomplete character at its end, and the
// charset in which that was determined.
func (d *decoder) completeLen(msg []byte) (end int, by Charset) {
	end = completeUTF8Len(msg)
	if d.charset == UTF8 || d.charset == Auto && utf8.Valid(msg[:end]) {
		return end, UTF8
	}
	for end = 0; end < len(msg); {
		n := gbkRuneLen(msg[end:])
		if n > len(msg)-end {
			break
		}
		end += n
	}
	return end, GBK
}

// completeUTF8Len does what completeLen does, for UTF-8.
func completeUTF8Len(msg []byte) int {
	for i := len(msg) - 1; i >= 0 && i >= len(msg)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(msg[i]) {
			continue
		}
		if !utf8.FullRune(msg[i:]) {
			return i
		}
		break
	}
	return len(msg)
}

// gbkRuneLen returns the length in bytes of the first character of p in GB18030, as far as p
// shows it. An invalid byte counts as a character of its own.
func gbkRuneLen(p []byte) int {
	switch {
	case p[0] <= 0x80 || p[0] == 0xFF:
		return 1
	case len(p) > 1 && p[1] >= '0' && p[1] <= '9':
		return 4
	}
	return 2
}

// hasCP936Euro reports whether a text contains the byte 80 as a character. It is the euro sign in
// CP936, and invalid in GB18030.
func hasCP936Euro(msg string) bool {
	for p := []byte(msg); len(p) > 0; p = p[min(gbkRuneLen(p), len(p)):] {
		if p[0] == 0x80 {
			return true
		}
	}
	return false
}

// hasThreeByteRunes reports whether s has a character of three or four bytes in UTF-8.
func hasThreeByteRunes(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x800 }) >= 0
}

func isASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// encode converts text from UTF-8 to the charset. A character that the charset does not have
// becomes "?".
func (c Charset) encode(text []byte) []byte {
	if c != GBK || isASCII(text) {
		return text
	}
	text = bytes.Map(func(r rune) rune {
		if notInCP936(r) {
			return '?'
		}
		return r
	}, text)
	out, _ := encoding.ReplaceUnsupported(simplifiedchinese.GBK.NewEncoder()).Bytes(text)
	return bytes.ReplaceAll(out, []byte{encoding.ASCIISub}, []byte{'?'}) // text never contains SUB itself
}

// notInCP936 reports whether r is missing from CP936 although GBK, as the WHATWG Encoding
// Standard defines it, has it.
func notInCP936(r rune) bool {
	return r == 'ǹ' || r == '〾' ||
		r >= 0x2E80 && r <= 0x2FFF || // radicals and ideographic description characters
		r >= 0x3400 && r <= 0x4DBF // CJK extension A
}
