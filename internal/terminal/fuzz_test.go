package terminal

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzTerminal feeds whatever a client might send, in pieces, while lines arrive and the window
// changes, and checks that the Terminal keeps its promises. Each byte of script is one event.
func FuzzTerminal(f *testing.F) {
	all := []byte{0xff, 2, 3, 0xfe, 1, 42, 8, 15, 80, 2, 255, 0, 4, 1}
	for _, keys := range []string{
		"hello\rworld\x7f\x7f\x03\x04",
		"中文" + family + "e\u0301🇨🇳🇫🇷한\u1112\u1161\u11ab" + left + left + backspace + "x\x14\x17\x19\x1bb\x0b\x19",
		"\x1b" + strings.Repeat("1", 256) + "\x1b[" + strings.Repeat("1", 256) + "~",
		"\x1b]0;title without an end " + strings.Repeat("x", 300),
		"\x1bP\x1b_\x1b^\x1bX\x1b\\\x1b\x1b\x1b[\x1b[\x1bO\x1bO",
		pasteOn + pasteOn + "a\nb\x1b[20\x1b[201" + pasteOff + pasteOff + "c" + pasteOn + strings.Repeat("x", 1000),
		pasteOn + "1\r\n2\n" + pasteOff + "\u0301\x14\x17\x19\x19\x1b\r" + pasteOn + "\u0301\n\n3" + pasteOff + up + down + "\x1b\r\r" + up,
		strings.Repeat(pasteOn+"a\nb"+pasteOff+"\x17", 40) + "\x19\r\x19" + backspace,
		"ab\x1f" + left + "c\x1f\x1f中\x15\x19\x19\x1f\x1f\x1f" + pasteOn + "a\nb" + pasteOff + "\x7f\x1f\x1f" + up + up + "\x1f🇨x🇳" + left + "\x7f\x1f",
		strings.Repeat("中", 120) + strings.Repeat("\x15\x19", 60) + strings.Repeat("\x1f", 60),
		"Tea\rİst中\rtea\r\x12t\x12\x12\x12\x7f\x7fea" + left + "x\x12中\x1b\x1b\x12ea\x07\x12zz\r\x12" + strings.Repeat("中", 80) + up + "\x1f",
		"a\t\t\x1b[Z\x1b[Zx\t🇳" + left + "\t\t\x1f\x1f\t\t\r中\t\t\t\x1b\r\t\x12a\t\t" + left + "\t",
		pasteOn + "never" + "\x03" + "ends" + pasteOn + strings.Repeat("y", 1000) + pasteOff,
		strings.Repeat("a", 64<<10),
		strings.Repeat("中", 300) + "\r" + up + down + up + "\x01\x0b\x19\x19\x19",
		"\xff\xfe\xc0\xaf\xe4\xb8\xed\xa0\x80\xf4\x90\x80\x80\xf0\x9f\x80",
		"\u0080\u009b31m\u202e\u2066\u200f\u2028\ufeff\u200b\U000e0041\x9b\x9d",
		"z" + strings.Repeat("\u0321\u0489", 100) + "\x01" + strings.Repeat("\u0301", 100) + "e\x05\u0301",
		strings.Repeat("🇨🇳", 40) + "\x01🇫" + right + "\x01\x04\x01🇫x\x7f\x01",
		strings.Repeat("👩\u200d", 60) + "\x1bb" + left + "x\x7f\u200d",
		"one\rtwo\rthree\r" + up + up + up + up + "x" + down + down + down + down + "\x0c\x10\x0e",
		"กิ่ก้ำ" + backspace + left + backspace + backspace + "\x1f\x1f क्षत" + left + backspace + backspace + "\x1f",
		"a\x1b[13;2u\x1b[27;2;13~\x1bOM\x1bOd\x1bOD" + left + "\x1bOD\x1b\x1b[C\x1bOr\x1b[1;9D\x1b[3^\x1b[55296u\x1b[97;5u",
		"\x1b[M\x80\x81\x82\x1b[M   \x1b[[A\x1b[<1;2;3M\x1b[1;5D\x1b[1;5C\x1b[3;5~",
	} {
		f.Add([]byte(keys), all, 80)
		f.Add([]byte(keys), []byte{1, 1, 1, 1, 1, 3, 1, 1, 1, 2, 1}, 0)
		f.Add([]byte(keys), bytes.Repeat(all, 4), 2_000_000)
		f.Add([]byte(keys), append([]byte{61<<2 | 1}, bytes.Repeat([]byte{3, 3, 19, 0, 3, 3, 3, 7, 3, 11}, 15)...), 0)
		f.Add([]byte(keys), bytes.Repeat([]byte{61<<2 | 1, 3, 11, 0, 19, 3}, 20), 40)
	}
	f.Add([]byte(pasteOn+"a\tb\n\tc"+pasteOff+pasteOn+"\t\u0301中\t"+pasteOff+"\r"+up+up+backspace), []byte("@\x00"), 58)
	f.Add([]byte("@o"), []byte("@\x00o\x00\x01\x03\x01\x9e\t\x02\x01"), 58)                            // wraps exactly at the cursor
	f.Add([]byte(strings.Repeat("中", 60)+"W中中中"), []byte("\xfe\xff\xff\x01\xff\xf9\x01\x3d\x03"), 103) // odd wraps
	f.Add([]byte(strings.Repeat("中", 130)+"\r"+up+backspace), all, 30)                                 // longer than a message may be
	f.Fuzz(func(t *testing.T, keys, script []byte, width int) {
		config := Config{Prompt: "> ", Width: width, MaxBytes: 400, Complete: fuzzCompletions}
		const height = 600 // wrapped rows stay in the window
		pieces := &fuzzTerminal{T: t, terminal: New(config), modern: newScreen(clampWidth(width), height), old: newScreen(clampWidth(width), height)}
		pieces.old.byRune = true
		pieces.play(keys, script[:min(len(script), 200)])

		single := New(config)
		var actions []Action
		for i := range keys {
			actions = append(actions, single.Feed(keys[i:i+1])...)
		}
		if a, b := pieces.terminal.row, single.row; !bytes.Equal(a.text, b.text) || !slices.Equal(a.sizes, b.sizes) || a.cursorByte != b.cursorByte {
			t.Errorf("the row depends on how input is cut: %q with the cursor at %d, and byte by byte %q with the cursor at %d", a.text, a.cursorByte, b.text, b.cursorByte)
		}
		full := func(a Action) bool { return a.Kind >= Full }
		if a, b := slices.DeleteFunc(pieces.actions, full), slices.DeleteFunc(actions, full); !slices.Equal(a, b) {
			t.Errorf("what the host is told depends on how input is cut: %v, and byte by byte %v", a, b)
		}
	})
}

