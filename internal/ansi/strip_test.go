package ansi

import (
	"strings"
	"testing"
)

func TestStrip(t *testing.T) {
	tests := []struct{ what, in, want string }{
		{"text", "hello", "hello"},
		{"Chinese, whose UTF-8 bytes look like C1", "日本会议时间 éÂ°«", "日本会议时间 éÂ°«"},
		{"colours", "\x1b[31mred\x1b[0m", "red"},
		{"24-bit colours with colons", "\x1b[38:2::1:2:3mred\x1b[m", "red"},
		{"private modes", "\x1b[?2004hon\x1b[>c", "on"},
		{"with intermediate bytes", "a\x1b[0 qb\x1b[!pc", "abc"},
		{"a title ended by BEL", "a\x1b]0;title\x07b", "ab"},
		{"a title ended by ST", "a\x1b]0;title\x1b\\b", "ab"},
		{"a Chinese title that contains the byte of ST", "a\x1b]0;日本\x07b", "ab"},
		{"a link", "\x1b]8;;http://a/\x1b\\tea\x1b]8;;\x1b\\", "tea"},
		{"a device control string", "a\x1bP1;2|q\x1b\\b", "ab"},
		{"the other strings", "a\x1bXx\x1b\\b\x1b^x\x1b\\c\x1b_x\x1b\\d", "abcd"},
		{"two-byte sequences", "a\x1b7b\x1bMc\x1b=d", "abcd"},
		{"three-byte sequences", "a\x1b(Bb\x1b#8c", "abc"},
		{"C1: control sequence", "a\u009b31mb", "ab"},
		{"C1: title", "a\u009d0;title\u009cb\u009dx\x07c", "abc"},
		{"C1: device control string", "a\u0090q\u009cb", "ab"},

		{"cut off", "red\x1b[3", "red"},
		{"cut off early", "red\x1b", "red"},
		{"broken off by an impossible character", "a\x1b[3日b\x1b[\nc", "a日b\nc"},
		{"a title without an end", "a\x1b]0;all of this is read", "a0;all of this is read"},
		{"a title that ends on another line", "a\x1b]x\nb\x07c", "ax\nb\x07c"},
		{"a title broken off by another sequence", "a\x1b]x\x1b[31mb", "axb"},
		{"a sequence inside another", "\x1b[\x1b[31mred", "red"},
		{"a sequence that appears when another is removed", "a\x1b\x1b[m[31mb", "a[31mb"},
	}
	for _, test := range tests {
		if got := Strip(test.in); got != test.want {
			t.Errorf("%s: Strip(%+q) = %+q, want %+q", test.what, test.in, got, test.want)
		}
	}
}

// Strip removes every sequence, and nothing is left to remove on a second call.
func FuzzStrip(f *testing.F) {
	for _, seed := range []string{"a", "\x1b[31mred\x1b[0m", "\x1b]0;日本\x1b\\", "\u009b\u009d\u0090", "\x1b\x1b[m[31m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		in = strings.ToValidUTF8(in, "")
		out := Strip(in)
		if strings.ContainsAny(out, "\x1b\u0090\u0098\u009b\u009d\u009e\u009f") {
			t.Fatalf("Strip(%+q) = %+q, which still has an introducer", in, out)
		}
		if again := Strip(out); again != out {
			t.Fatalf("Strip(%+q) = %+q, and stripping that again gives %+q", in, out, again)
		}
	})
}
