package transport

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"teahouse/internal/testkit"
)

// LineReader accepts every kind of line ending, and refuses a line that is too long once without
// losing the next one.
func TestLineReader(t *testing.T) {
	longest := strings.Repeat("x", MaxLine)
	const refused = "(refused)"
	for _, tc := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"lines", "one\ntwo\n", []string{"one", "two"}},
		{"the last without an end", "one\ntwo", []string{"one", "two"}},
		{"CRLF", "one\r\ntwo\r\n", []string{"one", "two"}},
		{"the last ends in CR", "one\r", []string{"one"}},
		{"CR within", "o\rne\r\r\n", []string{"o\rne\r"}},
		{"empty lines are the caller's affair", "\n\r\n\n", []string{"", "", ""}},
		{"the longest", longest + "\n", []string{longest}},
		{"the longest, CRLF", longest + "\r\n", []string{longest}},
		{"the longest, at the end", longest, []string{longest}},
		{"too long by one", longest + "x\n", []string{refused}},
		{"too long by one, CRLF", longest + "x\r\n", []string{refused}},
		{"too long by one, at the end", longest + "x", []string{refused}},
		{"too long by a CR", longest + "\r\r\n", []string{refused}},
		{"too long by many CR", longest + strings.Repeat("\r", 500) + "\n", []string{refused}},
		{"very much too long", strings.Repeat(longest, 50), []string{refused}},
		{"nothing but CR", strings.Repeat("\r", 2*MaxLine), []string{refused}},
		{"the next counts again", strings.Repeat(longest, 3) + "\nnext\n" + longest + "\nx" + longest + "\nlast", []string{refused, "next", longest, refused, "last"}},
		{"two in a row", strings.Repeat(longest, 3) + "\n" + strings.Repeat(longest, 3) + "\n", []string{refused, refused}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for way, r := range map[string]io.Reader{
				"as a whole":        strings.NewReader(tc.in),
				"one byte a time":   iotest.OneByteReader(strings.NewReader(tc.in)),
				"half of each read": iotest.HalfReader(strings.NewReader(tc.in)),
				"with the end":      iotest.DataErrReader(strings.NewReader(tc.in)),
			} {
				got, err := allLines(NewLineReader(r))
				if err != io.EOF {
					t.Errorf("%s: ended with %v", way, err)
				}
				for i, line := range tc.want {
					if line == refused {
						tc.want[i] = tooLongMark
					}
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("%s: got %s, want %s", way, clipAll(got), clipAll(tc.want))
				}
			}
		})
	}
}

// A connection that breaks in the middle of a line must not deliver the half line: nobody
// finished it.
func TestPartialLineBeforeError(t *testing.T) {
	l := NewLineReader(io.MultiReader(strings.NewReader("one\ntw"), iotest.ErrReader(io.ErrClosedPipe)))
	got, err := allLines(l)
	if err != io.ErrClosedPipe || !slices.Equal(got, []string{"one"}) {
		t.Errorf("got %q, %v, want the first line and then %v", got, err, io.ErrClosedPipe)
	}
}

// A client that sends an endless line gets the error before the line ends.
func TestTooLongIsReportedEarly(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = w.Write(bytes.Repeat([]byte("x"), 3*MaxLine)) }() // and then nothing more
	if line, err := NewLineReader(r).Next(); err != ErrTooLong {
		t.Errorf("got %.20q, %v, want %v", line, err, ErrTooLong)
	}
	r.Close()
}

// tooLongMark stands for a refused line; no line can contain it.
const tooLongMark = "(refused)\n"

// allLines returns all lines up to the final error.
func allLines(l *LineReader) (lines []string, err error) {
	for {
		switch line, err := l.Next(); err {
		case nil:
			lines = append(lines, line)
		case ErrTooLong:
			lines = append(lines, tooLongMark)
		default:
			return lines, err
		}
	}
}

// clipAll shortens long lines for failure messages.
func clipAll(lines []string) []string {
	var short []string
	for _, l := range lines {
		short = append(short, clip(l))
	}
	return short
}

func clip(s string) string {
	const most = 30
	if len(s) <= most {
		return strings.ToValidUTF8(strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(s), "?")
	}
	return clip(s[:most/2]) + "..." + clip(s[len(s)-most/2:])
}

// referenceLines does what LineReader should do, without any buffering.
func referenceLines(data []byte) (lines []string) {
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		if line = bytes.TrimSuffix(line, []byte("\r")); len(line) > MaxLine {
			lines = append(lines, tooLongMark)
		} else {
			lines = append(lines, string(line))
		}
	}
	return lines
}

// LineReader returns the same lines however the input is cut into packets, and never one above
// the limit. Times repeats a small input, so that a fuzzer reaches lines of thousands of bytes.
func FuzzLineReader(f *testing.F) {
	f.Add([]byte("one\r\ntwo\n\nthree"), uint16(1), []byte{0})
	f.Add([]byte("\r\r\n\r"), uint16(3), []byte{0, 1})
	f.Add([]byte("x"), uint16(MaxLine), []byte{})
	f.Add([]byte("x"), uint16(MaxLine+1), []byte{255})
	f.Add([]byte("\r"), uint16(MaxLine+1), []byte{7})
	f.Add([]byte("0123456789abcde\r"), uint16(600), []byte{255, 3})
	f.Add([]byte("\xff\xfe\n茶"), uint16(2000), []byte{100, 200})
	f.Fuzz(func(t *testing.T, data []byte, times uint16, sizes []byte) {
		for _, before := range []int{0, 1020, MaxLine - 2} {
			in := bytes.Repeat([]byte("."), before)
			in = append(in, bytes.Repeat(data, 1+int(times)%(MaxLine+2))...)
			if len(in) > 16*MaxLine {
				in = in[:16*MaxLine]
			}
			got, err := allLines(NewLineReader(&testkit.ChunkReader{Data: in, Sizes: sizes}))
			if err != io.EOF {
				t.Fatalf("ended with %v", err)
			}
			if want := referenceLines(in); !slices.Equal(got, want) {
				t.Fatalf("got %q, want %q", clipAll(got), clipAll(want))
			}
		}
	})
}