// fuzzCompletions completes anything, with options that are hard to tell apart.
func fuzzCompletions(line string, at int) (int, []string) {
	options := []string{line[:at] + "中 ", "e\u0301", "\u0301", "🇨", "\x1b[31m", family + " ", strings.Repeat("long 长", 20)}
	return at / 2, options[at%len(options):]
}

// A fuzzTerminal is a Terminal with two screens: a modern one, which knows clusters, and an old
// one, which does not.
type fuzzTerminal struct {
	*testing.T
	terminal    *Terminal
	modern, old *screen
	actions     []Action
}

func (ft *fuzzTerminal) play(keys, script []byte) {
	ft.show(ft.terminal.Open(nil, nil))
	for _, b := range script {
		switch n := int(b >> 2); b & 3 {
		case 0:
			ft.show(ft.terminal.Draw(nil, []byte("茶\r\n")))
		case 1:
			if n == 61 {
				ft.terminal.SetPlain(!ft.terminal.display.plain)
				break
			}
			ft.terminal.Resize(n)
			ft.modern.resize(clampWidth(n))
			ft.old.resize(clampWidth(n))
		default:
			n = min(n+1, len(keys))
			ft.feed(keys[:n])
			keys = keys[n:]
			if b&1 == 1 {
				ft.show(ft.terminal.Draw(nil, nil))
			}
		}
	}
	ft.feed(keys)
	ft.show(ft.terminal.Draw(nil, nil))
	if out := ft.terminal.Draw(nil, nil); len(out) > 0 {
		ft.Errorf("Draw writes again although nothing changed: %q", out)
	}
	ft.write(ft.terminal.Close(nil, nil))
	if ft.modern.x != 0 || ft.modern.line() != "" || ft.modern.paste {
		ft.Errorf("Close leaves the cursor in column %d of %q, or pastes marked", ft.modern.x, ft.modern.line())
	}
}

