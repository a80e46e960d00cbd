package baseline_test

import (
	"bufio"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"teahouse/internal/bench/baseline"
	"teahouse/internal/testkit"
)

// A variant is a baseline and how clients connect to it.
type variant struct {
	name    string
	serve   func(net.Listener, baseline.Options) error
	options baseline.Options
	dial    func(t *testing.T, address string) *testClient
	variant bool // of another one here, with other options
}

func variants() []variant {
	gs := []variant{
		{"tcp", baseline.TCP, baseline.Options{}, dialTCP, false},
		{"tcp with a prefix", baseline.TCP, baseline.Options{Prefix: 33}, dialTCP, true},
		{"ssh", baseline.SSH, baseline.Options{Prefix: 7}, dialSSH, false},
		{"ssh with a row", baseline.SSH, baseline.Options{Redraw: true}, dialSSH, true},
		{"gliderlabs", baseline.Gliderlabs, baseline.Options{Redraw: true}, dialSSH, false},
	}
	if runtime.GOOS != "windows" {
		gs = append(gs, variant{"sweeper", baseline.SharedWriter, baseline.Options{Prefix: 33}, dialTCP, false})
	}
	return gs
}

// forEach runs a test on every baseline, of which nothing may be left afterwards.
func forEach(t *testing.T, test func(t *testing.T, g variant, address string)) {
	for _, g := range variants() {
		t.Run(g.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error)
			go func() { served <- g.serve(l, g.options) }()
			t.Cleanup(func() {
				l.Close()
				if err := <-served; !errors.Is(err, net.ErrClosed) {
					t.Errorf("the baseline ended with %v, want %v", err, net.ErrClosed)
				}
			})
			test(t, g, l.Addr().String())
		})
	}
}

// A testClient is a client.
type testClient struct {
	io.Reader
	io.Writer
	lines *bufio.Scanner
	close func()
}

func newTestClient(t *testing.T, r io.Reader, w io.Writer, closeConn func() error) *testClient {
	p := &testClient{Reader: r, Writer: w, lines: bufio.NewScanner(r), close: func() { closeConn() }}
	p.lines.Buffer(nil, 1<<20)
	t.Cleanup(p.close)
	return p
}

func dialTCP(t *testing.T, address string) *testClient {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return newTestClient(t, conn, conn, conn.Close)
}

func dialSSH(t *testing.T, address string) *testClient {
	t.Helper()
	client := connectSSH(t, address, noQuestions())
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	for range 40 { // more than would fit into any queue that nobody empties
		if err := session.WindowChange(30, 90); err != nil {
			t.Fatal(err)
		}
	}
	return newTestClient(t, out, in, client.Close)
}

