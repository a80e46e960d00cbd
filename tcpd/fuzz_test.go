package tcpd

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/charmbracelet/log"
	"golang.org/x/text/encoding/simplifiedchinese"

	"teahouse/internal/command"
	"teahouse/internal/testkit"
	"teahouse/internal/transport"
	"teahouse/room"
)

// However a client's bytes are cut into packets, the lines are the same, none of them is too
// long, and no more than one line is buffered.
func FuzzFraming(f *testing.F) {
	f.Add([]byte("\xef\xbb\xbfhello\r\x00who\r\nto|bob|\xff\xf4\xff\xfd\x06hi"), []byte{0, 3})
	f.Add([]byte("\xff\xfa\x1f\x00\xff\xff\x18\xff\xf0caf\xff\n\xff\xff\xff\n\xff"), []byte{1})
	f.Add([]byte("POST / HTTP/1.1\r\n\r\nrename|x\n"), []byte{4})
	f.Add([]byte("GET me a tea\nGET / HTTP/1.1\n"), []byte{2})
	f.Add([]byte("C\xff0"), []byte{0}) // this once lost the last byte
	f.Add([]byte("\x16\x03\x01\n"), []byte{0})
	f.Add([]byte("SSH-2.0-x\nSSH-3"), []byte{5})
	f.Add(append([]byte("GET /"), bytes.Repeat([]byte("x"), transport.MaxLine)...), []byte{255, 254})
	f.Add(append([]byte("GET /"), bytes.Repeat([]byte("x "), transport.MaxLine)...), []byte{255, 1})
	f.Fuzz(func(t *testing.T, input, sizes []byte) {
		whole, wholeMarks, wholeErr := readFramed(t, bytes.NewReader(input))
		cut, cutMarks, cutErr := readFramed(t, &testkit.ChunkReader{Data: input, Sizes: sizes})
		single, singleMarks, singleErr := readFramed(t, iotest.OneByteReader(bytes.NewReader(input)))
		if !slices.Equal(whole, cut) || !slices.Equal(whole, single) || wholeErr != cutErr || wholeErr != singleErr {
			t.Fatalf("the lines depend on the packets: as a whole %q (%v), cut %q (%v), byte by byte %q (%v)", whole, wholeErr, cut, cutErr, single, singleErr)
		}
		if wholeErr == io.EOF && (wholeMarks != cutMarks || wholeMarks != singleMarks) {
			t.Fatalf("the number of timing marks depends on the packets: %d, %d and %d", wholeMarks, cutMarks, singleMarks)
		}
	})
}

// readFramed returns the lines that a client sent, how often it asked for a timing mark, and the
// error that ended its input.
func readFramed(t *testing.T, in io.Reader) (lines []string, marks int, err error) {
	o := &sniffer{r: &telnetReader{r: in, onTimingMark: func() { marks++ }}}
	messages := transport.NewLineReader(o)
	for {
		line, err := messages.Next()
		switch {
		case len(line) > transport.MaxLine, len(o.buffered) > 2*transport.MaxLine:
			t.Fatalf("a line has %d bytes, and %d are buffered: too many", len(line), len(o.buffered))
		case err == transport.ErrTooLong:
			lines = append(lines, "(too long)\n")
		case err != nil:
			return lines, marks, err
		default:
			lines = append(lines, line)
		}
	}
}

// A bytesConn is a connection that only has input.
type bytesConn struct {
	net.Conn
	in io.Reader
}

func (c bytesConn) Read(p []byte) (int, error) { return c.in.Read(p) }
func (c bytesConn) RemoteAddr() net.Addr       { return &net.TCPAddr{} }

