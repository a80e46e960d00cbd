package terminal

import (
	"bytes"
	"unicode/utf8"
)

// cleanMessage returns the lines of text as a message may contain them: printable characters
// only, no cluster longer than maxCluster, and no newline at the end.
func cleanMessage(text []byte) string {
	return string(bytes.TrimRight(trimClusters(cleanLines(text)), "\n"))
}

// cleanLines returns the printable characters, tabs and newlines of a text. CR, LF and CR LF all
// become '\n'.
func cleanLines(raw []byte) []byte {
	text := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r == utf8.RuneError && size == 1:
		case r == '\r' && len(raw) > 1 && raw[1] == '\n': // one newline, not two
		case r == '\r', r == '\n':
			text = append(text, '\n')
		case r == '\t', printable(r):
			text = append(text, raw[:size]...)
		}
		raw = raw[size:]
	}
	return text
}
