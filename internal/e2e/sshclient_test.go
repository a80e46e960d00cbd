package e2e

import (
	"fmt"
	"io"
	"net"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
)

// An sshClient is an SSH client that is less polite than OpenSSH: it may send any version, and need
// not read.
type sshClient struct {
	t      *testing.T
	client *gossh.Client
}

// sshClient connects to the SSH door.
func (cs *chatServer) sshClient(t *testing.T, name string) *sshClient {
	t.Helper()
	client, err := gossh.Dial("tcp", cs.addrs["ssh"], &gossh.ClientConfig{
		User: name,
		Auth: []gossh.AuthMethod{gossh.KeyboardInteractive(answerNothing)},
		HostKeyCallback: func(_ string, _ net.Addr, key gossh.PublicKey) error {
			if fp := gossh.FingerprintSHA256(key); fp != cs.fingerprint {
				return fmt.Errorf("the host key is %s, the log says %s", fp, cs.fingerprint)
			}
			return nil
		},
		Timeout: waitTimeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &sshClient{t, client}
}

func answerNothing(_, _ string, questions []string, _ []bool) ([]string, error) {
	return make([]string, len(questions)), nil
}

func (c *sshClient) session() *gossh.Session {
	c.t.Helper()
	s, err := c.client.NewSession()
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// terminal opens a session with a terminal. Its output is not read until the caller does.
func (c *sshClient) terminal() (stdin io.WriteCloser, stdout io.Reader) {
	c.t.Helper()
	s := c.session()
	stdin, err := s.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if stdout, err = s.StdoutPipe(); err != nil {
		c.t.Fatal(err)
	}
	if err := s.RequestPty("xterm", 24, 80, gossh.TerminalModes{}); err != nil {
		c.t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		c.t.Fatal(err)
	}
	return stdin, stdout
}

// readAll reads everything into a transcript.
func readAll(t *testing.T, name string, r io.Reader) *testkit.Recorder {
	tr := &testkit.Recorder{}
	go func() { _, _ = io.Copy(tr, r) }() // until the client is closed
	onFailure(t, name, func() string { return fmt.Sprintf("%q", tr) })
	return tr
}