// Whatever a client of any dialect sends in any charset, every client receives nothing but text:
// valid in its charset, with no control characters but the newlines at line ends, and telnet's
// answer for the client that asked.
func FuzzDialects(f *testing.F) {
	var servers []*Server
	for _, d := range Dialects() {
		for _, charset := range []Charset{Auto, UTF8, GBK} {
			s := &Server{Dialect: d, Charset: charset, Log: log.New(io.Discard)}
			s.init.Do(s.setUp)
			i := uint8(len(servers))
			servers = append(servers, s)
			f.Add(i, []byte("hello\nwho\nrename|张三\nto|u4|悄悄话\nto||\nto|x\nto|u9|\n"), []byte{7})
			f.Add(i, []byte(gbk("大家好\nrename|张三\nto|u4|悄悄话\nto|张三|\x81|\nto|谁|谢谢\n茶")+"\n\x81\n"), []byte{2, 9})
			f.Add(i, []byte("ann : one\ntwo\r\n"), []byte{})
			f.Add(i, []byte("rename|张三\nrename|张三\n"), []byte{}) // once there was no former name to show
			f.Add(i, []byte("a\x1b[2J\u202e\u2028\u0301\U000e0041\n\xff\xfe\nto|\x9b|x\nrename|\u200b\n"), []byte{1})
			f.Add(i, []byte("\xff\xfd\x06\xff\xf4hi\r\x00\x810\x810\x810\x845\n"), []byte{0})
			f.Add(i, bytes.Repeat([]byte("who\n"), 100), []byte{100})
			f.Add(i, bytes.Repeat([]byte("x"), transport.MaxLine+1), []byte{255})
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, input, sizes []byte) {
		speaker := servers[int(which)%len(servers)]
		hub := room.New(room.Config{})
		listeners := make([]*room.Session, len(servers))
		for i := range servers {
			listeners[i] = enter(t, hub, fmt.Sprint("u", i))
		}
		u := enter(t, hub, "127.0.0.1:50000")
		c := newClient(speaker, bytesConn{in: &testkit.ChunkReader{Data: input, Sizes: sizes}})
		heard := make(chan []byte)
		go func() { heard <- received(u, func() *format { return c.format.Load() }) }()

		c.session = u
		if reason := c.readLoop(command.NewRunner(u)); reason != room.Quit && reason != room.HungUp {
			t.Fatalf("the reader ended with the reason %q", reason)
		}
		u.Leave(room.Quit)
		checkSpeaker(t, c, <-heard)
		for i, s := range servers {
			v := s.formats[s.Charset]
			listeners[i].Leave(room.Stopping)
			checkText(t, fmt.Sprint(s.Dialect.Name, s.Charset), v, received(listeners[i], func() *format { return v }))
		}
		if n := hub.CountSessions(); n != 0 {
			t.Fatalf("after everybody has left, %d sessions are online", n)
		}
	})
}

func enter(t *testing.T, hub *room.Hub, name string) *room.Session {
	u, err := hub.Enter(t.Context(), room.ClientInfo{RequestedName: name, Address: "127.0.0.1:50000"})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// received returns everything that is written for u until it has left.
func received(u *room.Session, v func() *format) []byte {
	var courier transport.EventWriter
	var all []byte
	show := func(lines []byte, items []room.Item) []byte {
		return v().appendItems(lines, items, u.UserInfo().SessionID)
	}
	_ = courier.Deliver(u, show, func(lines []byte) error {
		all = append(all, lines...)
		return nil
	})
	return all
}

// checkSpeaker does what checkText does, for the client that has sent something: its charset may
// have changed between two lines, and it may have received answers to invalid input.
func checkSpeaker(t *testing.T, c *client, heard []byte) {
	heard = bytes.ReplaceAll(heard, []byte("\xff\xfc\x06"), nil)
	heard = bytes.ReplaceAll(heard, []byte(unknownCharsetText+"\n"), nil)
	s := c.server
	if c.decoder.charset != GBK || s.Charset == GBK {
		checkText(t, "the speaker", c.format.Load(), heard)
		return
	}
	for line := range bytes.Lines(heard) {
		charset := GBK
		if utf8.Valid(line) {
			charset = UTF8
		}
		checkText(t, "the speaker", s.formats[charset], line)
	}
}

func checkText(t *testing.T, who string, v *format, heard []byte) {
	t.Helper()
	text := heard
	if v.charset == GBK {
		text, _ = simplifiedchinese.GBK.NewDecoder().Bytes(heard)
	}
	if !utf8.Valid(text) || bytes.ContainsRune(text, utf8.RuneError) && v.charset == GBK {
		t.Errorf("%s receives invalid text: %q", who, heard)
	}
	for _, r := range string(text) {
		if r != '\n' && r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0) {
			t.Errorf("%s receives a control character: %q", who, heard)
			break
		}
	}
	if v.Framing == LineFraming && len(heard) > 0 && !bytes.HasSuffix(heard, []byte("\n")) {
		t.Errorf("%s receives a line without a newline: %q", who, heard)
	}
	if v.Framing == LineFraming && strings.Contains(string(heard), "\n\n") {
		t.Errorf("%s receives an empty line: %q", who, heard)
	}
}
