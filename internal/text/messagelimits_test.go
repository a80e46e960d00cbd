package text

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"teahouse/internal/reply"
)

// A message that is empty, malformed or too long is refused.
func TestCheckLineRefuses(t *testing.T) {
	tests := map[string]reply.Code{
		"":                                reply.TextEmpty,
		"  \t ":                           reply.TextEmpty,
		"\x1b\x00":                        reply.TextEmpty,
		"\u200b":                          reply.TextEmpty,
		" \u2800\U00013441\U0001D159":     reply.TextEmpty,
		"\xff\xfe":                        reply.TextMalformed,
		"ok \xc3":                         reply.TextMalformed,
		strings.Repeat("a", MaxBytes+1):   reply.TextTooLong,
		strings.Repeat("名", MaxBytes/3+1): reply.TextTooLong,
	}
	for text, want := range tests {
		_, err := CheckLine(text)
		wantRefusal(t, fmt.Sprintf("%.20q", text), err, want)
	}
	if _, err := CheckLine(strings.Repeat("a", MaxBytes)); err != nil {
		t.Errorf("a message of exactly %d bytes is refused: %v", MaxBytes, err)
	}
}

// A message may have several lines: blank ones inside stay, those at the ends go, and each line
// is cleaned.
func TestCleanLines(t *testing.T) {
	for in, want := range map[string]string{
		"one":                          "one",
		"one\ntwo":                     "one\ntwo",
		"一\r\n二":                       "一\n二",
		"\n \none\n\n  two\n\n \n":     "one\n\n  two",
		"a\n\u0301b":                   "a\nb", // a mark would sit on what the door writes
		"a\n╎ b":                       "a\n╏ b",
		"a\n\x1b[31mbob: hi\u2028c\rd": "a\nbob: hi c d",
	} {
		if got, err := CheckLines(in); got != want || err != nil {
			t.Errorf("who sends %q has said %q (error %v), want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]reply.Code{
		strings.Repeat("a\n", MaxLines) + "a":     reply.TooManyLines,
		strings.Repeat("名\n", MaxBytes/4) + "名名名": reply.TooManyLines,
		strings.Repeat("名", MaxBytes/3) + "\n名":   reply.TextTooLong,
		"\n\n":     reply.TextEmpty,
		"a\n\xff":  reply.TextMalformed,
		"\x1b\n\t": reply.TextEmpty,
	} {
		_, err := CheckLines(in)
		wantRefusal(t, fmt.Sprintf("%.20q", in), err, want)
	}
	if got, err := CheckLines(strings.Repeat("a\n", MaxLines+9)[:2*MaxLines]); err != nil || strings.Count(got, "\n") != MaxLines-1 {
		t.Errorf("a message of exactly %d lines becomes one of %d (error %v)", MaxLines, strings.Count(got, "\n")+1, err)
	}
}

// wantRefusal fails the test if err is not a refusal with a code.
func wantRefusal(t *testing.T, what string, err error, code reply.Code) {
	t.Helper()
	var refusal *reply.Refusal
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("who sends %s gets the error %v, want the refusal %q", what, err, code)
	}
}

// BenchmarkCheckLine measures what checking a message costs.
func BenchmarkCheckLine(b *testing.B) {
	for name, line := range map[string]string{
		"ascii":   "the quick brown fox jumps over the lazy dog, and then it does so again",
		"chinese": "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏",
		"emoji":   "good morning 👨‍👩‍👧‍👦 ❤️‍🔥 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for range b.N {
				if _, err := CheckLine(line); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
