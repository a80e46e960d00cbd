package stories

import (
	"fmt"
	"io"
	"net"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// A bare is an SSH client without the manners of OpenSSH: it may have any name,
// and need not read.
type bare struct {
	t      *testing.T
	client *gossh.Client
}

// bare connects to the SSH door.
func (h *house) bare(t *testing.T, name string) *bare {
	t.Helper()
	client, err := gossh.Dial("tcp", h.addrs["ssh"], &gossh.ClientConfig{
		User: name,
		Auth: []gossh.AuthMethod{gossh.KeyboardInteractive(noAnswers)},
		HostKeyCallback: func(_ string, _ net.Addr, key gossh.PublicKey) error {
			if fp := gossh.FingerprintSHA256(key); fp != h.fingerprint {
				return fmt.Errorf("the host key is %s, the log says %s", fp, h.fingerprint)
			}
			return nil
		},
		Timeout: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &bare{t, client}
}

func noAnswers(_, _ string, questions []string, _ []bool) ([]string, error) {
	return make([]string, len(questions)), nil
}

func (b *bare) session() *gossh.Session {
	b.t.Helper()
	s, err := b.client.NewSession()
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// terminal opens a session with a terminal. Nothing is read from it until the
// caller reads.
func (b *bare) terminal() (stdin io.WriteCloser, stdout io.Reader) {
	b.t.Helper()
	s := b.session()
	stdin, err := s.StdinPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if stdout, err = s.StdoutPipe(); err != nil {
		b.t.Fatal(err)
	}
	if err := s.RequestPty("xterm", 24, 80, gossh.TerminalModes{}); err != nil {
		b.t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		b.t.Fatal(err)
	}
	return stdin, stdout
}

// reading gathers what comes in a transcript.
func reading(t *testing.T, name string, r io.Reader) *transcript {
	tr := &transcript{}
	go func() { _, _ = io.Copy(tr, r) }() // until the client is closed
	onFailure(t, name, func() string { return fmt.Sprintf("%q", tr) })
	return tr
}
