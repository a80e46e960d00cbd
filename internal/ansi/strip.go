package ansi

import (
	"regexp"
	"strings"
)

// sequence matches an escape sequence. One begins with ESC and an ASCII character, or with a C1
// control character, which takes two bytes in UTF-8.
//
// A control sequence (CSI) that is cut off is matched as far as it goes. A string, such as a
// window title (OSC), ends with BEL or ST; if another control character or the end of the text
// comes first, only its introducer is matched.
var sequence = regexp.MustCompile(
	`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]?` +
		`|(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}-\x{9f}])(?:[^\x00-\x1f\x7f-\x{9f}]*(?:\x07|\x1b\\|\x{9c}))?` +
		`|\x1b[ -/]*[0-~]?`)

const (
	esc = 0x1b
	c1  = 0xc2 // the first byte of every C1 control character in UTF-8
)

// Strip returns s, which must be valid UTF-8, without its escape sequences.
func Strip(s string) string {
	if strings.IndexByte(s, esc) < 0 && strings.IndexByte(s, c1) < 0 {
		return s // the usual case
	}
	return sequence.ReplaceAllLiteralString(s, "")
}
