package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"os"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/log"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/room"
)

// Two hundred people, half of them at each door, come, take each other's
// names, talk and go at random. Everybody reads one and the same order, nobody
// misses a line between coming and going, and in the end nobody and nothing is
// left.
func TestCrowdAtBothDoors(t *testing.T) {
	const people, acts = 200, 20
	before := runtime.NumGoroutine()
	h, stop := openHouse(t, "ssh://127.0.0.1:0", "classic://127.0.0.1:0?idle=0")

	witness := newReader(enterTCP(t, h))
	var crowd sync.WaitGroup
	readers := make([]*reader, people)
	for i := range people {
		crowd.Go(func() {
			var c io.ReadWriteCloser
			if i%2 == 0 {
				c = enterTCP(t, h)
			} else {
				c = enterSSH(t, h, fmt.Sprint("user", i%40))
			}
			readers[i] = newReader(c)
			talk(t, c, i, acts)
			if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Error(err)
			}
			<-readers[i].done
			c.Close()
		})
	}
	crowd.Wait()
	fmt.Fprintf(witness.c, "#%d/0\n", people) // a barrier: the last line of all
	history := witness.until(t, said{people, 0})
	for _, r := range readers {
		checkOrder(t, r.heard, history)
	}
	witness.c.Close()
	<-witness.done

	stop()
	if n := h.Online(); n != 0 {
		t.Errorf("%d are online in the end", n)
	}
	deadline := time.After(20 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-deadline:
			buf := make([]byte, 1<<20)
			t.Fatalf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// openHouse opens doors. The function that it returns stops the house as
// SIGTERM does.
func openHouse(t *testing.T, urls ...string) (h *house, stop func()) {
	t.Helper()
	var addresses []address
	for _, raw := range urls {
		a, err := parseAddress(raw)
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, a)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	h = &house{House: room.NewHouse(), log: log.New(io.Discard), hostKey: signer}
	if err := h.open(addresses); err != nil {
		t.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	stopped := make(chan error)
	go func() { stopped <- h.run(signals) }()
	return h, func() {
		signals <- syscall.SIGTERM
		if err := <-stopped; err != nil {
			t.Errorf("the house stopped with %v", err)
		}
	}
}

func enterTCP(t *testing.T, h *house) io.ReadWriteCloser {
	conn, err := net.Dial("tcp", h.listeners[1].Addr().String())
	if err != nil {
		t.Error(err)
		return nil
	}
	return conn.(*net.TCPConn)
}

// An sshPipe is a session without a terminal.
type sshPipe struct {
	io.Reader
	io.WriteCloser
	client *gossh.Client
}

func (p *sshPipe) CloseWrite() error { return p.WriteCloser.Close() }
func (p *sshPipe) Close() error      { return p.client.Close() }

func enterSSH(t *testing.T, h *house, name string) io.ReadWriteCloser {
	noQuestions := func(string, string, []string, []bool) ([]string, error) { return nil, nil }
	client, err := gossh.Dial("tcp", h.listeners[0].Addr().String(), &gossh.ClientConfig{
		User:            name,
		HostKeyCallback: gossh.FixedHostKey(h.hostKey.PublicKey()),
		Auth:            []gossh.AuthMethod{gossh.KeyboardInteractive(noQuestions)},
	})
	if err != nil {
		t.Error(err)
		return nil
	}
	session, err := client.NewSession()
	if err != nil {
		t.Error(err)
		return nil
	}
	in, _ := session.StdinPipe()
	out, _ := session.StdoutPipe()
	session.Stderr = io.Discard
	if err := session.Shell(); err != nil {
		t.Error(err)
	}
	return &sshPipe{Reader: out, WriteCloser: in, client: client}
}

// talk says numbered lines, with other things in between.
func talk(t *testing.T, c io.Writer, id, acts int) {
	for n := range acts {
		line := fmt.Sprintf("#%d/%d\n", id, n)
		switch mathrand.IntN(6) {
		case 0:
			line += fmt.Sprintf("rename|user%d\n", mathrand.IntN(60))
		case 1:
			line += "who\n"
		case 2:
			line += fmt.Sprintf("to|user%d|hi\n", mathrand.IntN(60))
		}
		if _, err := io.WriteString(c, line); err != nil {
			t.Errorf("%d: %v", id, err)
			return
		}
	}
}

// said is the nth line of a speaker.
type said struct{ speaker, n int }

// A reader notes what it hears, in order.
type reader struct {
	c     io.ReadWriteCloser
	done  chan struct{}
	heard []said // once done is closed
	lines chan said
}

func newReader(c io.ReadWriteCloser) *reader {
	r := &reader{c: c, done: make(chan struct{}), lines: make(chan said, 10_000)}
	go func() {
		defer close(r.done)
		defer close(r.lines)
		mark := regexp.MustCompile(`: ?#(\d+)/(\d+)$`)
		lines := bufio.NewScanner(c)
		for lines.Scan() {
			if m := mark.FindStringSubmatch(lines.Text()); m != nil {
				var s said
				fmt.Sscan(m[1], &s.speaker)
				fmt.Sscan(m[2], &s.n)
				r.heard = append(r.heard, s)
				r.lines <- s
			}
		}
	}()
	return r
}

// until returns what r hears up to the given line.
func (r *reader) until(t *testing.T, last said) (heard []said) {
	t.Helper()
	timeout := time.After(60 * time.Second)
	for {
		select {
		case s, ok := <-r.lines:
			if !ok {
				t.Fatal("the witness was thrown out")
			}
			heard = append(heard, s)
			if s == last {
				return heard
			}
		case <-timeout:
			t.Fatal("the witness does not hear the end")
		}
	}
}

// checkOrder checks that heard is a piece of history without a gap.
func checkOrder(t *testing.T, heard, history []said) {
	t.Helper()
	if len(heard) == 0 {
		t.Error("a reader heard nothing")
		return
	}
	start := slices.Index(history, heard[0])
	if start < 0 || start+len(heard) > len(history) || !slices.Equal(heard, history[start:start+len(heard)]) {
		t.Errorf("a reader heard %d lines in another order than the witness did", len(heard))
	}
}
