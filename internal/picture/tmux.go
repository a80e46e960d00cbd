package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// The size of the window in cells.
const (
	windowColumns = 80
	windowRows    = 20
)

// A tmux is a tmux server of its own, apart from the user's.
type tmux struct{ socket string }

func (t tmux) run(args ...string) (string, error) {
	cmd := exec.Command("tmux", append([]string{"-u", "-f", "/dev/null", "-S", t.socket}, args...)...)
	cmd.Env = minimalEnv()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w\n%s", args[0], err, out)
	}
	return string(out), nil
}

// A window is a terminal in which a client runs.
type window struct {
	tmux
	pane string // tmux's name for it
}

// open opens a window that runs a command.
func (t tmux) open(argv []string) (*window, error) {
	args := []string{
		"start-server", ";", "set", "-g", "status", "off", ";",
		"new-session", "-d", "-x", strconv.Itoa(windowColumns), "-y", strconv.Itoa(windowRows), "-P", "-F", "#{pane_id}", "--",
	}
	pane, err := t.run(append(args, argv...)...)
	return &window{tmux: t, pane: strings.TrimSpace(pane)}, err
}

// typeText types a text, with Enter if enter is set.
func (w *window) typeText(text string, enter bool) error {
	if _, err := w.run("send-keys", "-t", w.pane, "-l", "--", text); err != nil || !enter {
		return err
	}
	_, err := w.run("send-keys", "-t", w.pane, "Enter")
	return err
}

// waitFor waits until one row of the window contains text.
func (w *window) waitFor(ctx context.Context, text string) error {
	for end := time.Now().Add(timeout); ; time.Sleep(50 * time.Millisecond) {
		screen, err := w.run("capture-pane", "-p", "-t", w.pane)
		if err != nil || strings.Contains(screen, text) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(end) {
			return fmt.Errorf("the window does not show %q after %v, but:\n%s", text, timeout, screen)
		}
	}
}

// capture returns what the window shows.
func (w *window) capture() (*screenView, error) {
	// In one command, so that both are from the same moment.
	out, err := w.run("display-message", "-p", "-t", w.pane, "#{cursor_x} #{cursor_y}", ";",
		"capture-pane", "-p", "-e", "-t", w.pane)
	if err != nil {
		return nil, err
	}
	cursor, screen, _ := strings.Cut(out, "\n")
	v := &screenView{lines: parseScreen(strings.TrimSuffix(screen, "\n"))}
	if _, err := fmt.Sscan(cursor, &v.x, &v.y); err != nil {
		return nil, fmt.Errorf("the cursor at %q: %w", cursor, err)
	}
	return v, nil
}
