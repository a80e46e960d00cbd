//go:build linux

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	gossh "golang.org/x/crypto/ssh"
)

// A speaker says numbered lines at a node through a pipe, reads what everybody says there, and
// reconnects when the connection breaks.
type speaker struct {
	c    *chaos
	name string
	key  gossh.Signer
	node int
}

const (
	speakersPerNode = 3
	speakInterval   = 300 * time.Millisecond // so all together say 30 lines per second

	// reconnectDelay is the pause before a speaker reconnects.
	reconnectDelay = 200 * time.Millisecond

	// drainTimeout limits a speaker's wait for its last lines.
	drainTimeout = 10 * time.Second
)

func (s *speaker) run() {
	for !s.c.isQuiet() {
		s.connect()
		time.Sleep(reconnectDelay)
	}
}

// connect connects, says lines until it is told to stop, and reads until the connection ends.
func (s *speaker) connect() {
	at := s.c.node(s.node)
	client, err := s.c.doors[s.node].connectSSH(sshOptions{name: s.name, key: s.key})
	if err != nil {
		return
	}
	defer client.Close()
	if at == nil || s.c.node(s.node) != at {
		return // it is unknown which process this is
	}
	session, err := client.NewSession()
	if err != nil {
		return
	}
	stdin, err := session.StdinPipe()
	if err != nil {
		return
	}
	stdout, err := session.StdoutPipe()
	if err != nil || session.Shell() != nil {
		return
	}
	ended := make(chan struct{})
	go s.speak(at, client, stdin, ended)
	s.read(at, stdout)
	close(ended)
}

// speak says lines until it is told to stop, or the connection ends.
func (s *speaker) speak(at *processRun, client *gossh.Client, stdin io.WriteCloser, ended chan struct{}) {
	id := s.c.ledger.begin(s.name, at)
	tick := time.NewTicker(speakInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ended:
			return
		case <-s.c.quiet:
			_ = stdin.Close()
			select {
			case <-ended:
			case <-time.After(drainTimeout):
				client.Close()
			}
			return
		}
		if _, err := fmt.Fprintf(stdin, "Q%d/%d\n", id, s.c.ledger.addLine(id)); err != nil {
			return
		}
	}
}

// read records the lines shown, and errors: a connected reader reads the lines of a speech in
// order, once, and without a gap.
func (s *speaker) read(at *processRun, stdout io.Reader) {
	next := map[int]int{}
	in := bufio.NewScanner(stdout)
	for in.Scan() {
		_, text, ok := strings.Cut(in.Text(), ": Q")
		if !ok {
			continue
		}
		id, n, ok := parseNumbered(text)
		if !ok {
			continue
		}
		if due, reads := next[id]; reads && n != due {
			s.c.ledger.addError("%s at %v reads Q%d/%d where Q%d/%d is due, %s", s.name, at, id, n, id, due, formatElapsed(time.Since(s.c.began)))
		}
		next[id] = n + 1
		s.c.ledger.markShown(at, id, n)
	}
}

// watchStore reads what is stored from the NATS servers themselves, until the test is over.
func (c *chaos) watchStore() {
	var urls []string
	for _, s := range c.nats {
		urls = append(urls, "nats://"+s.addr())
	}
	nc, err := nats.Connect(strings.Join(urls, ","), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectDelay),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		c.ledger.addError("cannot watch the store: %v", err)
		return
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		c.ledger.addError("cannot watch the store: %v", err)
		return
	}
	for next := uint64(1); c.t.Context().Err() == nil; {
		if got := c.readStore(js, next); got > 0 {
			next = got + 1
		} else {
			time.Sleep(reconnectDelay)
		}
	}
}

var storedLine = regexp.MustCompile(`"text":"Q(\d+)/(\d+)"`)

// readStore reads the first message from a number on. It returns 0 if there is none, or no server
// answers.
func (c *chaos) readStore(js jetstream.JetStream, from uint64) uint64 {
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Second)
	defer cancel()
	stream, err := js.Stream(ctx, "ROOM")
	if err != nil {
		return 0
	}
	m, err := stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject("room.>"))
	if err != nil {
		return 0
	}
	for _, found := range storedLine.FindAllSubmatch(m.Data, -1) {
		id, _ := strconv.Atoi(string(found[1]))
		n, _ := strconv.Atoi(string(found[2]))
		c.ledger.markStored(id, n)
	}
	return m.Sequence
}
