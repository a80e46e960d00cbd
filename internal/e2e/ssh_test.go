package e2e

import (
	"crypto/ed25519"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

const sshHost = "127.0.0.1"

// ssh returns the command line of a stock OpenSSH client without a key, up to the host's name;
// options come before it, and a command may follow.
func (cs *chatServer) ssh(name string, options ...string) []string {
	return cs.sshAs(name, append([]string{"-o", "IdentityFile=none", "-o", "IdentityAgent=none"}, options...)...)
}

// sshAs is ssh with options for a key or an agent.
func (cs *chatServer) sshAs(name string, options ...string) []string {
	host, port := cs.doorAddr("ssh")
	argv := []string{
		"ssh", "-F", "/dev/null", "-p", port, "-l", name,
		"-o", "StrictHostKeyChecking=accept-new",
		"-o", "UserKnownHostsFile=" + cs.knownHosts, "-o", "GlobalKnownHostsFile=/dev/null",
	}
	return append(append(argv, options...), host)
}

// withKey returns the options for a client with one key.
func withKey(file string) []string {
	return []string{"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", file}
}

// newKey makes an Ed25519 key and returns the file with its private half.
func newKey(t *testing.T) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := gossh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	authorized, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "id")
	for name, content := range map[string][]byte{file: pem.EncodeToMemory(block), file + ".pub": gossh.MarshalAuthorizedKey(authorized)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// signCert makes a certificate for a public key, where ssh finds it next to the private half.
func signCert(t *testing.T, authority, public string) {
	t.Helper()
	if r := runClient(t, []string{"ssh-keygen", "-q", "-s", authority, "-I", "x", "-n", "whoever", public}); r.code != 0 {
		t.Fatal(r)
	}
}

// fingerprint returns what ssh-keygen shows for a file with a public key.
func fingerprint(t *testing.T, file string) string {
	t.Helper()
	r := runClient(t, []string{"ssh-keygen", "-l", "-f", file})
	if words := strings.Fields(r.out); r.code == 0 && len(words) > 1 {
		return words[1]
	}
	t.Fatal(r)
	return ""
}

// newAgent starts an ssh-agent and returns the path of its socket.
func newAgent(t *testing.T, keys ...string) string {
	t.Helper()
	requirePrograms(t, "ssh-agent", "ssh-add")
	socket := filepath.Join(shortDir(t), "agent")
	launch(t, "ssh-agent", "-D", "-a", socket)
	eventually(t, "the agent listens", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	for _, file := range keys {
		if r := runClient(t, []string{"env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", file}); r.code != 0 {
			t.Fatal(r)
		}
	}
	return socket
}

// shortDir makes a directory for sockets, because their paths must be short.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// withCommand appends a command to a command line.
func withCommand(argv []string, words ...string) []string { return slices.Concat(argv, words) }