func (ft *fuzzTerminal) feed(p []byte) {
	actions := ft.terminal.Feed(p)
	if len(actions) > len(p) {
		ft.Errorf("%d bytes of input cause %d actions", len(p), len(actions))
	}
	for _, a := range actions {
		if a.Line != "" && (a.Kind != Enter || len(a.Line) > ft.terminal.maxRow || strings.HasSuffix(a.Line, "\n") || !utf8.ValidString(a.Line) || strings.ContainsFunc(a.Line, unprintable)) {
			ft.Errorf("the host is told %v, which is too long, or has what no message may have", a)
		}
	}
	ft.actions = append(ft.actions, actions...)
	ft.checkRow()
	ft.checkBounds()
}

func unprintable(r rune) bool { return !printable(r) && r != '\n' && r != '\t' }

func (ft *fuzzTerminal) write(out []byte) {
	for _, screen := range []*screen{ft.modern, ft.old} {
		screen.write(out)
		if screen.err != nil {
			ft.Fatal(screen.err)
		}
	}
}

func (ft *fuzzTerminal) show(out []byte) {
	was := ft.modern.paste
	ft.write(out)
	if len(out) == 0 {
		return // after a resize, the rest of the old row may still show it
	}
	if e := ft.terminal.display.echo; e != nil {
		ft.checkEcho(e)
		if !was && bytes.IndexByte(out, esc) >= 0 {
			ft.Fatalf("in plain mode the terminal is sent an escape sequence: %q", out)
		}
		return
	}
	for _, screen := range []*screen{ft.modern, ft.old} {
		line := screen.lines[screen.y]
		if screen.wrapNext || line.wrapped || len(line.cells) >= screen.columns {
			ft.Fatalf("in a window of %d columns the row wraps: %q", screen.columns, line)
		}
	}
	if y := ft.modern.y; y > 0 && ft.modern.lines[y-1].wrapped {
		ft.Errorf("part of an older row is left on the screen: %q", ft.modern.lines[y-1])
	}
	view := &ft.terminal.display.view
	if x := view.widths.likelyCells(view.bytes[1:view.cursor]); ft.modern.x != x {
		ft.Errorf("the cursor is in column %d, and the terminal takes it to be in %d", ft.modern.x, x)
	}
}

// checkEcho compares the line with what it should show, unless it has wrapped.
func (ft *fuzzTerminal) checkEcho(e *echoView) {
	if ft.modern.paste || len(e.enteredLines) > 0 {
		ft.Fatal("in plain mode pastes are marked, or lines wait to be echoed")
	}
	want := string(e.shown)
	if e.promptShown {
		want = ft.terminal.display.view.prompt + want
	}
	widths := ft.terminal.display.view.widths
	if want != "" && widths.likelyCells([]byte(want[:nextClusterLen([]byte(want))])) == 0 {
		return // there is nothing to combine with
	}
	if widths.totalCells([]byte(want)) >= ft.modern.columns {
		return
	}
	if got := ft.modern.line(); got != strings.TrimRight(want, " ") || ft.modern.x != widths.likelyCells([]byte(want)) {
		ft.Fatalf("in plain mode the line shows %q with the cursor in column %d, want %q", got, ft.modern.x, want)
	}
}

