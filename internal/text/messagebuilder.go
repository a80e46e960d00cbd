package text

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"teahouse/internal/reply"
)

const (
	// minBytesPerInvalid is how many bytes of a program's output there must be for each one that
	// is not UTF-8. Output with more of them is not text, or is in another charset.
	minBytesPerInvalid = 4

	// omittedNoteBytes is how much of MaxBytes is kept free for the line that says how many lines
	// were left out.
	omittedNoteBytes = 100
)

// A MessageBuilder makes one message of a program's output: the beginning, as long as a message
// may be, and the number of lines that follow. It keeps at most [MaxBytes]. The zero value is
// ready to use.
type MessageBuilder struct {
	buf           []byte
	truncated     bool // there was more
	newlines      int  // in all that was written
	endsInNewline bool // the last byte was a line break
}

// Write adds output; b is an [io.Writer]. The error is a [*reply.Refusal] of bytes that are not
// text.
func (b *MessageBuilder) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if IsBinary(p) {
		return 0, reply.Refuse(reply.NotText)
	}
	n := min(len(p), MaxBytes-len(b.buf))
	b.buf = append(b.buf, p[:n]...)
	b.truncated = b.truncated || n < len(p)
	b.newlines += bytes.Count(p, []byte("\n"))
	b.endsInNewline = p[len(p)-1] == '\n'
	return len(p), nil
}

// IsBinary reports whether p has a byte that no text has.
func IsBinary[T string | []byte](p T) bool {
	for i := range len(p) {
		if p[i] == 0 {
			return true
		}
	}
	return false
}

// IsEmpty reports whether nothing was written.
func (b *MessageBuilder) IsEmpty() bool { return len(b.buf) == 0 }

// Message returns the message, and how many lines are missing from it or cut short. The error is
// a [*reply.Refusal] of output that is not text.
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
	if !b.truncated && len(lines) <= MaxLines && len(text) <= MaxBytes {
		return text, 0, nil
	}
	fit := linesThatFit(lines)
	more = b.newlines - fit
	if !b.endsInNewline {
		more++
	}
	text = strings.Join(lines[:fit], "\n")
	if fit == 0 {
		text = string(trimPartialRune([]byte(lines[0])[:min(len(lines[0]), MaxBytes-omittedNoteBytes)]))
	}
	return text, max(more, 1), nil
}

// linesThatFit returns how many lines a message can hold with one more line after them.
func linesThatFit(lines []string) int {
	bytes := 0
	for i, line := range lines {
		if bytes += len(line) + 1; bytes > MaxBytes-omittedNoteBytes || i == MaxLines-1 {
			return i
		}
	}
	return len(lines)
}

// trimPartialRune returns p without an incomplete character at its end.
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

// RepairUTF8 returns a program's output as valid UTF-8, with U+FFFD for each run of invalid bytes.
// The error is a [*reply.Refusal] of output with too many of them to be text.
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
