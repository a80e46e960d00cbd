package terminal

import (
	"sync"
)

// Config describes the terminal and the host. The zero value has 80 columns and no prompt.
type Config struct {
	Prompt    string // drawn before the text; characters that are not printable are dropped
	Width     int    // in columns, as reported by the client, see [Terminal.Resize]
	EastAsian bool   // characters of ambiguous width take two cells
	MaxBytes  int    // the longest message; 0 means 4000. The row holds four times as much

	// Plain is for screen readers and for terminals without escape sequences: nothing is redrawn
	// or erased, see [Terminal.SetPlain].
	Plain bool

	// History has the messages of earlier sessions, the oldest first, as [Terminal.History]
	// returned them. Messages that the row could not hold are dropped.
	History []string

	// Pasted returns the label of a paste of so many lines, in a few words; nil means English.
	// Feed and Paste call it, and it must not call them.
	Pasted func(lines int) string

	// Complete returns options for the text between some byte from and the cursor, which is at
	// byte at of the line. An option that completes a word ends in a space. In line, '\n' is a
	// newline, and two of them stand for a block of pasted lines. Feed calls Complete on Tab,
	// without a lock; it must not call Feed. If it is nil, Tab does nothing.
	Complete func(line string, at int) (from int, options []string)

	Search string // the label of ^R, one word; "" means "search"
}

const (
	defaultMaxBytes = 4000

	// rowFactor is how many of the longest messages the row holds: a message that is too long
	// must be visible to be shortened.
	rowFactor = 4
)

// An Action is something that the user did and the host must handle.
type Action struct {
	Kind ActionKind

	// Line is the message of Enter: valid UTF-8 without control characters, except '\n' between
	// its lines.
	Line string
}

// ActionKind says what the user did.
type ActionKind int

const (
	// Enter means that a message is complete. It may be empty.
	Enter ActionKind = iota + 1
	// Interrupt means ^C in an empty row, outside a search.
	Interrupt
	// EOF means ^D in an empty row.
	EOF
	// Full means that what was typed, yanked or completed did not fit into the row and was
	// dropped.
	Full
	// TooLong means that a paste did not fit. Nothing of it is in the row.
	TooLong
)

// A Terminal is an input row. One goroutine may call Feed, Paste, PutBack and EscapeTimeout while
// another calls Open, Draw and Close. The other methods may be called from any goroutine.
//
// It holds at most about fifty times Config.MaxBytes, a history of 72 KB, an undo log of 16 KB,
// and 16 KB of options during a completion. After Enter little is left but the history and what
// ^Y inserts.
type Terminal struct {
	mu      sync.Mutex // held for microseconds, never during input or output
	decoder decoder    // finds keys in what the terminal sends
	editor             // does what they mean
}

// New returns a Terminal with an empty row. It draws nothing before Open.
func New(c Config) *Terminal {
	t := &Terminal{editor: newEditor(c)}
	t.callHost = t.callUnlocked
	t.decoder.maxPaste = 2 * t.maxRow
	return t
}

// SetPrompt changes the prompt, without characters that are not printable. The next Draw shows
// it.
func (t *Terminal) SetPrompt(prompt string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.display.view.setPrompt(prompt)
}

// SetPlain turns plain mode on or off, at the next Draw. Plain mode writes no escape sequences.
// It echoes what is typed or deleted at the end of the row; after any other change, and after
// lines that arrive while there is text in the row, it writes the prompt and the whole text again
// on a new line. Pastes are not marked, so a newline in a paste is Enter.
func (t *Terminal) SetPlain(plain bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.display.plain = plain
}

// PutBack returns a message of Enter to the row because it was refused, unless the row has other
// text by now. The message stays in the history either way.
func (t *Terminal) PutBack(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.search != nil || !t.row.empty() || blank(line) || len(line) > t.maxRow {
		return
	}
	t.row.beginEdit(editSeparate)
	t.row.set(splitClusters([]byte(line)))
	t.history.putBack(line)
	t.display.startLine()
}

