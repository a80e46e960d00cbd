package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A tmuxServer is a tmux server with one window. Its client is in control mode, where it takes
// commands and returns their output: starting a program for each would cost much more.
type tmuxServer struct {
	stdin   io.WriteCloser
	replies chan tmuxReply
	ended   chan struct{}
}

// A tmuxReply is what a command printed.
type tmuxReply struct {
	text   string
	failed bool
}

// startTmux starts a server with a window of 80 by 24, in which a command runs, and returns the
// id of its pane.
func startTmux(t *testing.T, socket string, argv ...string) (server *tmuxServer, pane string) {
	t.Helper()
	cmd := exec.Command("tmux", append([]string{
		"-u", "-C", "-S", socket, "-f", "/dev/null",
		"start-server", ";", "set", "-g", "status", "off", ";", "set", "-g", "escape-time", "0", ";",
		"new-session", "-x", "80", "-y", "24", "-P", "-F", "#{pane_id}",
	}, argv...)...)
	cmd.Env = clientEnv()
	cmd.WaitDelay = time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &tmuxServer{stdin: stdin, replies: make(chan tmuxReply), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.read(bufio.NewReader(stdout))
		_ = cmd.Wait()
	}()
	t.Cleanup(s.stop)
	for pane == "" {
		reply, err := s.reply()
		if err != nil {
			t.Fatalf("tmux: %v", err)
		}
		pane = strings.TrimSpace(reply)
	}
	return s, pane
}

// stop ends the server, and the programs in its windows.
func (s *tmuxServer) stop() {
	_, _ = io.WriteString(s.stdin, "kill-server\n")
	for {
		select {
		case <-s.replies:
		case <-s.ended:
			return
		}
	}
}

// read passes on the replies, and skips notifications.
func (s *tmuxServer) read(out *bufio.Reader) {
	defer close(s.replies)
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			return
		}
		number, begins := strings.CutPrefix(line, "%begin ")
		if !begins {
			continue
		}
		var text strings.Builder
		for {
			line, err := out.ReadString('\n')
			if err != nil {
				return
			}
			if failed := line == "%error "+number; failed || line == "%end "+number {
				s.replies <- tmuxReply{text.String(), failed}
				break
			}
			text.WriteString(line)
		}
	}
}

// reply waits for the next reply.
func (s *tmuxServer) reply() (string, error) {
	select {
	case reply, ok := <-s.replies:
		switch {
		case !ok:
			return "", errors.New("it has ended")
		case reply.failed:
			return "", errors.New(strings.TrimSpace(reply.text))
		}
		return reply.text, nil
	case <-time.After(waitTimeout):
		return "", errors.New("it does not answer")
	}
}

// run runs a command, or several separated by ";", and returns their output.
func (s *tmuxServer) run(words ...string) (string, error) {
	commands, line := 1, ""
	for _, word := range words {
		if word == ";" {
			commands++
			line += "; "
			continue
		}
		line += quoteTmux(word) + " "
	}
	if _, err := io.WriteString(s.stdin, line+"\n"); err != nil {
		return "", err
	}
	var all strings.Builder
	for range commands {
		text, err := s.reply()
		if err != nil {
			return "", err
		}
		all.WriteString(text)
	}
	return all.String(), nil
}

// quoteTmux quotes a text as one word for tmux.
func quoteTmux(text string) string {
	var quoted strings.Builder
	quoted.WriteByte('"')
	for _, b := range []byte(text) {
		if b < ' ' || b == 0x7f || strings.IndexByte("\"$\\~", b) >= 0 {
			fmt.Fprintf(&quoted, `\%03o`, b)
		} else {
			quoted.WriteByte(b)
		}
	}
	quoted.WriteByte('"')
	return quoted.String()
}
