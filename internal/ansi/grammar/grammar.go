// Package grammar knows all that the server may write to a terminal. Tests hold every
// byte to it that a terminal is sent: what is not on the list is somebody else's.
package grammar

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// terminalOutput is what may be written to a terminal beside text. Each sequence is whole.
//
//	\r \n \b             rows; \b \b takes back what is echoed
//	\a                   a bell, for who has asked for one
//	ESC 7, ESC 8         the cursor's place in the input row
//	CSI n A              up, to the beginning of the row
//	CSI H, CSI J, CSI 2 J, CSI K
//	CSI ? 2004 h, l      pastes are marked
//	CSI … m              styles: see package look
//	OSC 8 ; ; URL ST     links, to what begins as a URL
//	OSC 9, 99, 777       notifications, which begin with a word of the house
var terminalOutput = regexp.MustCompile("^(?:[\r\n\b\a]|\x1b(?:" + strings.Join([]string{
	`[78]`,
	`\[[1-9][0-9]{0,3}A`,
	`\[(?:H|J|2J|K)`,
	`\[\?2004[hl]`,
	`\[(?:[012347]|22|23|24|27|39|3[0-7]|38;5;[0-9]{1,3}|38;2;[0-9]{1,3};[0-9]{1,3};[0-9]{1,3})m`,
	`\]8;;(?:https?://[!-~]+)?` + "\x1b\\\\",
	`\](?:9;teahouse: |99;;teahouse: |777;notify;teahouse;)[^;\x00-\x1f\x7f-\x{9f}]*` + "\x1b\\\\",
}, "|") + "))")

// textControl is what may be written to a program or a plain client beside text.
var textControl = regexp.MustCompile("^[\r\n\t]")

// CheckTerminal returns an error where something is in what a terminal was sent that is
// neither text nor on the list.
func CheckTerminal(out string) error { return check(out, terminalOutput) }

// CheckText returns an error where something is in what a program or a plain client was sent
// that is no text.
func CheckText(out string) error { return check(out, textControl) }

// TrimIncomplete returns what was sent without a character or a sequence at its end that may go on:
// more may come, or the connection has ended there.
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

// incompleteSequence is the beginning of a sequence at the end of what was sent.
var incompleteSequence = regexp.MustCompile("\x1b(?:\\[[?0-9;]*|\\][^\x1b\a]*\x1b?)?$")

func check(out string, allowed *regexp.Regexp) error {
	for at := 0; at < len(out); {
		r, size := utf8.DecodeRuneInString(out[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			return newError(out, at, "no UTF-8")
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

// isControl reports whether a character does something to a terminal or to the text around
// it, instead of being shown. Joiners, tags and the Mongolian vowel separator are parts of
// emoji and of scripts.
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
