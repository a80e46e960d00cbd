package tcpd

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"teahouse/internal/transport"
	"teahouse/room"
)

// Other protocols are recognized by the shape of their first line as soon as it is complete; a
// line that only resembles one is chat.
func TestSniffer(t *testing.T) {
	t.Parallel()
	longTarget := "/" + strings.Repeat("x", 2*transport.MaxLine)
	for _, tc := range []struct {
		in      string
		foreign bool
	}{
		{"GET / HTTP/1.1\r\nHost: localhost:8888\r\n\r\n", true},
		{"POST /x?y=z HTTP/1.1\r\n\r\nrename|mallory\n", true},
		{"GET http://127.0.0.1:8888/ HTTP/1.0\n", true},
		{"CONNECT example.org:443 HTTP/1.1\r\n", true},
		{"OPTIONS * HTTP/1.1\r\n", true},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true},
		{"POST " + longTarget + " HTTP/1.1\r\n", true},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", true},
		{"SSH-2.0-OpenSSH_9.6\r\n", true},
		{"SSH-1.99-x\r\n", true},
		{"GET / HTTP/1.1", true},
		{"PROPFIND /x HTTP/1.1\r\n", true},
		{"GET me a tea\n", false},
		{"GET\n", false},
		{"GET /tmp/x\n", false},
		{"GET /tmp/x by HTTP/1.1\n", false},
		{"PUT it on HTTP/2\n", false},
		{"get / HTTP/1.1\n", false},
		{"I love HTTP/2\n", false},
		{"who GET / HTTP/1.1\n", false},
		{"hello\nGET / HTTP/1.1\n", false},
		{"SSH-keys, anybody?\n", false},
		{"\x16hello\n", false},
		{"\xef\xbb\n", false},
		{"GE", false},
		{"POST / HTTP/1.", false},
		{strings.Repeat("y", 2*transport.MaxLine), false},
	} {
		for way, r := range map[string]io.Reader{
			"as a whole":   strings.NewReader(tc.in),
			"byte by byte": iotest.OneByteReader(strings.NewReader(tc.in)),
			"with the end": iotest.DataErrReader(strings.NewReader(tc.in)),
		} {
			got, err := io.ReadAll(&sniffer{r: r})
			switch {
			case tc.foreign && (err != errOtherProtocol || len(got) > 0):
				t.Errorf("%.40q, read %s, reaches the chat as %.40q (error %v), want %v", tc.in, way, got, err, errOtherProtocol)
			case !tc.foreign && (err != nil || string(got) != tc.in):
				t.Errorf("%.40q, read %s, is a line of chat, but becomes %.40q (error %v)", tc.in, way, got, err)
			}
		}
	}
}

// A web page can post to any port of the machine it is viewed on. Nobody receives what it posts,
// and no command in it is run, in any dialect and however the input is cut.
func TestHTTPRequestIsNotChat(t *testing.T) {
	t.Parallel()
	const post = "POST /chat HTTP/1.1\r\nCookie: secret\r\nContent-Length: 33\r\n\r\nrename|mallory\r\nann : hello\nhello\n"
	for _, d := range Dialects() {
		server, j := newServer(t, room.New(room.Config{}), d.Name)
		addr := serve(t, server)
		b := dial(t, "B", addr, d)
		waitFor(t, "B is online", func() bool { return server.Hub.CountSessions() == 1 })
		for _, size := range []int{1, 7, len(post)} {
			a := dial(t, "A", addr, d)
			waitFor(t, "A is online", func() bool { return server.Hub.CountSessions() == 2 })
			for rest := post; rest != ""; {
				n := min(size, len(rest))
				if _, err := io.WriteString(a.conn, rest[:n]); err != nil {
					break // the server closed it before everything was sent
				}
				rest = rest[n:]
			}
			waitFor(t, "A is disconnected", func() bool { return server.Hub.CountSessions() == 1 })
		}
		server.Hub.Close()
		heard, _ := io.ReadAll(b.in)
		for _, word := range []string{"POST", "Cookie", "mallory", "hello", "HTTP", "ST"} {
			if strings.Contains(string(heard), word) {
				t.Errorf("at the %s door B reads what a web page posted: %q", d.Name, heard)
			}
		}
		if n := len(j.LinesWith("not a chat client", "door="+d.Name)); n != 3 {
			t.Errorf("the log says %d times that a client of the %s door is not a chat client, want 3", n, d.Name)
		}
	}
}

// The sniffer keeps the boundaries of a relay client's first reads.
func TestSnifferPreservesReadBoundaries(t *testing.T) {
	t.Parallel()
	o := &sniffer{r: io.MultiReader(strings.NewReader("GET"), strings.NewReader(" /"), strings.NewReader("x y"), strings.NewReader("z"))}
	got, err := readAll(&readFramer{r: o, decoder: &decoder{}})
	if want := "GET, /,x y,z"; err != io.EOF || strings.Join(got, ",") != want {
		t.Errorf("the reads become the messages %q (error %v), want %s", got, err, want)
	}
}
