package ansi

import (
	"regexp"
	"strings"
)

// sequence is an escape sequence as it stands in a text: begun by ESC and an ASCII
// character, or by one of the C1 characters, which in UTF-8 have two bytes.
//
// A control sequence (CSI) that was cut off goes as far as it was one. A string, such
// as the title of a window (OSC), ends with BEL or ST; where another control
// character or the end of the text comes first, only its introducer is taken.
var sequence = regexp.MustCompile(
	`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]?` +
		`|(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}-\x{9f}])(?:[^\x00-\x1f\x7f-\x{9f}]*(?:\x07|\x1b\\|\x{9c}))?` +
		`|\x1b[ -/]*[0-~]?`)

const (
	esc = 0x1b
	c1  = 0xc2 // the first byte of all C1 characters
)

// Strip returns s, which is UTF-8, without escape sequences.
func Strip(s string) string {
	if strings.IndexByte(s, esc) < 0 && strings.IndexByte(s, c1) < 0 {
		return s // as it is nearly always
	}
	return sequence.ReplaceAllLiteralString(s, "")
}
