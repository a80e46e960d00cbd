package tcpd

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"teahouse/internal/reply"
)

// A Charset is how a client's bytes are text.
type Charset uint8

// The charsets. The room knows UTF-8 only.
const (
	Auto Charset = iota // UTF8, until what the client sends tells; see decoder
	UTF8
	GBK // what Chinese Windows speaks (CP936); GB18030, which is more, is understood too
)

// LookupCharset returns the charset of a name in a listen URL.
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

// A decoder makes UTF-8 of what one client sends. With [Auto] it learns the client's
// charset from that, once and for all: many a word in GBK looks like UTF-8, so it
// takes a message that does not, or one that looks like no GBK.
type decoder struct {
	charset Charset
}

// decode returns a message as UTF-8. The error is a [*room.Refusal]. What is no UTF-8
// though it must be is left to the room.
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
	text, _ := simplifiedchinese.GB18030.NewDecoder().String(msg) // what is broken is U+FFFD in it
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

// completeLen returns where the character begins that a message ends in the middle of, or its
// length, and by which charset that is.
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

// completeUTF8Len is cut for UTF-8.
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

// gbkRuneLen returns how many bytes the first character of p has in GB18030, as far as
// p shows; those that are none count as characters of one byte.
func gbkRuneLen(p []byte) int {
	switch {
	case p[0] <= 0x80 || p[0] == 0xFF:
		return 1
	case len(p) > 1 && p[1] >= '0' && p[1] <= '9':
		return 4
	}
	return 2
}

// hasCP936Euro reports whether a text in GB18030 has the byte 80 as a character: it is
// the euro sign in CP936, and nothing in GB18030.
func hasCP936Euro(msg string) bool {
	for p := []byte(msg); len(p) > 0; p = p[min(gbkRuneLen(p), len(p)):] {
		if p[0] == 0x80 {
			return true
		}
	}
	return false
}

// hasThreeByteRunes reports whether there is anything of three or four bytes in UTF-8.
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

// encode returns text, which is UTF-8, in the charset. What that has no character for
// is ?.
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
	return bytes.ReplaceAll(out, []byte{encoding.ASCIISub}, []byte{'?'}) // no text has that itself
}

// notInCP936 reports whether r is among those characters of GBK, as the web has it,
// that Windows has none of in CP936.
func notInCP936(r rune) bool {
	return r == 'ǹ' || r == '〾' ||
		r >= 0x2E80 && r <= 0x2FFF || // radicals, and how ideographs are composed
		r >= 0x3400 && r <= 0x4DBF // ideographs of extension A
}
