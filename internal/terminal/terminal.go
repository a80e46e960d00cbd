package terminal

import (
	"fmt"
	"strconv"
	"sync"
)

// Config says what kind of terminal it is. The zero value is one of 80 columns
// without a prompt.
type Config struct {
	Prompt    string // drawn before the text; printable, the rest of it is left out
	Width     int    // in columns, as the client claims it, see [Terminal.Resize]
	EastAsian bool   // characters of ambiguous width take two cells
	MaxBytes  int    // the longest message; 0 means 4000. A row holds four times as much

	// Plain is for screen readers and for terminals that know no sequences:
	// nothing is redrawn or erased, see [Terminal.SetPlain].
	Plain bool

	// History is what was said in earlier sessions, the oldest first, as
	// [Terminal.History] returned it. What a row could not hold is left out.
	History []string

	// Pasted says in a few words that so many lines were pasted, as the row
	// shows it; nil means English. Feed calls it, and it must not call Feed.
	Pasted func(lines int) string

	// Complete says what might stand between some byte from and the cursor, which
	// is at the byte at of the line. An option that ends a word ends in a space.
	// In line '\n' is a new line, and two stand for lines that were pasted as one.
	// Feed calls it at Tab, without a lock; it must not call Feed. nil means that
	// Tab does nothing.
	Complete func(line string, at int) (from int, options []string)

	Search string // what ^R is called, in a word; "" means "search"
}

const (
	defaultMaxBytes = 4000

	// rowFactor is how many of the longest messages a row holds: what is too long is to
	// be seen, and shortened.
	rowFactor = 4
)

// Action is something that a person did and that is not the row's own business.
type Action struct {
	Kind ActionKind

	// Line is the message of Enter: valid UTF-8 without control characters but
	// for '\n' between its lines, if it has several.
	Line string
}

// ActionKind says what a person did.
type ActionKind int

const (
	// Enter is a message that is complete. It may be empty.
	Enter ActionKind = iota + 1
	// Interrupt is ^C while the row was empty and nothing was searched.
	Interrupt
	// EOF is ^D while the row was empty.
	EOF
	// Full says that what was typed, yanked or completed did not fit into the row and
	// was left out.
	Full
	// TooLong says that what was pasted did not fit. Nothing of it is in the row.
	TooLong
)

// Terminal is an input row. It is safe for one goroutine that calls Feed and one
// that calls Open, Draw and Close at the same time. The other methods may be
// called by any.
//
// It holds at most some fifty times Config.MaxBytes, a history of 72 KB, 16 KB to be
// undone, and while Tab offers something, 16 KB of that. After Enter little is
// left but the history and what ^Y puts back.
type Terminal struct {
	mu      sync.Mutex // held for microseconds, never while anybody reads or writes
	decoder decoder
	row     row
	history history
	view    view

	maxMessage int         // Config.MaxBytes
	maxRow     int         // how many bytes the row holds
	search     *search     // nil unless ^R looks for something
	lastSearch *search     // the last one since Enter, whose memory the next one uses
	completion *completion // nil unless Tab offers something

	pastedLabel   func(lines int) string            // Config.Pasted
	completeFunc  func(string, int) (int, []string) // Config.Complete
	killed        clusteredText                     // what ^Y puts back
	lastKeyKilled bool                              // the last key killed: the next kill adds to it

	plain bool      // as the host wants it
	echo  *echoView // nil unless the screen is in plain mode

	work int // beside the row's

	open  bool // there is a row on the screen, or what a resize left of it
	clear bool // ^L: clear the screen at the next Draw
}

