// Package grammar lists every control character and escape sequence that the server may send to a
// terminal. Tests check all terminal output against it: anything that is not on the list must
// have been smuggled in by another user.
package grammar

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// terminalOutput matches what may be sent to a terminal besides text. Each sequence must be
// complete.
//
//	\r \n \b             moving; "\b \b" erases an echoed character
//	\a                   the bell, for users who turned it on
//	ESC 7, ESC 8         save and restore the cursor in the input row
//	CSI n A              up, to the first row of the input
//	CSI H, CSI J, CSI 2 J, CSI K
//	CSI ? 2004 h, l      bracketed paste
//	CSI … m              styles: see package style
//	OSC 8 ; ; URL ST     links, to http and https URLs only
//	OSC 9, 99, 777       desktop notifications, whose text begins with "teahouse"
var terminalOutput = regexp.MustCompile("^(?:[\r\n\b\a]|\x1b(?:" + strings.Join([]string{
	`[78]`,
	`\[[1-9][0-9]{0,3}A`,
	`\[(?:H|J|2J|K)`,
	`\[\?2004[hl]`,
	`\[(?:[012347]|22|23|24|27|39|3[0-7]|38;5;[0-9]{1,3}|38;2;[0-9]{1,3};[0-9]{1,3};[0-9]{1,3})m`,
	`\]8;;(?:https?://[!-~]+)?` + "\x1b\\\\",
	`\](?:9;teahouse: |99;;teahouse: |777;notify;teahouse;)[^;\x00-\x1f\x7f-\x{9f}]*` + "\x1b\\\\",
}, "|") + "))")

// textControl matches what may be sent to a program or a plain client besides text.
var textControl = regexp.MustCompile("^[\r\n\t]")

// CheckTerminal returns an error if out, which was sent to a terminal, has a control character or
// sequence that is not on the list.
func CheckTerminal(out string) error { return check(out, terminalOutput) }

// CheckText returns an error if out, which was sent to a program or a plain client, has a control
// character other than CR, LF and TAB.
func CheckText(out string) error { return check(out, textControl) }

// TrimIncomplete returns out without an incomplete character or sequence at its end: the rest may
// still come, or the connection ended there.
func TrimIncomplete(out string) string {
	for i := 1; i < utf8.UTFMax && i <= len(out); i++ {
		if tail := out[len(out)-i:]; utf8.RuneStart(tail[0]) && !utf8.FullRuneInString(tail) {
			out = out[:len(out)-i]
			break
		}
	}
	if at := incompleteSequence.FindStringIndex(out); at != nil {
		return out[:at[0]]
	}
	return out
}

// incompleteSequence matches the beginning of a sequence at the end of the output.
var incompleteSequence = regexp.MustCompile("\x1b(?:\\[[?0-9;]*|\\][^\x1b\a]*\x1b?)?$")

func check(out string, allowed *regexp.Regexp) error {
	for at := 0; at < len(out); {
		r, size := utf8.DecodeRuneInString(out[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			return newError(out, at, "not UTF-8")
		case !isControl(r):
			at += size
			continue
		}
		n := len(allowed.FindString(out[at:]))
		if n == 0 {
			return newError(out, at, "not on the list")
		}
		at += n
	}
	return nil
}

// isControl reports whether a character affects the terminal or the text around it instead of
// being shown. Joiners, tags and the Mongolian vowel separator are not controls: emoji and some
// scripts need them.
func isControl(r rune) bool {
	switch {
	case r == '\u200c', r == '\u200d', r == '\u180e', r >= 0xe0020 && r <= 0xe007f:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) ||
		unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

func newError(out string, at int, what string) error {
	from, to := max(at-200, 0), min(at+200, len(out))
	return fmt.Errorf("byte %d is %s: %q, after %q", at, what, out[at:to], out[from:at])
}
