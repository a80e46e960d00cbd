package accounts

import (
	"slices"
	"time"

	"teahouse/internal/sanitize"
	"teahouse/internal/text"
)

const (
	// MaxInputLines and MaxInputBytes limit how much is kept of what a person typed.
	MaxInputLines = 50
	MaxInputBytes = 4 << 10

	// MaxInputHistories is for how many people an input history is stored.
	MaxInputHistories = 5000
)

// An InputHistory holds the lines that a person typed last, to be recalled.
type InputHistory struct {
	Lines  []string  `json:"lines"` // oldest first
	UsedAt time.Time `json:"used"`
}

func (h *InputHistory) Sanitize(_ string, now time.Time) error {
	var lines []string
	for _, line := range h.Lines {
		lines = AppendInput(lines, text.CleanLines(line))
	}
	h.Lines, h.UsedAt = lines, sanitize.Time(h.UsedAt, now)
	return nil
}

// AppendInput appends a line, which must be clean, unless it is too long by itself or equals the
// newest one. The oldest lines make room for it.
func AppendInput(lines []string, line string) []string {
	if line == "" || len(line) > MaxInputBytes || len(lines) > 0 && lines[len(lines)-1] == line {
		return lines
	}
	lines = append(lines, line)
	bytes := 0
	for _, line := range lines {
		bytes += len(line)
	}
	n := 0
	for len(lines)-n > MaxInputLines || bytes > MaxInputBytes {
		bytes -= len(lines[n])
		n++
	}
	return slices.Delete(lines, 0, n)
}
