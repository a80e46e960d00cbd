package style

import (
	"strings"
	"unicode"
)

// A Notification is the sequence by which a terminal shows a desktop notification. There are
// three, and a terminal is sent the one that it knows:
//
//	OSC 9 ; TEXT                     iTerm2 (iterm2.com/documentation-escape-codes.html)
//	OSC 99 ; METADATA ; TEXT         kitty (sw.kovidgoyal.net/kitty/desktop-notifications)
//	OSC 777 ; notify ; TITLE ; TEXT  foot, WezTerm, Ghostty, Contour, Warp; first in rxvt,
//	                                 which needs an extension for it
//
// In ConEmu and Windows Terminal, OSC 9 with a number has other meanings: 9;4;1;50 is a progress
// bar, 9;9 the working directory, and in ConEmu 9;1 waits, 9;2 opens a message box and 9;6 runs a
// macro (conemu.github.io/en/AnsiEscapeCodes.html, ghostty.org/docs/vt/osc/conemu,
// github.com/microsoft/terminal/issues/8166). WezTerm and Ghostty accept both meanings and go by
// the number. So users' text never comes first: it follows a fixed word that does not begin with
// a digit. A semicolon would end the title or the text of OSC 777
// (github.com/rockorager/prise/issues/29, foot-ctlseqs(7)), so neither contains one.
//
// Windows Terminal knows OSC 777 since 2026 (github.com/microsoft/terminal/pull/20012), VTE and
// Konsole ignore all three, and all of them claim to be xterm-256color, so there is no telling
// whether that shows notifications. Such terminals get a bell.
type Notification uint8

const (
	// NoNotification is for terminals that show none, and for unknown ones.
	NoNotification Notification = iota
	osc9
	osc99
	osc777
)

// maxNotificationCells is the width to which the text of a notification is cut.
const maxNotificationCells = 160

// DetectNotification returns the notification of the terminal that the environment describes. It
// goes by TERM and by what some clients send in addition: iTerm2 sets LC_TERMINAL, which OpenSSH
// sends if it is configured to send the locale. Sequences from inside tmux or screen do not reach
// the terminal.
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

// Sequence returns the sequence that shows text, or "" if the terminal knows none. Other users
// may have written any part of text; from is a fixed word.
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
