package style

import (
	"strings"
	"unicode"
)

// A Notification is the sequence by which a terminal shows a notification outside of its window.
// There are three, and a terminal is sent the one that it knows:
//
//	OSC 9 ; TEXT                     iTerm2 (iterm2.com/documentation-escape-codes.html)
//	OSC 99 ; METADATA ; TEXT         kitty (sw.kovidgoyal.net/kitty/desktop-notifications)
//	OSC 777 ; notify ; TITLE ; TEXT  foot, WezTerm, Ghostty, Contour, Warp; at first rxvt's,
//	                                 which needs an extension for it
//
// To ConEmu and Windows Terminal OSC 9 is something else, by its first number: 9;4;1;50 is
// a progress bar, 9;9 the working directory, and in ConEmu 9;1 waits, 9;2 opens a box and
// 9;6 runs a macro (conemu.github.io/en/AnsiEscapeCodes.html, ghostty.org/docs/vt/osc/conemu,
// github.com/microsoft/terminal/issues/8166). WezTerm and Ghostty read both, and go by the
// number. So what somebody typed never comes first: before it stands a word of the
// house, which begins with no digit. A ; would end the title or the text of OSC 777
// (github.com/rockorager/prise/issues/29, foot-ctlseqs(7)), so there is none in either.
//
// Windows Terminal has OSC 777 since 2026 (github.com/microsoft/terminal/pull/20012), VTE
// and Konsole swallow all three, and they all say xterm-256color: nobody can tell whether
// that shows any. Those get a bell.
type Notification uint8

const (
	// NoNotification is of terminals that show none, and of those that nobody knows.
	NoNotification Notification = iota
	osc9
	osc99
	osc777
)

// maxNotificationCells is how many cells of a text an alert shows.
const maxNotificationCells = 160

// DetectNotification returns the alert of the terminal that an environment tells of, by TERM, and by
// what some clients send beside it: iTerm2's sets LC_TERMINAL, which OpenSSH sends where
// it is set up to send the locale. What runs in tmux or screen does not reach the terminal.
func DetectNotification(getenv func(string) string) Notification {
	term, program := getenv("TERM"), getenv("TERM_PROGRAM")
	switch {
	case term == "" || termMatches(term, "dumb", "screen", "tmux", "linux"):
		return NoNotification
	case termMatches(term, "xterm-kitty", "kitty"):
		return osc99
	case termMatches(term, "iterm2") || getenv("LC_TERMINAL") == "iTerm2" || program == "iTerm.app":
		return osc9
	case termMatches(term, "foot", "wezterm", "ghostty", "xterm-ghostty", "contour"),
		program == "WezTerm", program == "ghostty", program == "WarpTerminal":
		return osc777
	}
	return NoNotification
}

// Sequence returns the sequence that shows n text, of which others may have written any part,
// or "" where there is none. From is n word of the house.
func (n Notification) Sequence(from, text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case r == ';':
			return ','
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = Style{}.truncate(text, maxNotificationCells)
	switch n {
	case osc9:
		return "\x1b]9;" + from + ": " + text + stringTerminator
	case osc99:
		return "\x1b]99;;" + from + ": " + text + stringTerminator
	case osc777:
		return "\x1b]777;notify;" + from + ";" + text + stringTerminator
	}
	return ""
}
