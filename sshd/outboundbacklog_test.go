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

	"teahouse/internal/testkit"
)

// A bufferingWriter is a library that keeps what is written.
type bufferingWriter struct{ buffered int }

func (w *bufferingWriter) Write(p []byte) (int, error) {
	w.buffered += len(p)
	return len(p), nil
}

// Writers wait while the library keeps output, and continue as it is sent.
func TestOutboundBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, library := new(outboundBacklog), &bufferingWriter{}
		b.init()
		done := make(chan error, 1)
		go func() { done <- b.write(library, make([]byte, 1<<20)) }()
		synctest.Wait()
		if library.buffered != maxOutboundBacklog {
			t.Errorf("before anything was sent the library was given %d bytes, want %d", library.buffered, maxOutboundBacklog)
		}
		b.packetSent(writeSize)
		synctest.Wait()
		if library.buffered != maxOutboundBacklog+writeSize {
			t.Errorf("after a packet was sent the library was given %d bytes, want %d", library.buffered, maxOutboundBacklog+writeSize)
		}
		b.close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("after close, write returned %v, want %v", err, net.ErrClosed)
		}
	})
}

// A flushingWriter is a library that sends what is written, in packets.
type flushingWriter struct {
	*outboundBacklog
	written int
}

func (w *flushingWriter) Write(data []byte) (int, error) {
	w.packetSent(len(data) + 32)
	w.written += len(data)
	return len(data), nil
}

// Output that is sent at once never delays a writer.
func TestOutboundBacklogDrains(t *testing.T) {
	b := new(outboundBacklog)
	b.init()
	library := &flushingWriter{outboundBacklog: b}
	for range 100 {
		if err := b.write(library, make([]byte, 100_000)); err != nil {
			t.Fatal(err)
		}
	}
	if b.buffered != 0 || library.written != 100*100_000 {
		t.Errorf("%d bytes count as unsent and %d were sent, want none and all", b.buffered, library.written)
	}
}

// A client that makes all of its output be cut into tiny packets is found out. One that takes 256
// bytes at a time, or enlarges its window by each byte that it receives, is not.
func TestTinyPackets(t *testing.T) {
	t.Parallel()
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
		b, bearable := new(outboundBacklog), true
		b.init()
		for range 100 {
			_ = b.write(writerFunc(func(p []byte) {
				for range slices.Collect(slices.Chunk(p, tc.packet)) {
					b.received(tc.answer)
					bearable = b.packetSent(tc.packet+32) && bearable
				}
			}), make([]byte, 16<<10))
		}
		if bearable != tc.bearable {
			t.Errorf("a client that takes packets of %s is tolerated: %t, want %t", name, bearable, tc.bearable)
		}
	}
}

// A writerFunc is a library that sends what is written.
type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// A client that begins a key exchange and does not continue is disconnected as one that does not
// read.
func TestStalledKeyExchange(t *testing.T) {
	t.Parallel()
	h := startServer(t, func(s *Server) { s.WriteTimeout = 200 * time.Millisecond })
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
	startSession(t, client, false)
	talker := h.dial(t, "talker")
	testkit.Eventually(t, "the client is cut off", func() bool {
		run(t, talker, "say "+strings.Repeat("x", 3000))
		return strings.Contains(h.log.String(), "reason=slow")
	})
}