// New returns a terminal with an empty row. It draws nothing before Open.
func New(c Config) *Terminal {
	t := &Terminal{maxMessage: c.MaxBytes, pastedLabel: c.Pasted, completeFunc: c.Complete, plain: c.Plain}
	if t.maxMessage <= 0 {
		t.maxMessage = defaultMaxBytes
	}
	t.maxRow = rowFactor * t.maxMessage
	t.decoder.maxPaste = 2 * t.maxRow
	t.view = newView(c.Prompt, c.Width, c.EastAsian)
	t.view.searchLabel = printableOnly(c.Search)
	if t.view.searchLabel == "" {
		t.view.searchLabel = "search"
	}
	t.history.load(c.History, t.maxRow)
	return t
}

// SetPrompt changes the prompt, of which only what is printable counts. The next
// Draw shows it.
func (t *Terminal) SetPrompt(prompt string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.view.setPrompt(prompt)
}

// SetPlain begins or ends plain mode, at the next Draw. In it no escape sequence
// is written. What is typed or erased at the end of the row is echoed; whatever
// else changes the row has the prompt and the whole of it written once more, in
// a new line, and so have lines that arrive while there is something in it.
// Pastes are not marked, so a pasted newline is Enter.
func (t *Terminal) SetPlain(plain bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.plain = plain
}

// History returns a copy of what was entered, the oldest first: at most 100
// messages of 24 KB together. Some hold newlines.
func (t *Terminal) History() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for _, line := range t.history.lines {
		lines = append(lines, string(line.text))
	}
	return lines
}

// PutBack puts a line that Enter has given back into the row, since it was refused,
// unless there is something else in it by now. It is in the history either way.
func (t *Terminal) PutBack(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.search != nil || !t.row.empty() || blank(line) || len(line) > t.maxRow {
		return
	}
	t.row.beginEdit(editSeparate)
	t.row.set(splitClusters([]byte(line)))
	t.history.putBack(line)
	if t.echo != nil {
		t.echo.startLine = true
	}
}

// Work returns how much what was typed, and drawn for it, has cost since it was asked
// last: as much as to find so many clusters in a text, some 150 ns each. A letter costs
// one or two; there are keys that cost hundreds in a long row.
func (t *Terminal) Work() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	work := t.row.work + t.work
	if t.search != nil {
		work += t.search.row.work
		t.search.row.work = 0
	}
	t.row.work, t.work = 0, 0
	return work
}

// Unsent returns what somebody has written in the row and not entered, or "". Who has gone
// back to a line of the history has written what waits behind that.
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

// Resize says that the window now has so many columns. A width of 0 or less
// means 80; others are clamped to 4 at least and 1000 at most.
func (t *Terminal) Resize(width int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.view.columns = clampWidth(width)
}

// Feed takes bytes as the terminal sent them, cut anywhere, and returns what
// the person did, in order: at most one action for each byte, and Full and TooLong
// at most once. It is nil most of the time.
func (t *Terminal) Feed(p []byte) []Action {
	// A flood must not hold up whoever draws, so the lock is let go now and
	// then. Nothing is lost by it: a Draw shows whatever has been typed so far.
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

// EscapePending reports whether an Escape has come, in a search, that might begin something
// else. Where nothing follows for a moment, call Pause.
func (t *Terminal) EscapePending() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.search != nil && t.decoder.state == stateEscape
}

// EscapeTimeout tells that nothing more has come since Waiting: the Escape leaves the search.
// Like Feed it is for the goroutine that reads.
func (t *Terminal) EscapeTimeout() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handleKey(t.decoder.flushEscape())
}

