package sshd

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
	"teahouse/internal/testkit/grammar"
)

// FuzzSession lets an authenticated client do anything in any order: open and close sessions,
// request terminals, commands and unsupported things, and send data, ends of input, and
// nonsense. Whatever it does, the log has no panic, terminals get nothing but what this program
// means to send, nothing of the client remains once it is gone, and the next client is served.
// Each byte of script is one action, which takes what it needs from words.
func FuzzSession(f *testing.F) {
	for _, script := range []string{
		"\x00\x01\x03\x08\x08\x05\x08\x09\x0a",         // a chat
		"\x00\x02\x04\x08\x09\x0a\x00\x04\x0a",         // commands
		"\x00\x03\x08\x08\x09\x00\x01\x03\x08\x10\x08", // a pipe beside a chat
		"\x00\x00\x00\x10\x20\x01\x01\x03\x03\x04\x05\x06\x07\x09\x09\x0a\x0a\x08",
		"\x0b\x0c\x00\x0b\x06\x07\x05\x0a\x0b",
		strings.Repeat("\x00\x01\x03", 10) + strings.Repeat("\x0a\x1a\x2a", 5),
	} {
		for _, words := range []string{
			"hello\r/nick bob\r/msg bob psst\r\x1b[A\x1b[A\x7f\t\t\x12he\x1b\x1b\x1b[200~a\nb\x1b[201~\r/quit\r",
			"who\x00say hi\x00history\x00follow\x00help --json\x00say\x00join lobby\x00to bob hi\x00''",
			"one\rtwo\rthree\rfour\r" + strings.Repeat("x", 600) + "\r\xff\xfe\x1b]0;x\x07\x9b31m\u202e中\x03\x04",
		} {
			f.Add([]byte(script), []byte(words))
		}
	}
	h := startServer(f, nil)
	h.dial(f, "first").Close() // it serves, with all its goroutines
	f.Fuzz(func(t *testing.T, script, words []byte) {
		before := runtime.NumGoroutine()
		h.log.Reset()
		c := &fuzzClient{t: t, words: words}
		c.client = h.dial(t, "fuzz")
		for _, b := range script[:min(len(script), 60)] {
			c.step(b)
		}
		c.client.Close()
		c.reading.Wait()
		for _, s := range c.channels {
			s.check(t)
		}
		testkit.Eventually(t, "all has ended", func() bool { return h.Hub.CountSessions() == 0 && runtime.NumGoroutine() <= before })
		next := h.dial(t, "next")
		if out, errs, code := run(t, next, "who"); code != exitOK || errs != "" {
			t.Errorf("for the next client who prints %q, says %q and exits with %d", out, errs, code)
		}
		next.Close()
		if logged := h.log.String(); strings.Contains(logged, "a bug in teahouse") {
			t.Error(logged)
		}
	})
}

// A fuzzClient is a hostile client.
type fuzzClient struct {
	t        *testing.T
	client   *gossh.Client
	words    []byte
	channels []*fuzzChannel
	reading  sync.WaitGroup
}

// A fuzzChannel is a session of a client, with its output.
type fuzzChannel struct {
	gossh.Channel
	terminal bool
	mu       sync.Mutex
	out      bytes.Buffer
}

// nextWord takes up to most bytes of the words, or up to a NUL.
func (c *fuzzClient) nextWord(most int) string {
	word := c.words[:min(most, len(c.words))]
	c.words = c.words[len(word):]
	if before, after, ok := bytes.Cut(word, []byte{0}); ok {
		c.words = append(bytes.Clone(after), c.words...)
		word = before
	}
	return string(word)
}

// step does what a byte says: the lower half selects the action, the upper half the session.
func (c *fuzzClient) step(b byte) {
	what := b & 15
	switch what {
	case 0:
		c.openChannel("session")
		return
	case 12:
		c.openChannel("direct-tcpip")
		return
	case 11:
		_, _, _ = c.client.SendRequest("tcpip-forward", true, []byte(c.nextWord(20)))
		return
	}
	if len(c.channels) == 0 {
		return
	}
	s := c.channels[int(b>>4)%len(c.channels)]
	switch what {
	case 1:
		s.terminal = c.request(s, "pty-req", gossh.Marshal(struct {
			Term                string
			Columns, Rows, W, H uint32
			Modes               string
		}{"xterm", 80, 24, 0, 0, "\x00"})) || s.terminal
	case 2:
		c.request(s, "env", gossh.Marshal(struct{ Name, Value string }{"LANG", c.nextWord(12)}))
	case 3:
		c.request(s, "shell", nil)
	case 4:
		c.request(s, "exec", gossh.Marshal(struct{ Command string }{c.nextWord(40)}))
	case 5:
		c.request(s, "window-change", binary.BigEndian.AppendUint32(nil, uint32(b)*7))
		c.request(s, "window-change", []byte{0, 0, 0, b, 0, 0, 0, b, 0, 0, 0, 0, 0, 0, 0, 0})
	case 6:
		c.request(s, "signal", gossh.Marshal(struct{ Name string }{"INT"}))
	case 7:
		c.request(s, c.nextWord(10), []byte(c.nextWord(30)))
	case 9:
		_ = s.CloseWrite()
	case 10:
		_ = s.Close()
	case 13:
		c.request(s, "pty-req", []byte(c.nextWord(30))) // malformed
	case 14:
		c.request(s, "exec", []byte(c.nextWord(10)))
	default:
		_, _ = io.WriteString(s, c.nextWord(64))
	}
}

// request waits for the answer: each request gets one, until the session ends.
func (c *fuzzClient) request(s *fuzzChannel, request string, payload []byte) (ok bool) {
	timer := time.AfterFunc(waitTimeout, func() {
		c.t.Errorf("the client waits in vain for the answer to its request %q", request)
		c.client.Close()
	})
	defer timer.Stop()
	ok, _ = s.SendRequest(request, true, payload)
	return ok
}

func (c *fuzzClient) openChannel(kind string) {
	channel, requests, err := c.client.OpenChannel(kind, nil)
	if err != nil {
		return
	}
	s := &fuzzChannel{Channel: channel}
	c.channels = append(c.channels, s)
	go gossh.DiscardRequests(requests)
	c.reading.Go(func() { s.collect(channel) })
	c.reading.Go(func() { s.collect(channel.Stderr()) })
}

func (c *fuzzChannel) collect(from io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		c.mu.Lock()
		c.out.Write(buf[:n])
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// check looks for output that should not be there.
func (c *fuzzChannel) check(t *testing.T) {
	check := grammar.CheckText
	if c.terminal {
		check = grammar.CheckTerminal
	}
	if err := check(grammar.TrimIncomplete(c.out.String())); err != nil {
		t.Errorf("a session (terminal: %v) was sent what no program should write there: %v", c.terminal, err)
	}
}
