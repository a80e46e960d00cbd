package e2e

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"teahouse/internal/testkit"
)

// A screen is a tmux window in which a client runs.
type screen struct {
	t      *testing.T
	server *tmuxServer
	pane   string // the pane that is checked
}

// keepScreenScript runs a command and keeps its last screen.
const keepScreenScript = `"$@"; echo "[exit $?]"; while :; do read -r _; done`

// openScreen opens a window of 80 by 24 with a client in it.
func openScreen(t *testing.T, argv ...string) *screen {
	t.Helper()
	requirePrograms(t, "tmux")
	s := &screen{t: t}
	s.server, s.pane = startTmux(t, filepath.Join(shortDir(t), "tmux"), append([]string{"sh", "-c", keepScreenScript, "sh"}, argv...)...)
	onFailure(t, "screen of "+strings.Join(argv, " "), s.text)
	return s
}

// splitPane opens another pane in the same window, below, and returns it.
func (s *screen) splitPane(argv ...string) *screen {
	s.t.Helper()
	other := *s
	args := []string{"split-window", "-d", "-t", s.pane, "-P", "-F", "#{pane_id}", "sh", "-c", keepScreenScript, "sh"}
	other.pane = strings.TrimSpace(s.tmux(append(args, argv...)...))
	onFailure(s.t, "pane of "+strings.Join(argv, " "), other.text)
	return &other
}

// enter connects to the SSH door in a window, and waits until the user is online.
func (cs *chatServer) enter(name string, options ...string) *screen {
	cs.t.Helper()
	s := openScreen(cs.t, cs.ssh(name, options...)...)
	s.expect(testkit.EnglishPart("sshd-welcome-line", 0) + name)
	s.expectRow(">")
	s.enablePasteMarks()
	return s
}

// emptyPaste is an empty paste. It shows that the terminal marks pastes, so that several lines
// which arrive at once were typed.
const emptyPaste = "\x1b[200~\x1b[201~"

// enablePasteMarks lets the server know that tmux marks pastes. On a busy machine lines that a test
// types one after the other may arrive at once.
func (s *screen) enablePasteMarks() {
	keys := []string{"-H"}
	for _, b := range []byte(emptyPaste) {
		keys = append(keys, fmt.Sprintf("%x", b))
	}
	s.pressKeys(keys...)
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	out, err := s.server.run(args...)
	if err != nil {
		s.t.Errorf("tmux refuses %.60q: %v", args, err)
	}
	return out
}

// text returns the screen, with wrapped lines as they are shown.
func (s *screen) text() string { return s.tmux("capture-pane", "-p", "-t", s.pane) }

// all returns the screen and the scrollback, with folded lines joined.
func (s *screen) all() string {
	return stripStyles(s.tmux("capture-pane", "-p", "-J", "-S", "-", "-t", s.pane))
}

// row returns the line that the cursor is in, and the cursor's column.
func (s *screen) row() (text string, column int) {
	s.t.Helper()
	// In one command, so that both are from the same moment.
	out := s.tmux("display-message", "-p", "-t", s.pane, "#{cursor_y} #{cursor_x}", ";", "capture-pane", "-p", "-t", s.pane)
	var y int
	if _, err := fmt.Sscan(out, &y, &column); err != nil {
		s.t.Fatalf("tmux returns no cursor in %q: %v", out, err)
	}
	return strings.Split(out, "\n")[1+y], column
}

// typeText types text.
func (s *screen) typeText(text string) { s.tmux("send-keys", "-t", s.pane, "-l", "--", text) }
func (s *screen) pressKeys(keys ...string) {
	s.tmux(append([]string{"send-keys", "-t", s.pane}, keys...)...)
}

// enterLine types a line and Enter.
func (s *screen) enterLine(line string) {
	s.t.Helper()
	s.typeText(line)
	s.pressKeys("Enter")
}

// paste pastes text like a terminal that marks pastes.
func (s *screen) paste(text string) {
	s.tmux("set-buffer", "--", text)
	s.tmux("paste-buffer", "-p", "-t", s.pane)
}

func (s *screen) resize(columns, rows int) {
	s.tmux("resize-window", "-t", s.pane, "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows))
}

// expect waits until all of the texts are on the screen.
func (s *screen) expect(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		eventually(s.t, "the screen shows: "+text, func() bool { return strings.Contains(s.all(), text) })
	}
}

// lobbyPrompt is the beginning of the prompt in the lobby.
const lobbyPrompt = "#lobby "

// expectRow waits until the cursor's line, after the name of the lobby, is as wanted.
func (s *screen) expectRow(want string) {
	s.t.Helper()
	eventually(s.t, "the prompt's row is: "+want, func() bool {
		row, _ := s.row()
		return row == lobbyPrompt+want
	})
}

// expectCursor waits until the cursor is in a column, counted as expectRow does.
func (s *screen) expectCursor(want int) {
	s.t.Helper()
	eventually(s.t, fmt.Sprintf("the cursor is in column %d", want), func() bool {
		_, column := s.row()
		return column == len(lobbyPrompt)+want
	})
}

// expectNot checks that the screen has none of the texts; wait for something later first.
func (s *screen) expectNot(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.all(), text) {
			s.t.Errorf("the screen shows what it must not: %s", text)
		}
	}
}
