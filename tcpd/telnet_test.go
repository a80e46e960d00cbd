package tcpd

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"teahouse/room"
)

// Telnet commands are removed and the text stays, however reads cut them.
func TestTelnet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in, want string
		marks          int
	}{
		{"text", "hello\r\n茶\n", "hello\r\n茶\n", 0},
		{"an offer", "\xff\xfb\x1fhi\n", "hi\n", 0},
		{"an option that is a newline", "\xff\xfd\nhi\n", "hi\n", 0},
		{"a window's size", "\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0hi\n", "hi\n", 0},
		{"FF in a window's size", "\xff\xfa\x1f\xff\xff\x00\x18\xff\xf0hi\n", "hi\n", 0},
		{"^C", "hel\xff\xf4\xff\xfd\x06lo\n", "hello\n", 1},
		{"return and NUL", "one\r\x00two\r\x00", "one\r\ntwo\r\n", 0},
		{"return, something, NUL", "one\rx\x00", "one\rx\x00", 0},
		{"return and NUL around a command", "one\r\xff\xf1\x00", "one\r\n", 0},
		{"FF that is written twice", "a\xff\xffb\n", "a\xffb\n", 0},
		{"FF that begins no command", "caf\xff\nna\xffve\n", "caf\xff\nna\xffve\n", 0},
		{"FF at the end", "caf\xff", "caf", 0},
		{"a subnegotiation without an end", "\xff\xfa" + strings.Repeat("x", maxSubnegotiation) + "hi\n", "hi\n", 0},
		{"GBK", "\xc4\xe3\xfe\x4f\n", "\xc4\xe3\xfe\x4f\n", 0},
	} {
		for way, r := range map[string]io.Reader{
			"as a whole":        strings.NewReader(tc.in),
			"byte by byte":      iotest.OneByteReader(strings.NewReader(tc.in)),
			"half of each read": iotest.HalfReader(strings.NewReader(tc.in)),
			"with the end":      iotest.DataErrReader(strings.NewReader(tc.in)),
		} {
			marks := 0
			got, err := io.ReadAll(&telnetReader{r: r, onTimingMark: func() { marks++ }})
			if string(got) != tc.want || marks != tc.marks || err != nil {
				t.Errorf("%s, read %s: the input is %q with %d timing marks (error %v), want %q and %d", tc.name, way, got, marks, err, tc.want, tc.marks)
			}
			got, err = io.ReadAll(iotest.OneByteReader(&telnetReader{r: strings.NewReader(tc.in), onTimingMark: func() {}}))
			if string(got) != tc.want || err != nil {
				t.Errorf("%s, read into one byte: the input is %q (error %v), want %q", tc.name, got, err, tc.want)
			}
		}
	}
}

// A telnet client gets the answer that it waits for after ^C.
func TestTimingMark(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t, room.New(room.Config{}), "classic")
	a := join(t, "A", serve(t, server), server.Dialect)
	a.send("hel\xff\xf4\xff\xfd\x06lo\n")
	a.expect("\xff\xfc\x06" + a.chatLine("hello"))
}
