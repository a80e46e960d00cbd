package stories

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A screen is a tmux window in which a client runs.
type screen struct {
	t      *testing.T
	socket string
	pane   string // the one that is looked at
}

// stay runs a command and keeps its last screen.
const stay = `"$@"; echo "[exit $?]"; while :; do read -r _; done`

// open opens a window of 80 by 24 with a client in it.
func open(t *testing.T, argv ...string) *screen {
	t.Helper()
	need(t, "tmux")
	s := &screen{t: t, socket: filepath.Join(shortDir(t), "tmux")}
	args := []string{
		"-f", "/dev/null", "start-server", ";", "set", "-g", "status", "off", ";", "set", "-g", "escape-time", "0", ";",
		"new-session", "-d", "-x", "80", "-y", "24", "-P", "-F", "#{pane_id}", "sh", "-c", stay, "sh",
	}
	s.pane = strings.TrimSpace(s.tmux(append(args, argv...)...))
	t.Cleanup(func() { s.tmux("kill-server") })
	onFailure(t, "screen of "+strings.Join(argv, " "), s.text)
	return s
}

// beside opens another pane in the same window, below, and returns it.
func (s *screen) beside(argv ...string) *screen {
	s.t.Helper()
	other := *s
	args := []string{"split-window", "-d", "-t", s.pane, "-P", "-F", "#{pane_id}", "sh", "-c", stay, "sh"}
	other.pane = strings.TrimSpace(s.tmux(append(args, argv...)...))
	onFailure(s.t, "pane of "+strings.Join(argv, " "), other.text)
	return &other
}

// enter lets somebody in at the SSH door, in a window, and waits until they are.
func (h *house) enter(name string, options ...string) *screen {
	h.t.Helper()
	s := open(h.t, h.ssh(name, options...)...)
	s.shows("Welcome to teahouse, " + name)
	s.rowIs(">")
	s.marksPastes()
	return s
}

// marks is a paste of nothing. It tells that a terminal marks what is pasted: several
// lines that come at once from it were typed, and not pasted.
const marks = "\x1b[200~\x1b[201~"

// marksPastes has the house know that tmux does. On a busy machine lines that a test types
// one after the other may come at once.
func (s *screen) marksPastes() {
	keys := []string{"-H"}
	for _, b := range []byte(marks) {
		keys = append(keys, fmt.Sprintf("%x", b))
	}
	s.presses(keys...)
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-S", s.socket}, args...)...)
	cmd.Env = environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Errorf("tmux %.60q: %v\n%s", args, err, out)
	}
	return string(out)
}

// text returns the screen, with lines that the terminal wrapped as they show.
func (s *screen) text() string { return s.tmux("capture-pane", "-p", "-t", s.pane) }

// all returns the screen and what has scrolled off it, folded lines put together.
func (s *screen) all() string {
	return unstyled(s.tmux("capture-pane", "-p", "-J", "-S", "-", "-t", s.pane))
}

// row returns the line that the cursor is in, and the cursor's column.
func (s *screen) row() (text string, column int) {
	s.t.Helper()
	// In one command, so that both are of the same moment.
	out := s.tmux("display-message", "-p", "-t", s.pane, "#{cursor_y} #{cursor_x}", ";", "capture-pane", "-p", "-t", s.pane)
	var y int
	if _, err := fmt.Sscan(out, &y, &column); err != nil {
		s.t.Fatalf("the cursor of %q: %v", out, err)
	}
	return strings.Split(out, "\n")[1+y], column
}

// types types a text, or keys by tmux's names for them.
func (s *screen) types(text string) { s.tmux("send-keys", "-t", s.pane, "-l", "--", text) }
func (s *screen) presses(keys ...string) {
	s.tmux(append([]string{"send-keys", "-t", s.pane}, keys...)...)
}

// says types a line and Enter.
func (s *screen) says(line string) {
	s.t.Helper()
	s.types(line)
	s.presses("Enter")
}

// pastes pastes a text as a terminal does that was asked to mark pastes.
func (s *screen) pastes(text string) {
	s.tmux("set-buffer", "--", text)
	s.tmux("paste-buffer", "-p", "-t", s.pane)
}

func (s *screen) resize(columns, rows int) {
	s.tmux("resize-window", "-t", s.pane, "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows))
}

// shows waits until all of the texts are to be seen.
func (s *screen) shows(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		eventually(s.t, "the screen shows: "+text, func() bool { return strings.Contains(s.all(), text) })
	}
}

// lobby is what the prompt of somebody in the lobby begins with.
const lobby = "#lobby "

// rowIs waits until the cursor's line is as wanted, after the name of the lobby.
func (s *screen) rowIs(want string) {
	s.t.Helper()
	eventually(s.t, "the row is: "+want, func() bool {
		row, _ := s.row()
		return row == lobby+want
	})
}

// cursorAt waits until the cursor is in a column, counted as rowIs does.
func (s *screen) cursorAt(want int) {
	s.t.Helper()
	eventually(s.t, fmt.Sprintf("the cursor is in column %d", want), func() bool {
		_, column := s.row()
		return column == len(lobby)+want
	})
}

// hides checks that the screen has none of the texts; it should show something
// later first.
func (s *screen) hides(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.all(), text) {
			s.t.Errorf("the screen shows: %s", text)
		}
	}
}
