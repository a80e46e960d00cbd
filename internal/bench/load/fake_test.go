package load

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// A fakeServer is a line-based server that makes mistakes on demand. A lock makes the order the
// same for everybody; each client has a goroutine that writes.
type fakeServer struct {
	testing.TB
	addr string

	// linesFor returns what listener i, in order of arrival, receives for the n-th line of a
	// speaker. The beacon and the last lines are always delivered.
	linesFor func(f *fakeServer, i, n int, line string) []string

	mu      sync.Mutex
	clients []*fakeClient
	held    map[int]string // lines held back, by listener
	swapped bool
}

type fakeClient struct {
	conn net.Conn
	mu   sync.Mutex
	out  []byte
	more chan struct{} // capacity 1
}

func (c *fakeClient) send(line string) {
	c.mu.Lock()
	c.out = append(c.out, line...)
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// newFakeServer starts a server that calls serve for each client.
func newFakeServer(t testing.TB, serve func(*fakeServer, *fakeClient)) *fakeServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeServer{TB: t, addr: l.Addr().String(), held: map[int]string{}}
	var running sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		f.mu.Lock()
		for _, c := range f.clients {
			c.conn.Close()
		}
		f.mu.Unlock()
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c := &fakeClient{conn: conn, more: make(chan struct{}, 1)}
			f.mu.Lock()
			f.clients = append(f.clients, c)
			f.mu.Unlock()
			gone := make(chan struct{})
			running.Go(func() {
				defer close(gone)
				defer conn.Close()
				serve(f, c)
			})
			running.Go(func() { c.write(gone) })
		}
	})
	return f
}

func (c *fakeClient) write(gone <-chan struct{}) {
	var out []byte
	for {
		select {
		case <-c.more:
		case <-gone:
			return
		}
		c.mu.Lock()
		out, c.out = c.out, out[:0]
		c.mu.Unlock()
		if _, err := c.conn.Write(out); err != nil {
			return
		}
	}
}

// serveLines broadcasts lines.
func serveLines(f *fakeServer, c *fakeClient) {
	for next := newLineReader(c.conn); ; {
		line, err := next()
		if err != nil {
			return
		}
		f.mu.Lock()
		n, ordinary := parseOrdinary(line)
		for i, to := range f.clients {
			heard := []string{line}
			if ordinary && f.linesFor != nil {
				heard = f.linesFor(f, i, n, line)
			}
			for _, line := range heard {
				to.send("[somebody] " + line)
			}
		}
		f.mu.Unlock()
	}
}

// parseOrdinary returns the number of a line of the only speaker. It is not ok for the beacon and
// the last line.
func parseOrdinary(line string) (n int, ok bool) {
	speaker, number := fields(line)
	value, _ := parseNumber([]byte(number))
	return int(value), speaker == "a" && !strings.Contains(line, ",a;")
}

// serveReordered broadcasts lines, but the fourth client once receives a line of the first
// speaker after the next one, which is the second's.
func serveReordered(f *fakeServer, c *fakeClient) {
	for next := newLineReader(c.conn); ; {
		line, err := next()
		if err != nil {
			return
		}
		speaker, _ := fields(line)
		f.mu.Lock()
		for i, to := range f.clients {
			held := f.held[i]
			switch {
			case i != 3 || f.swapped:
				to.send(line)
			case speaker == "a":
				to.send(held)
				f.held[i] = line
			default:
				f.swapped = held != ""
				to.send(line + held)
			}
		}
		f.mu.Unlock()
	}
}

// serveSilence reads everything and answers nothing.
func serveSilence(_ *fakeServer, c *fakeClient) { _, _ = io.Copy(io.Discard, c.conn) }

// serveIRC is a minimal IRC server, which sends each client a PING with every tenth line.
func serveIRC(f *fakeServer, c *fakeClient) {
	next := newLineReader(c.conn)
	nick, asked := "", 0
	for said := 0; ; {
		line, err := next()
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch command, rest, _ := strings.Cut(line, " "); command {
		case "NICK":
			nick = rest
			c.send("PING :cookie\r\n")
		case "USER":
		case "PONG":
			if rest == ":cookie" {
				c.send(":here 001 " + nick + " :Welcome\r\n")
			} else {
				asked--
			}
		case "JOIN":
			c.send(fmt.Sprintf(":%s JOIN %s\r\n:here 366 %[1]s %s :End\r\n", nick, rest))
		case "PRIVMSG":
			if said++; said%10 == 0 {
				asked++
				c.send(fmt.Sprintf("PING %d\r\n", said))
			}
			if asked > 500 {
				f.Errorf("%s does not answer PING", nick)
				return
			}
			f.mu.Lock()
			for _, to := range f.clients {
				if to != c {
					to.send(":" + nick + "!u@h " + line + "\r\n")
				}
			}
			f.mu.Unlock()
		default:
			f.Errorf("an IRC server does not know %q", line)
		}
	}
}

// newLineReader returns a function that returns the next line.
func newLineReader(r io.Reader) func() (string, error) {
	in := bufio.NewReader(r)
	return func() (string, error) { return in.ReadString('\n') }
}

// fields returns a line's speaker and number as they are written.
func fields(line string) (speaker, n string) {
	f := strings.Split(line, string(rune(markComma)))
	return f[1], f[2]
}
