package text

import (
	"fmt"
	"strings"
	"testing"

	"teahouse/internal/reply"
)

func input(t *testing.T, parts ...string) (*MessageBuilder, error) {
	t.Helper()
	in := &MessageBuilder{}
	for _, p := range parts {
		if _, err := in.Write([]byte(p)); err != nil {
			return in, err
		}
	}
	return in, nil
}

// A program's output is one message: unchanged if it fits, otherwise its first lines and how
// many more there were.
func TestMessageBuilder(t *testing.T) {
	numbered := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%d\n", i+1)
		}
		return b.String()
	}
	for _, c := range []struct {
		name  string
		parts []string
		lines int
		more  int
	}{
		{"one line", []string{"hello"}, 1, 0},
		{"lines in pieces", []string{"he", "llo\nyou\n"}, 2, 0},
		{"all that may be", []string{numbered(200)}, 200, 0},
		{"one line too many", []string{numbered(201)}, 199, 2},
		{"too many lines", []string{numbered(2000), numbered(3000)}, 199, 4801},
		{"a long line", []string{strings.Repeat("x", 9000)}, 1, 1},
		{"a long line and others", []string{strings.Repeat("张", 3000) + "\na\nb\n"}, 1, 3},
		{"long lines", []string{strings.Repeat(strings.Repeat("x", 999)+"\n", 9)}, 3, 6},
	} {
		in, err := input(t, c.parts...)
		if err != nil {
			t.Fatal(err)
		}
		text, more, err := in.Message()
		if lines := strings.Count(text, "\n") + 1; err != nil || lines != c.lines || more != c.more || len(text) > MaxBytes {
			t.Errorf("%s: people read %d lines of %d bytes and that there are %d more (error %v), want %d and %d", c.name, lines, len(text), more, err, c.lines, c.more)
		}
	}
}

// Binary output is refused; a few broken characters are not.
func TestMessageBuilderRefusesBinary(t *testing.T) {
	_, err := input(t, "text", "and\x00not")
	wantRefusal(t, "a NUL", err, reply.NotText)
	in, _ := input(t, strings.Repeat("\xff\xfe", 20))
	_, _, err = in.Message()
	wantRefusal(t, "no UTF-8", err, reply.NotText)
	in, _ = input(t, strings.Repeat("compilé \xe9\xe8 en 3 s\n", 150)) // hundreds, of thousands
	if text, _, err := in.Message(); !strings.HasPrefix(text, "compilé \uFFFD en") || err != nil {
		t.Errorf("a log with some Latin-1 is sent as %.40q (error %v), want replacement characters in it", text, err)
	}
	in, _ = input(t, "\xc4\xe3\xba\xc3\xa3\xac ok")
	_, _, err = in.Message()
	wantRefusal(t, "GBK", err, reply.NotText)
	in, _ = input(t, "caf\xe9\n")
	if text, _, err := in.Message(); text != "caf\uFFFD" || err != nil {
		t.Errorf("one Latin-1 word is sent as %q (error %v), want a replacement character in it", text, err)
	}
}