// feedBurst adds what the person did with p to the actions: Full and TooLong only if they
// were not told.
func (t *Terminal) feedBurst(actions []Action, told *[TooLong + 1]bool, p []byte) []Action {
	t.mu.Lock()
	defer t.mu.Unlock() // also if a function of the host panics
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

// callUnlocked calls a function of the host without the lock, so that it may take its
// time and may call anything but Feed, which alone changes the row.
func (t *Terminal) callUnlocked(call func()) {
	t.mu.Unlock()
	defer t.mu.Lock()
	call()
}

// Open appends the first write of a session to dst: lines, then the row.
// From here on the terminal marks what is pasted, so that a pasted newline can
// be told from Enter.
func (t *Terminal) Open(dst, lines []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = true
	if t.plain {
		t.echo = new(echoView)
		return t.drawPlainLocked(dst, lines)
	}
	dst = append(dst, pastesOn...)
	dst = append(dst, lines...)
	return t.view.draw(dst, t.sceneLocked())
}

// Draw appends to dst what brings the terminal up to date, to be sent in one
// write: lines, above the row, and the row where it has to be drawn again.
// lines is sent as it is: rendered, safe, and each line with its "\r\n".
// When there is nothing to do, Draw returns dst as it was. Before Open and
// after Close there is no row, and Draw only passes lines on.
func (t *Terminal) Draw(dst, lines []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open {
		return append(dst, lines...)
	}
	before := len(dst) + len(lines)
	dst = t.drawLocked(dst, lines)
	t.work += (len(dst) - before) / bytesDrawn
	return dst
}

// bytesDrawn is how many bytes are drawn and sent in the time that it takes to find a
// cluster.
const bytesDrawn = 8

func (t *Terminal) drawLocked(dst, lines []byte) []byte {
	switch {
	case t.plain:
		if t.echo == nil {
			dst = t.enterPlainLocked(dst)
		}
		return t.drawPlainLocked(dst, lines)
	case t.echo != nil:
		dst = append(t.leavePlainLocked(dst), lines...)
		return t.view.draw(dst, t.sceneLocked())
	}
	outdated := t.view.outdated(t.sceneLocked())
	if len(lines) == 0 && !t.clear && !outdated {
		return dst
	}
	hints := t.completion != nil || len(t.view.hint) > 0
	if t.clear || t.view.resized() || len(lines) > 0 || hints {
		dst = t.eraseLocked(dst)
		dst = append(dst, lines...)
	}
	return t.view.draw(dst, t.sceneLocked())
}

// Close appends the last write of a session to dst: it puts lines in the row's
// place, gives the terminal back as it was, and leaves the cursor at the
// beginning of a fresh line.
func (t *Terminal) Close(dst, lines []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open {
		return append(dst, lines...)
	}
	t.open = false
	if t.echo != nil {
		dst = append(dst, t.echo.enteredLines...)
		dst = t.echo.endLine(dst)
		t.echo = nil
		return append(dst, lines...)
	}
	dst = append(t.eraseLocked(dst), lines...)
	return append(dst, pastesOff...)
}

// What marks the terminal's pastes, and what no longer does.
const (
	pastesOn  = "\x1b[?2004h"
	pastesOff = "\x1b[?2004l"
)

// sceneLocked is what there is to show.
func (t *Terminal) sceneLocked() scene {
	if t.search != nil {
		return scene{row: &t.search.row, search: t.search}
	}
	return scene{row: &t.row, completion: t.completion, size: t.sizeLocked()}
}

// sizeLocked is what the row shows of its size where that comes near the longest
// message or beyond it, or "".
func (t *Terminal) sizeLocked() string {
	n := t.row.messageLen()
	if n < t.maxMessage-t.maxMessage/10 {
		return ""
	}
	return fmt.Sprintf("(%d/%d) ", n, t.maxMessage)
}

// eraseLocked appends what takes the row off the screen and leaves the cursor at
// the beginning of where it was.
func (t *Terminal) eraseLocked(dst []byte) []byte {
	switch {
	case t.clear:
		t.clear = false
		return append(dst, "\x1b[H\x1b[2J"...)
	case t.view.resized(), len(t.view.hint) > 0:
		dst = append(dst, '\r')
		t.work += len(t.view.bytes) / 2 // each cluster is measured
		if up := t.view.rowsAbove(); up > 0 {
			dst = append(dst, "\x1b["...)
			dst = strconv.AppendInt(dst, int64(up), 10)
			dst = append(dst, 'A')
		}
		return append(dst, "\x1b[J"...)
	default:
		return append(dst, "\r\x1b[K"...)
	}
}
