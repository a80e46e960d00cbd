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

	"teahouse/look"
)

// patience is how long anything may take. On a busy machine a key exchange takes
// a second.
const patience = 30 * time.Second

// A house is a running teahouse.
type house struct {
	process *exec.Cmd
	port    string
	dir     string // for keys and sockets
	tmux    tmux
}

// open starts a house on a free port, with all it needs in a new directory.
func open(program, dir string) (*house, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	h := &house{dir: dir, tmux: tmux{socket: filepath.Join(dir, "tmux")}}
	h.process = exec.Command(program, "--listen", "ssh://127.0.0.1:0", "--limits", "off",
		"--log-format", "json", "--data", filepath.Join(dir, "data"))
	// Settings of whoever runs this would change the picture.
	h.process.Env = environ()
	log, err := h.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := h.process.Start(); err != nil {
		return nil, err
	}
	if h.port, err = listening(log); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// listening reads the log until it tells the port of the SSH door. What follows
// is read and dropped, so that the house is never held up.
func listening(log io.Reader) (port string, err error) {
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
	case <-time.After(patience):
		return "", fmt.Errorf("teahouse does not listen after %v", patience)
	}
}

// close ends the clients, then the house.
func (h *house) close() {
	h.tmux.run("kill-server") // fails if nobody came
	h.process.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(patience, func() { h.process.Process.Kill() })
	defer late.Stop()
	h.process.Wait()
}

// enter returns the command line by which somebody comes in with a new key.
func (h *house) enter(name, locale string) ([]string, error) {
	key := filepath.Join(h.dir, "key-"+name)
	if err := newKey(key, colours[name]); err != nil {
		return nil, err
	}
	return []string{
		"env", "TERM=xterm-256color", "LANG=" + locale,
		"ssh", "-F", "/dev/null", "-p", h.port, "-l", name, "-i", key,
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "SendEnv=LANG", "-o", "LogLevel=ERROR",
		"-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile=" + filepath.Join(h.dir, "known_hosts"),
		"127.0.0.1",
	}, nil
}

// newKey makes a key whose owner's name gets a colour. One in sixteen does.
func newKey(file, colour string) error {
	for range 400 {
		os.Remove(file) // ssh-keygen would ask
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
		shown := look.Look{Depth: look.Ansi256}.Name("x", ssh.FingerprintSHA256(public))
		if strings.HasPrefix(shown, "\x1b[38;5;"+colour+"m") {
			return nil
		}
	}
	return fmt.Errorf("no key gives a name the colour %s: the colours of package look are others now", colour)
}

// play has the talk happen, and returns the viewer's window.
func (h *house) play(ctx context.Context, t *talk) (*window, error) {
	windows := map[string]*window{}
	for _, s := range t.steps {
		if s.types == "" {
			argv, err := h.enter(s.who, t.locale())
			if err != nil {
				return nil, err
			}
			if windows[s.who], err = h.tmux.open(argv); err != nil {
				return nil, err
			}
		} else if err := windows[s.who].types(s.types, !s.leave); err != nil {
			return nil, err
		}
		if err := windows[t.viewer].shows(ctx, s.shows); err != nil {
			return nil, err
		}
	}
	return windows[t.viewer], nil
}

// environ is the least that the programs need.
func environ() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TZ=" + os.Getenv("TZ"), "LANG=C.UTF-8", "TERM=xterm-256color"}
}
