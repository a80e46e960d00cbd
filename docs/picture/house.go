package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// patience is how long anything may take. On a busy machine a key exchange takes
// a second.
const patience = 6 * time.Second

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
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("ssh-keygen: %w\n%s", err, out)
	}
	return []string{
		"env", "TERM=xterm-256color", "LANG=" + locale,
		"ssh", "-F", "/dev/null", "-p", h.port, "-l", name, "-i", key,
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "SendEnv=LANG", "-o", "LogLevel=ERROR",
		"-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile=" + filepath.Join(h.dir, "known_hosts"),
		"127.0.0.1",
	}, nil
}

// play has the talk happen, and returns the viewer's window.
func (h *house) play(t *talk) (*window, error) {
	windows := map[string]*window{}
	for _, s := range t.steps {
		if s.types == "" {
			// The others send no language: their windows are not seen.
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
		if err := windows[t.viewer].shows(s.shows); err != nil {
			return nil, err
		}
	}
	return windows[t.viewer], nil
}

// environ is the least that the programs need.
func environ() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TZ=" + os.Getenv("TZ"), "LANG=C.UTF-8", "TERM=xterm-256color"}
}
