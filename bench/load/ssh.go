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

// secure is an SSH client at a terminal. What it types shows on its screen,
// and what it said shows again; which is which cannot be told in general, so a
// speaker does not count as hearing its own lines.
type secure struct{}

func (secure) wrap() (before, after string) { return "", "\r" }

func (secure) greets() bool { return true }

func (secure) echoes() bool { return false }

func (secure) join(ctx context.Context, addr, name string, tight bool) (wire, error) {
	config, err := sshConfig(name)
	if err != nil {
		return nil, err
	}
	tcp, err := dial(ctx, addr, tight)
	if err != nil {
		return nil, err
	}
	// Also frees what waits for the server's word, when ctx ends.
	release := context.AfterFunc(ctx, func() { tcp.Close() })
	defer release()
	w := &sshWire{gate: &gate{TCPConn: tcp, closed: make(chan struct{})}}
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

// An sshWire is a session with a terminal.
type sshWire struct {
	*gate
	in  io.Writer
	out io.Reader
}

// open makes the connection and begins the session.
func (w *sshWire) open(addr string, config *ssh.ClientConfig) error {
	conn, channels, requests, err := ssh.NewClientConn(w.gate, addr, config)
	if err != nil {
		return err
	}
	session, err := ssh.NewClient(conn, channels, requests).NewSession()
	if err != nil {
		return fmt.Errorf("opening a session: %w", err)
	}
	if w.in, err = session.StdinPipe(); err != nil {
		return err
	}
	if w.out, err = session.StdoutPipe(); err != nil {
		return err
	}
	if err := session.RequestPty("xterm", 24, 80, ssh.TerminalModes{}); err != nil {
		return fmt.Errorf("asking for a terminal: %w", err)
	}
	if err := session.Shell(); err != nil {
		return fmt.Errorf("beginning the session: %w", err)
	}
	_, err = io.WriteString(w.in, emptyPaste)
	return err
}

// emptyPaste tells a server that the terminal marks what is pasted: several lines that a
// speaker sends at once, without such marks, were typed.
const emptyPaste = "\x1b[200~\x1b[201~"

func (w *sshWire) Write(p []byte) (int, error) { return w.in.Write(p) }

func (w *sshWire) Close() error { return w.gate.Close() }

func (w *sshWire) listen(desks *desks, take taker) error { return listen(w.out, desks, take) }

func (w *sshWire) stall() { w.stalled.Store(true) }

// A gate is a connection that can stop to read, as that of a laptop does which
// was shut. Below SSH that takes more than not to read the session: x/crypto
// goes on to read the connection until 2 MB wait in the session.
type gate struct {
	*net.TCPConn
	stalled atomic.Bool
	once    sync.Once
	closed  chan struct{}
}

func (g *gate) Read(p []byte) (int, error) {
	if g.stalled.Load() {
		<-g.closed
		return 0, net.ErrClosed
	}
	return g.TCPConn.Read(p)
}

func (g *gate) Close() error {
	g.once.Do(func() { close(g.closed) })
	return g.TCPConn.Close()
}
