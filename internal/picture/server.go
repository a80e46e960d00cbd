package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"teahouse/internal/style"
)

// timeout is how long anything may take. On a busy machine a key exchange takes a second.
const timeout = 30 * time.Second

// A server is a running teahouse.
type server struct {
	process *exec.Cmd
	port    string
	dir     string // for keys and sockets
	tmux    tmux
}

// startServer starts a server on a free port, with its files in a new directory.
func startServer(program, dir string) (*server, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	h := &server{dir: dir, tmux: tmux{socket: filepath.Join(dir, "tmux")}}
	h.process = exec.Command(program, "--listen", "ssh://127.0.0.1:0", "--limits", "off",
		"--log-format", "json", "--data", filepath.Join(dir, "data"))
	// The caller's settings would change the picture.
	h.process.Env = minimalEnv()
	log, err := h.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := h.process.Start(); err != nil {
		return nil, err
	}
	if h.port, err = readPort(log); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// readPort reads the log until it tells the SSH port. It discards the rest, so that the server
// never blocks.
func readPort(log io.Reader) (port string, err error) {
	ports := make(chan string, 1)
	go func() {
		defer close(ports)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			var entry struct{ Msg, Addr string }
			if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "listening" {
				_, port, _ := net.SplitHostPort(entry.Addr)
				ports <- port
				break
			}
		}
		io.Copy(io.Discard, log)
	}()
	select {
	case port, ok := <-ports:
		if !ok {
			return "", errors.New("teahouse ended and did not listen")
		}
		return port, nil
	case <-time.After(timeout):
		return "", fmt.Errorf("teahouse does not listen after %v", timeout)
	}
}

// close ends the clients, then the server.
func (srv *server) close() {
	srv.tmux.run("kill-server") // fails if nobody connected
	srv.process.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(timeout, func() { srv.process.Process.Kill() })
	defer late.Stop()
	srv.process.Wait()
}

// sshCommand returns the command line with which a user connects, with a new key.
func (srv *server) sshCommand(name, locale string) ([]string, error) {
	key := filepath.Join(srv.dir, "key-"+name)
	if err := newKeyWithColour(key, nameColours[name]); err != nil {
		return nil, err
	}
	return []string{
		"env", "TERM=xterm-256color", "LANG=" + locale,
		"ssh", "-F", "/dev/null", "-p", srv.port, "-l", name, "-i", key,
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "SendEnv=LANG", "-o", "LogLevel=ERROR",
		"-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile=" + filepath.Join(srv.dir, "known_hosts"),
		"127.0.0.1",
	}, nil
}

// newKeyWithColour makes a key that gives its owner's name a colour. One key in sixteen does.
func newKeyWithColour(file, colour string) error {
	for range 400 {
		os.Remove(file) // or ssh-keygen would ask
		out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ssh-keygen: %w\n%s", err, out)
		}
		line, err := os.ReadFile(file + ".pub")
		if err != nil {
			return err
		}
		public, _, _, _, err := ssh.ParseAuthorizedKey(line)
		if err != nil {
			return err
		}
		shown := style.Style{Depth: style.Ansi256}.Name("x", ssh.FingerprintSHA256(public))
		if strings.HasPrefix(shown, "\x1b[38;5;"+colour+"m") {
			return nil
		}
	}
	return fmt.Errorf("no key gives a name the colour %s: package style has other colours now", colour)
}

// run plays the scenario, and returns the viewer's window.
func (srv *server) run(ctx context.Context, t *scenario) (*window, error) {
	windows := map[string]*window{}
	for _, s := range t.steps {
		if s.input == "" {
			argv, err := srv.sshCommand(s.user, t.locale())
			if err != nil {
				return nil, err
			}
			if windows[s.user], err = srv.tmux.open(argv); err != nil {
				return nil, err
			}
		} else if err := windows[s.user].typeText(s.input, !s.unsent); err != nil {
			return nil, err
		}
		if err := windows[t.viewer].waitFor(ctx, s.expect); err != nil {
			return nil, err
		}
	}
	return windows[t.viewer], nil
}

// minimalEnv returns the smallest environment that the programs need.
func minimalEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TZ=" + os.Getenv("TZ"), "LANG=C.UTF-8", "TERM=xterm-256color"}
}
