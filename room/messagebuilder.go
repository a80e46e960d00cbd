package room

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"teahouse/internal/reply"
)

const (
	// minBytesPerInvalid is of how many bytes that a program printed one may be no UTF-8. Where
	// it is more of them it is no text, or one in another charset.
	minBytesPerInvalid = 4

	// omittedNoteBytes is what is kept of MaxText for the line that tells of lines that
	// were left out.
	omittedNoteBytes = 100
)

// A MessageBuilder gathers what a program printed, to be said as one message: its beginning,
// as much as a message may have, and how many more lines there were. Its zero value
// is ready.
type MessageBuilder struct {
	buf           []byte
	truncated     bool // there was more
	newlines      int  // ends of lines, beyond kept too
	endsInNewline bool // the last byte so far ended a line
}

// Write takes b what comes next. It is that of [io.Writer]; the error is a
// [*Refusal] of what is no text.
func (b *MessageBuilder) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if IsBinary(p) {
		return 0, reply.Refuse(reply.NotText)
	}
	n := min(len(p), MaxText-len(b.buf))
	b.buf = append(b.buf, p[:n]...)
	b.truncated = b.truncated || n < len(p)
	b.newlines += bytes.Count(p, []byte("\n"))
	b.endsInNewline = p[len(p)-1] == '\n'
	return len(p), nil
}

// IsBinary reports whether bytes are none of a text.
func IsBinary[T string | []byte](p T) bool {
	for i := range len(p) {
		if p[i] == 0 {
			return true
		}
	}
	return false
}

// IsEmpty reports whether nothing came.
func (b *MessageBuilder) IsEmpty() bool { return len(b.buf) == 0 }

// Message returns the message, and how many lines there were that it does not have,
// or not as a whole. The error is a [*Refusal] of what is no text.
func (b *MessageBuilder) Message() (text string, more int, err error) {
	kept := b.buf
	if b.truncated {
		kept = trimPartialRune(kept)
	}
	text, err = RepairUTF8(string(kept))
	if err != nil {
		return "", 0, err
	}
	text = CleanLines(text)
	lines := strings.Split(text, "\n")
	if !b.truncated && len(lines) <= maxLines && len(text) <= MaxText {
		return text, 0, nil
	}
	fit := linesThatFit(lines)
	more = b.newlines - fit
	if !b.endsInNewline {
		more++
	}
	text = strings.Join(lines[:fit], "\n")
	if fit == 0 {
		text = string(trimPartialRune([]byte(lines[0])[:min(len(lines[0]), MaxText-omittedNoteBytes)]))
	}
	return text, max(more, 1), nil
}

// linesThatFit returns how many lines a message may have with one after them.
func linesThatFit(lines []string) int {
	bytes := 0
	for i, line := range lines {
		if bytes += len(line) + 1; bytes > MaxText-omittedNoteBytes || i == maxLines-1 {
			return i
		}
	}
	return len(lines)
}

// trimPartialRune returns p without the half of a character at its end.
func trimPartialRune(p []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if last := p[len(p)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return p[:len(p)-n]
			}
			break
		}
	}
	return p
}

// RepairUTF8 returns what a program printed as UTF-8, with U+FFFD for bytes that are none.
// The error is a [*Refusal] of what has too many of them to be a text.
func RepairUTF8(s string) (string, error) {
	if utf8.ValidString(s) {
		return s, nil
	}
	broken := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			broken++
		}
		i += size
	}
	if broken*minBytesPerInvalid > len(s) {
		return "", reply.Refuse(reply.NotText)
	}
	return strings.ToValidUTF8(s, "\uFFFD"), nil
}
