package text

import (
	"strings"
	"unicode/utf8"

	"teahouse/internal/reply"
)

const (
	// MaxBytes is the maximum size of a message: as many bytes as the original server read at
	// once.
	MaxBytes = 4095

	// MaxLines is the maximum number of lines in a message.
	MaxLines = 200
)

// CheckLine returns a message of one line as [CleanLine] leaves it, or a [*reply.Refusal].
func CheckLine(s string) (string, error) {
	return check(s, CleanLine(s))
}

// CheckLines returns a message as [CleanLines] leaves it, or a [*reply.Refusal].
func CheckLines(s string) (string, error) {
	cleaned := CleanLines(s)
	if strings.Count(cleaned, "\n") >= MaxLines {
		return "", reply.Refuse(reply.TooManyLines, MaxLines)
	}
	return check(s, cleaned)
}

// CheckVerbatim returns a message as [CleanVerbatim] leaves it, or a [*reply.Refusal]. It is for
// a dialect that has no lines, and sets no limit to them.
func CheckVerbatim(s string) (string, error) {
	return check(s, CleanVerbatim(s))
}

func check(raw, cleaned string) (string, error) {
	switch {
	case !utf8.ValidString(raw):
		return "", reply.Refuse(reply.TextMalformed)
	case len(cleaned) > MaxBytes:
		return "", reply.Refuse(reply.TextTooLong, MaxBytes)
	case strings.TrimFunc(cleaned, func(r rune) bool { return IsInvisible(r) || IsBlank(r) }) == "":
		return "", reply.Refuse(reply.TextEmpty)
	}
	return cleaned, nil
}

// RefuseNotText returns the refusal of bytes that are not text.
func RefuseNotText() *reply.Refusal { return reply.Refuse(reply.NotText) }

// RefuseTooLong returns the refusal of a line that was too long to be read at all.
func RefuseTooLong() *reply.Refusal { return reply.Refuse(reply.TextTooLong, MaxBytes) }

// Limit returns s as clean leaves it, cut to at most maxBytes bytes.
func Limit(s string, maxBytes int, clean func(string) string) string {
	s = clean(s)
	if len(s) <= maxBytes {
		return s
	}
	return clean(s[:maxBytes]) // which drops half a character at the end
}

// LimitLines returns a message as [CleanLines] leaves it, cut to [MaxBytes] and [MaxLines].
func LimitLines(s string) string {
	s = Limit(s, MaxBytes, CleanLines)
	if lines := strings.SplitN(s, "\n", MaxLines+1); len(lines) > MaxLines {
		s = CleanLines(strings.Join(lines[:MaxLines], "\n"))
	}
	return s
}
