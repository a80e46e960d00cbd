package terminal

import (
	"fmt"
	"strings"
	"testing"
)

// costlyClusters returns the clusters that are the most expensive to edit, by name.
func costlyClusters() map[string]string {
	return map[string]string{
		"ascii":    "a",
		"words":    "ab ",
		"cyrillic": "ж",
		"han":      "中",
		"hangul":   "각",
		"emoji":    "😀",
		"family":   family,
		"flags":    "🇨🇳",
		"marks":    "e\u0301\u0302\u0316",
		"indic":    "का",
		"latin-1":  "§",
	}
}

// allKeys returns everything that may be typed again and again in a long row, by name.
func allKeys() map[string]string {
	keys := map[string]string{
		"letter": "x", "han": "中", "mark": "\u0301", "joiner": "\u200d", "half a flag": "🇫",
		"left": left, "right": right, "up": up, "down": down, "home": "\x1b[H", "end": end, "delete": "\x1b[3~",
		"words": "\x1bb\x1bf", "kill a word": "\x1bd\x1f", "kill the word before": "\x1b\x7f\x1f",
		"kill and yank": "\x01\x0b\x19", "kill back and yank": "\x15\x19", "kill and undo": "\x0b\x1f", "yank and undo": "\x19\x1f",
		"the past": "\x10\x0e", "a draft": up + "x" + down, "search": "\x12a", "search again": "\x12\x12", "search and leave": "\x12x\x07",
		"search and find": "\x12b" + end, "erase what is searched": "x\x12y\x7f\x07",
		"complete": "\t", "complete anew": "\tx\x7f", "unknown": "\x1b[99;99~\x1bQ\x1b]0;x\x07", "cut off": "\x1b[1;1;1;1", "no text": "\xff\xc0",
		"line": "\x1b\r", "paste": pasteOn + "a\nb" + pasteOff + "\x7f", "end of paste": pasteOff, "paste of a line": pasteOn + "ab" + pasteOff,
	}
	for b := range byte(' ') {
		if b != '\r' && b != '\n' && b != ctrl('C') && b != esc { // these end the row
			keys[fmt.Sprintf("^%c", b+'@')] = string(b)
		}
	}
	return keys
}

// No key costs much more than a letter, which costs about twenty units including the drawing of
// the row, however long the row is, whatever it contains, and wherever the cursor is. Nor does a
// key write more than a window shows.
func TestWorkOfEveryKey(t *testing.T) {
	const columns, mostWork, mostBytes = 80, 320, 2000
	places := map[string]string{"beginning": "\x01", "end": "\x05", "middle": "\x01" + strings.Repeat(right, 100)}
	for name, cluster := range costlyClusters() {
		terminal := New(Config{Width: columns, Complete: completeNames("bob", "bobby", strings.Repeat(cluster, 8))})
		terminal.Open(nil, nil)
		long := strings.Repeat(cluster, (terminal.maxRow-64)/len(cluster))
		terminal.Feed([]byte("before\r" + pasteOn + long + pasteOff + "\r"))
		for key, typed := range allKeys() {
			for where, place := range places {
				terminal.Feed([]byte("\x07\x03\x10" + place + "\x0b\x19" + place))
				terminal.Feed([]byte(typed)) // from here on the terminal remembers what it knows of the row
				terminal.Draw(nil, nil)
				terminal.Work()
				for range 3 {
					terminal.Feed([]byte(typed))
					out := terminal.Draw(nil, nil)
					if work := terminal.Work(); work > mostWork || len(out) > mostBytes {
						t.Errorf("the key %s at the %s of a row of %s costs %d units of work and %d bytes, want %d and %d at most", key, where, name, work, len(out), mostWork, mostBytes)
						break
					}
				}
			}
		}
	}
}
