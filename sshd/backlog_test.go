package sshd

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// hoarder is a library that keeps what it is given.
type hoarder struct{ kept int }

func (h *hoarder) Write(p []byte) (int, error) {
	h.kept += len(p)
	return len(p), nil
}

// What is written waits where the library keeps it, and goes on as that is sent.
func TestBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, library := newBacklog(), &hoarder{}
		done := make(chan error, 1)
		go func() { done <- b.write(library, make([]byte, 1<<20)) }()
		synctest.Wait()
		if library.kept != maxBacklog {
			t.Errorf("the library keeps %d bytes, want %d", library.kept, maxBacklog)
		}
		b.gone(sendSize)
		synctest.Wait()
		if library.kept != maxBacklog+sendSize {
			t.Errorf("after some were sent it got %d bytes, want %d", library.kept, maxBacklog+sendSize)
		}
		b.end()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("write returned %v", err)
		}
	})
}

// passing is a library that sends what it is given, in packets.
type passing struct {
	*backlog
	written int
}

func (p *passing) Write(data []byte) (int, error) {
	p.gone(len(data) + 32)
	p.written += len(data)
	return len(data), nil
}

// What is sent at once is never waited for.
func TestNoBacklog(t *testing.T) {
	b := newBacklog()
	library := &passing{backlog: b}
	for range 100 {
		if err := b.write(library, make([]byte, 100_000)); err != nil {
			t.Fatal(err)
		}
	}
	if b.kept != 0 || library.written != 100*100_000 {
		t.Errorf("%d bytes are kept, %d were written", b.kept, library.written)
	}
}

// Who has all that it gets cut into tiny packets makes much work of little: it is found out.
// Who takes 256 bytes, or answers each byte by more room for one, is not.
func TestTinyPackets(t *testing.T) {
	for name, tc := range map[string]struct {
		packet, answer int
		bearable       bool
	}{
		"9 bytes":                {9, 0, false},
		"100 bytes":              {100, 0, false},
		"256 bytes":              {256, 0, true},
		"32 KiB":                 {32 << 10, 0, true},
		"a byte for each answer": {1, 32, true},
	} {
		b, bearable := newBacklog(), true
		for range 100 {
			_ = b.write(cutter(func(p []byte) {
				for range slices.Collect(slices.Chunk(p, tc.packet)) {
					b.came(tc.answer)
					bearable = b.gone(tc.packet+32) && bearable
				}
			}), make([]byte, 16<<10))
		}
		if bearable != tc.bearable {
			t.Errorf("%s: bearable is %t", name, bearable)
		}
	}
}

// cutter is a library that sends what it is given.
type cutter func(p []byte)

func (c cutter) Write(p []byte) (int, error) {
	c(p)
	return len(p), nil
}

// A client that begins to exchange keys and does not go on is one that does not read.
func TestExchangeThatDoesNotEnd(t *testing.T) {
	h := open(t, func(s *Server) { s.WriteTimeout = 200 * time.Millisecond })
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	exchanges, over := 0, make(chan struct{})
	defer close(over)
	c, channels, requests, err := gossh.NewClientConn(conn, h.addr, &gossh.ClientConfig{
		Config: gossh.Config{RekeyThreshold: 16 << 10},
		User:   "half",
		Auth:   []gossh.AuthMethod{gossh.KeyboardInteractive(noQuestions)},
		HostKeyCallback: func(string, net.Addr, gossh.PublicKey) error {
			if exchanges++; exchanges > 1 {
				<-over
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := gossh.NewClient(c, channels, requests)
	defer conn.Close()
	join(t, client, false)
	talker := h.dial(t, "talker")
	eventually(t, "the client is cut off", func() bool {
		run(t, talker, "say "+strings.Repeat("x", 3000))
		return strings.Contains(h.log.String(), "reason=slow")
	})
}