func connectSSH(t *testing.T, address string, auth ssh.AuthMethod) *ssh.Client {
	t.Helper()
	client, err := ssh.Dial("tcp", address, &ssh.ClientConfig{
		User:            "anna",
		Auth:            []ssh.AuthMethod{auth},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func noQuestions() ssh.AuthMethod {
	return ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		return nil, nil
	})
}

// send sends a line; \r is what Enter sends, and as good as \n everywhere.
func (p *testClient) send(t *testing.T, text string) {
	if _, err := io.WriteString(p, text+"\r"); err != nil {
		t.Error(err)
	}
}

// read returns the text of the next line, from its mark on.
func (p *testClient) read(t *testing.T) string {
	for p.lines.Scan() {
		if _, text, ok := strings.Cut(p.lines.Text(), "#"); ok {
			return text
		}
	}
	t.Errorf("the connection ended: %v", p.lines.Err())
	return ""
}

// readUntil reads up to a line. A client that reads its own line has joined.
func (p *testClient) readUntil(t *testing.T, text string) {
	for !t.Failed() && p.read(t) != text {
	}
}

// joinAll brings people in; each of them is in when it returns.
func joinAll(t *testing.T, g variant, address string, n int) []*testClient {
	people := make([]*testClient, n)
	for i := range people {
		people[i] = g.dial(t, address)
		hello := fmt.Sprintf("hello/%d", i)
		people[i].send(t, "#"+hello)
		people[i].readUntil(t, hello)
	}
	return people
}

func TestTotalOrder(t *testing.T) {
	const people, speakers, each = 20, 8, 200
	forEach(t, func(t *testing.T, g variant, address string) {
		all := joinAll(t, g, address, people)
		heard := make([][]string, people)
		var crowd sync.WaitGroup
		for i, p := range all {
			if i < speakers {
				crowd.Go(func() {
					for n := range each {
						p.send(t, fmt.Sprintf("#%d/%d", i, n))
					}
				})
			}
			crowd.Go(func() {
				for len(heard[i]) < speakers*each && !t.Failed() {
					if line := p.read(t); !strings.HasPrefix(line, "hello/") {
						heard[i] = append(heard[i], line)
					}
				}
			})
		}
		crowd.Wait()
		checkSpeakers(t, heard[0], speakers, each)
		for i := range heard {
			if !slices.Equal(heard[i], heard[0]) {
				t.Errorf("client %d received other lines, or another order, than client 0", i)
			}
		}
	})
}

// checkSpeakers checks that each speaker's lines are there once and in order.
func checkSpeakers(t *testing.T, heard []string, speakers, each int) {
	t.Helper()
	next := make([]int, speakers)
	for _, line := range heard {
		var who, n int
		if _, err := fmt.Sscanf(line, "%d/%d", &who, &n); err != nil || who >= speakers || n != next[who] {
			t.Fatalf("a client received %q out of order", line)
		}
		next[who]++
	}
	for who, n := range next {
		if n != each {
			t.Errorf("of speaker %d, %d lines arrived, want %d", who, n, each)
		}
	}
}

// A client that never reads makes nobody wait, and what is queued for it does not grow for ever.
func TestStuckReaderIsDisconnected(t *testing.T) {
	if testkit.Race {
		t.Skip("26 MB take the race detector long, and TestSlowReaderReceivesAll runs the same code")
	}
	const lines = 800
	text := strings.Repeat("x", 32<<10) // 26 MB in all: no kernel buffers that much
	forEach(t, func(t *testing.T, g variant, address string) {
		if g.variant {
			t.Skip("megabytes once are enough")
		}
		stalled := joinAll(t, g, address, 1)[0]
		others := joinAll(t, g, address, 2)
		for n := range lines {
			line := fmt.Sprintf("%d/%s", n, text)
			others[0].send(t, "#"+line)
			for _, p := range others {
				p.readUntil(t, line)
			}
			if t.Failed() {
				return
			}
		}
		got, _ := io.Copy(io.Discard, stalled) // an end or an error, sooner or later
		if got >= lines*int64(len(text)) {
			t.Errorf("a client that never read was sent all %d bytes, want it disconnected", got)
		}
	})
}

// A client that reads late, but not too late, misses nothing.
func TestSlowReaderReceivesAll(t *testing.T) {
	const lines = 110
	text := strings.Repeat("x", 32<<10) // less than 4 MiB in all
	forEach(t, func(t *testing.T, g variant, address string) {
		if g.variant {
			t.Skip("megabytes once are enough")
		}
		late := joinAll(t, g, address, 1)[0]
		speaker := joinAll(t, g, address, 1)[0]
		for range 2 { // a client that has caught up may lag again
			for n := range lines {
				line := fmt.Sprintf("%d/%s", n, text)
				speaker.send(t, "#"+line)
				speaker.readUntil(t, line)
			}
			for n := range lines {
				line := late.read(t)
				for strings.HasPrefix(line, "hello/") {
					line = late.read(t)
				}
				if line != fmt.Sprintf("%d/%s", n, text) {
					t.Fatalf("a slow client received %.20q, want line %d", line, n)
				}
			}
		}
	})
}

func TestLeave(t *testing.T) {
	forEach(t, func(t *testing.T, g variant, address string) {
		people := joinAll(t, g, address, 4)
		for len(people) > 1 {
			people[0].close()
			people = people[1:]
			for i, p := range people {
				p.send(t, fmt.Sprintf("#%d/%d", len(people), i))
				p.readUntil(t, fmt.Sprintf("%d/%d", len(people), i))
			}
		}
	})
}

// Each line is sent with exactly the bytes that Options promise.
func TestBytesWritten(t *testing.T) {
	const row = "\r> \x1b7\x1b[K\x1b8"
	tests := map[string]string{
		"tcp":               "hi\n",
		"tcp with a prefix": strings.Repeat(".", 32) + " hi\n",
		"sweeper":           strings.Repeat(".", 32) + " hi\n",
		"ssh":               row + "...... hi\r\n",
		"ssh with a row":    row + "\r\x1b[Khi\r\n" + row,
		"gliderlabs":        row + "\r\x1b[Khi\r\n" + row,
	}
	forEach(t, func(t *testing.T, g variant, address string) {
		p := g.dial(t, address)
		want := tests[g.name]
		io.WriteString(p, "\r\nhi\r\n")
		got := make([]byte, len(want))
		if _, err := io.ReadFull(p, got); err != nil || string(got) != want {
			t.Errorf("a client received %q (error %v), want %q", got, err, want)
		}
	})
}

func TestSSHTakesAnyKey(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	forEach(t, func(t *testing.T, g variant, address string) {
		if g.dial(t, address); strings.HasPrefix(g.name, "ssh") || g.name == "gliderlabs" {
			connectSSH(t, address, ssh.PublicKeys(signer))
		}
	})
}

func TestSSHHasOneShellAndNothingElse(t *testing.T) {
	forEach(t, func(t *testing.T, g variant, address string) {
		if !strings.HasPrefix(g.name, "ssh") {
			t.Skip("this baseline does not promise that")
		}
		client := connectSSH(t, address, noQuestions())
		if _, _, err := client.OpenChannel("direct-tcpip", nil); err == nil {
			t.Error("a client could forward a connection")
		}
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Start("id"); err == nil {
			t.Error("a client could run a command")
		}
		if _, err := client.NewSession(); err == nil {
			t.Error("a client could open a second session")
		}
		if ok, _, err := client.SendRequest("tcpip-forward", true, nil); ok || err != nil {
			t.Errorf("a global request was answered with %v, %v", ok, err)
		}
	})
}