// Work returns how much work typing and drawing have caused since the last call. The unit is
// finding one cluster in a text, about 150 ns. A letter costs one or two; some keys cost hundreds
// in a long row.
func (t *Terminal) Work() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	work := t.row.work + t.display.work
	if t.search != nil {
		work += t.search.row.work
		t.search.row.work = 0
	}
	t.row.work, t.display.work = 0, 0
	return work
}

// Unsent returns what the user has written in the row and not entered, or "". If the user has
// gone back to a line of the history, that is the draft.
func (t *Terminal) Unsent() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := t.row.message()
	if h := &t.history; h.index < len(h.lines) && text == string(h.lines[h.index].text) {
		text = cleanMessage(t.row.blocks.expand(h.draft.text))
	}
	if blank(text) {
		return ""
	}
	return text
}

// Capacity returns how many bytes the row holds.
func (t *Terminal) Capacity() int { return t.maxRow }

// Resize sets the width of the window in columns. A width of 0 or less means 80; others are
// clamped to the range 4 to 1000.
func (t *Terminal) Resize(width int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.display.view.columns = clampWidth(width)
}

// Feed takes bytes from the terminal, in pieces of any size, and returns what the user did, in
// order: at most one action for each byte, and Full and TooLong at most once. Usually that is
// nil.
func (t *Terminal) Feed(p []byte) []Action {
	// A flood must not keep others from drawing, so the lock is released now and then. Nothing is
	// lost by that: a Draw shows whatever has been typed so far.
	const burst = 64

	var actions []Action
	var told [TooLong + 1]bool
	for len(p) > 0 {
		n := min(len(p), burst)
		actions = t.feedBurst(actions, &told, p[:n])
		p = p[n:]
	}
	return actions
}

// EscapePending reports whether a search has received an ESC that might begin a sequence. If
// nothing follows for a moment, call EscapeTimeout.
func (t *Terminal) EscapePending() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.search != nil && t.decoder.state == stateEscape
}

// EscapeTimeout says that nothing has followed since EscapePending: the ESC is the Escape key and
// ends the search. Only the goroutine that calls Feed may call it.
func (t *Terminal) EscapeTimeout() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handleKey(t.decoder.flushEscape())
}

// feedBurst adds what the user did with p to the actions: Full and TooLong only if told does not
// have them yet.
func (t *Terminal) feedBurst(actions []Action, told *[TooLong + 1]bool, p []byte) []Action {
	t.mu.Lock()
	defer t.mu.Unlock() // even if a function of the host panics
	for _, b := range p {
		a := t.handleKey(t.decoder.next(b))
		if a.Kind == 0 || a.Kind >= Full && told[a.Kind] {
			continue
		}
		told[a.Kind] = true
		actions = append(actions, a)
	}
	return actions
}

// callUnlocked calls a function of the host without the lock, so that it may take its time and
// call anything but Feed, which alone changes the row.
func (t *Terminal) callUnlocked(call func()) {
	t.mu.Unlock()
	defer t.mu.Lock()
	call()
}

// Open appends the first write of a session to dst: lines, then the row. From here on the
// terminal marks pastes (bracketed paste), so that a newline in a paste is not Enter.
func (t *Terminal) Open(dst, lines []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.display.openRow(dst, lines, t.scene())
}

// Draw appends to dst what brings the terminal up to date, to be sent in one write: lines above
// the row, and the row if it must be drawn again. Lines must be rendered and safe, and each must
// end in "\r\n". If there is nothing to do, Draw returns dst unchanged. Before Open and after
// Close there is no row, and Draw only passes lines on.
func (t *Terminal) Draw(dst, lines []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.display.drawRow(dst, lines, t.scene())
}

// Close appends the last write of a session to dst: it replaces the row by lines, restores the
// terminal's state, and leaves the cursor at the beginning of a new line.
func (t *Terminal) Close(dst, lines []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.display.closeRow(dst, lines)
}