// checkRow compares the clusters with those of the text as a whole.
func (ft *fuzzTerminal) checkRow() {
	if f := ft.terminal.search; f != nil {
		ft.checkOneRow(&f.row)
	}
	ft.checkOneRow(&ft.terminal.row)
}

func (ft *fuzzTerminal) checkOneRow(r *row) {
	switch {
	case !utf8.Valid(r.text), strings.ContainsFunc(string(r.blocks.expand(r.text)), unprintable):
		ft.Fatalf("the row has characters that cannot be shown: %q", r.text)
	case r.blocks.expandedLen(r.text) > ft.terminal.maxRow:
		ft.Fatalf("the row has %d bytes, want %d at most", r.blocks.expandedLen(r.text), ft.terminal.maxRow)
	case r.cursor < 0 || r.cursor > len(r.sizes) || len(r.infos) != len(r.sizes) || r.messageLen() != r.blocks.expandedLen(r.text) || sumSizes(r.sizes[:r.cursor]) != r.cursorByte || sumSizes(r.sizes) != len(r.text):
		ft.Fatalf("the cursor is at cluster %d and byte %d, which do not fit the clusters %d", r.cursor, r.cursorByte, r.sizes)
	}
	at, long, flags := 0, false, 0
	for _, n := range r.sizes {
		if n == 0 || n > maxCluster || !utf8.RuneStart(r.text[at]) {
			ft.Fatalf("%q is split at wrong bytes, into clusters of %d", r.text, r.sizes)
		}
		at += int(n)
		long = long || n > maxCluster-utf8.UTFMax
	}
	for _, c := range string(r.text) {
		if '🇦' <= c && c <= '🇿' {
			flags++
		}
	}
	if long || flags > maxResegmented {
		return // split where a limit was reached
	}
	var whole row
	if r.joinPending {
		whole.set(splitClusters(slices.Clone(r.text[:r.cursorByte])))
		before := slices.Clone(whole.sizes)
		whole.set(splitClusters(slices.Clone(r.text[r.cursorByte:])))
		whole.sizes = append(before, whole.sizes...)
	} else {
		whole.set(splitClusters(slices.Clone(r.text)))
	}
	if !slices.Equal(whole.sizes, r.sizes) {
		ft.Fatalf("%q has clusters of %d, want %d", r.text, r.sizes, whole.sizes)
	}
}

func (ft *fuzzTerminal) checkBounds() {
	t := ft.terminal
	if t.display.echo != nil && len(t.display.echo.enteredLines) > maxEnteredBytes+2*t.maxRow {
		ft.Fatalf("%d bytes wait to be echoed: too many", len(t.display.echo.enteredLines))
	}
	if t.search != nil && len(t.search.query) > maxQueryBytes {
		ft.Fatalf("a search looks for %d bytes: too many", len(t.search.query))
	}
	if p := t.row.undoLog; p != nil && (len(p.steps) == 0 || len(p.steps) > maxUndoSteps || p.bytes > maxUndoBytes) {
		ft.Fatalf("the undo log has %d steps of %d bytes: none, or too many", len(p.steps), p.bytes)
	}
	if t.row.blocks.expandedLen(t.killed.text) > t.maxRow || t.row.blocks.totalBytes() > 4*t.maxRow || len(t.row.blocks) > maxBlocks || len(t.decoder.paste) > t.decoder.maxPaste+len(pasteEnd) || t.history.bytes > maxHistoryBytes || len(t.history.lines) > maxHistoryLines {
		ft.Fatalf("too much is kept: %d bytes killed, %d pasted, %d of history", len(t.killed.text), len(t.decoder.paste), t.history.bytes)
	}
}
