package load

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/ssh"
)

// An sshAdapter is an SSH client with a terminal. Its lines appear on the screen as they are
// typed and again when they are said. The two cannot be told apart in general, so a speaker
// ignores its own lines.
type sshAdapter struct{}

func (sshAdapter) lineAffixes() (before, after string) { return "", "\r" }

func (sshAdapter) greets() bool { return true }

func (sshAdapter) echoes() bool { return false }

func (sshAdapter) join(ctx context.Context, addr, name string, tight bool) (clientConn, error) {
	config, err := sshConfig(name)
	if err != nil {
		return nil, err
	}
	tcp, err := dial(ctx, addr, tight)
	if err != nil {
		return nil, err
	}
	// This also ends the SSH handshake when ctx ends.
	release := context.AfterFunc(ctx, func() { tcp.Close() })
	defer release()
	w := &sshConn{stallableConn: &stallableConn{TCPConn: tcp, closed: make(chan struct{})}}
	if err := w.open(addr, config); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// sshConfig offers a key of the client's own, and the way in without one.
func sshConfig(name string) (*ssh.ClientConfig, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	noQuestions := func(string, string, []string, []bool) ([]string, error) { return nil, nil }
	return &ssh.ClientConfig{
		User: name,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(signer), ssh.KeyboardInteractive(noQuestions)},
		// The server is a process on this machine, reached over loopback, and
		// nothing that is said is secret: there is nobody to mistake it for.
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	}, nil
}

// An sshConn is a session with a terminal.
type sshConn struct {
	*stallableConn
	in  io.Writer
	out io.Reader
}

// open makes the connection and begins the session.
func (c *sshConn) open(addr string, config *ssh.ClientConfig) error {
	conn, channels, requests, err := ssh.NewClientConn(c.stallableConn, addr, config)
	if err != nil {
		return err
	}
	session, err := ssh.NewClient(conn, channels, requests).NewSession()
	if err != nil {
		return fmt.Errorf("opening a session: %w", err)
	}
	if c.in, err = session.StdinPipe(); err != nil {
		return err
	}
	if c.out, err = session.StdoutPipe(); err != nil {
		return err
	}
	if err := session.RequestPty("xterm", 24, 80, ssh.TerminalModes{}); err != nil {
		return fmt.Errorf("asking for a terminal: %w", err)
	}
	if err := session.Shell(); err != nil {
		return fmt.Errorf("beginning the session: %w", err)
	}
	_, err = io.WriteString(c.in, emptyPaste)
	return err
}

// emptyPaste tells the server that the terminal marks pastes: several lines that arrive at once
// without marks were typed.
const emptyPaste = "\x1b[200~\x1b[201~"

func (c *sshConn) Write(p []byte) (int, error) { return c.in.Write(p) }

func (c *sshConn) Close() error { return c.stallableConn.Close() }

func (c *sshConn) readLoop(pool *scratchPool, take readHandler) error {
	return readLoop(c.out, pool, take)
}

func (c *sshConn) stall() { c.stalled.Store(true) }

// A stallableConn is a connection that can stop reading, like that of a laptop that was closed.
// Over SSH it is not enough to stop reading the session: x/crypto keeps reading the connection
// until 2 MB wait in the session.
type stallableConn struct {
	*net.TCPConn
	stalled atomic.Bool
	once    sync.Once
	closed  chan struct{}
}

func (c *stallableConn) Read(p []byte) (int, error) {
	if c.stalled.Load() {
		<-c.closed
		return 0, net.ErrClosed
	}
	return c.TCPConn.Read(p)
}

func (c *stallableConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.TCPConn.Close()
}
