package room

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const (
	// mostBroken is how many bytes of what a program printed may be no UTF-8. Where
	// there are more it is no text.
	mostBroken = 16

	// spareBytes is what is kept of MaxText for the line that tells of lines that
	// were left out.
	spareBytes = 100
)

// An Input gathers what a program printed, to be said as one message: its beginning,
// as much as a message may have, and how many more lines there were. Its zero value
// is ready.
type Input struct {
	kept  []byte
	over  bool // there was more
	lines int  // ends of lines, beyond kept too
	ended bool // the last byte so far ended a line
}

// Write takes in what comes next. It is that of [io.Writer]; the error is a
// [*Refusal] of what is no text.
func (in *Input) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if IsBinary(p) {
		return 0, refuse(NotText)
	}
	n := min(len(p), MaxText-len(in.kept))
	in.kept = append(in.kept, p[:n]...)
	in.over = in.over || n < len(p)
	in.lines += bytes.Count(p, []byte("\n"))
	in.ended = p[len(p)-1] == '\n'
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

// Empty reports whether nothing came.
func (in *Input) Empty() bool { return len(in.kept) == 0 }

// Message returns the message, and how many lines there were that it does not have,
// or not as a whole. The error is a [*Refusal] of what is no text.
func (in *Input) Message() (text string, more int, err error) {
	text, broken := mend(in.kept)
	if broken > mostBroken {
		return "", 0, refuse(NotText)
	}
	text = CleanLines(text)
	lines := strings.Split(text, "\n")
	if !in.over && len(lines) <= maxLines && len(text) <= MaxText {
		return text, 0, nil
	}
	kept := fitting(lines)
	more = in.lines - kept
	if !in.ended {
		more++
	}
	text = strings.Join(lines[:kept], "\n")
	if kept == 0 {
		text, _ = mend([]byte(lines[0])[:min(len(lines[0]), MaxText-spareBytes)])
	}
	return text, max(more, 1), nil
}

// fitting returns how many lines a message may have with one after them.
func fitting(lines []string) int {
	bytes := 0
	for i, line := range lines {
		if bytes += len(line) + 1; bytes > MaxText-spareBytes || i == maxLines-1 {
			return i
		}
	}
	return len(lines)
}

// mend returns bytes as UTF-8, and how many of them were none; half a character at
// the end is left out.
func mend(p []byte) (text string, broken int) {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if last := p[len(p)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				p = p[:len(p)-n]
			}
			break
		}
	}
	for rest := p; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			broken++
		}
		rest = rest[size:]
	}
	return strings.ToValidUTF8(string(p), "\uFFFD"), broken
}
