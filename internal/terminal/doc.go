// Package terminal is the input row of a chat: the user types a message in one row, while other
// users' messages appear above it.
//
// It works in line mode, in the terminal's own scrollback. There is no alternate screen and no
// cell buffer, so scrolling, selecting and copying stay the terminal's business. The package
// knows nothing of the network. Bytes from the terminal go into [Terminal.Feed]; bytes for the
// terminal come out of [Terminal.Open], [Terminal.Draw] and [Terminal.Close]:
//
//	Feed ─▶ decoder ─▶ editor, row ─▶ view or echo ─▶ Draw
//	bytes    keys      text, cursor    cells           bytes
//
// Which bytes are which key is in keymap.go and keysequence.go, what a key does in keyaction.go.
//
// # Why not an existing line editor
//
// The input row of a chat must erase 中, 👨‍👩‍👧‍👦 and é with one key each and leave no debris, must
// survive lines that arrive in the middle of a word, and must not trust the client. Editors made
// for shells count a cell or a character for each rune, wait for answers that a client need not
// give, or take the newlines of a paste for Enter. Here the unit is the grapheme cluster, the
// terminal is never asked anything, and everything that it sends is bounded: the length of a
// message, of a paste, of an escape sequence, of a single cluster.
//
// A message that is too long is not cut off. The row holds four times the maximum, shows the
// length, and leaves it to the host to refuse the message. The host returns what it refuses with
// [Terminal.PutBack], so that nothing a user typed is lost.
//
// # Keys
//
// The keys are those of emacs and bash. Besides those that move, delete, kill (^K ^U ^W Alt-D)
// and yank (^Y):
//
//	Enter                sends the message
//	Alt-, Shift-Enter    begins a new line in it
//	Tab, Shift-Tab       complete; go through the options
//	Up, Down             recall earlier messages
//	^R                   searches them; again, older; Escape, ^G or ^C, cancels
//	^_                   undoes
//	^L                   clears the screen
//	^C, ^D               discard the row and delete; in an empty row, see [Interrupt], [EOF]
//
// Backspace deletes a whole cluster, such as a flag, a family or a Hangul syllable. In Thai,
// Hindi, Arabic, Hebrew and similar scripts, where each vowel and tone is a key of its own, it
// deletes one of those.
//
// # Key sequences
//
// Ctrl, Alt or Meta with an arrow moves by words. Terminals send different sequences for that,
// and none is asked which one it uses:
//
//	ESC [ 1 ; 5 D    xterm and most others; the number encodes the modifiers, 9 is iTerm2's Alt
//	ESC O d          rxvt, Ctrl
//	ESC ESC [ D      rxvt, PuTTY and iTerm2, Alt
//	ESC O D          PuTTY, Ctrl; elsewhere the plain arrow in application mode
//
// The server never puts a terminal into application mode, but an earlier program may have. So ESC
// O D is the plain arrow until the terminal has sent one as ESC [ D, and Ctrl with the arrow from
// then on. ESC O M is Enter on the keypad, and ESC O p to y are its digits. The sequences that
// kitty and xterm can be set up to send are understood, too: ESC [13;2u and ESC [27;2;13~ are
// Shift-Enter, which begins a new line like Alt-Enter.
//
// A single ESC may begin any of these. Only a search uses the Escape key: there the host calls
// [Terminal.EscapeTimeout] when nothing has followed for a moment.
//
// # Messages of several lines
//
// They stay in the one row. A newline is '\n' in the text and ↵ on the screen. Several lines
// pasted at once are a block: one control character in the text, which nobody can type, "[12
// lines pasted]" on the screen, and all the lines in the message. The host may recognize pastes
// that the terminal does not mark, see [Terminal.Paste]. To the keys, a newline and a block are
// clusters like any other. The length of a message includes all its lines. The history stores
// lines, so it brings back ↵ and no blocks.
//
// # Undo, search, completion
//
// The undo log records what each change removed and how much it inserted. Characters typed one
// after the other are one change, and so are recalled messages or options that replace each
// other. Enter and ^C discard the log.
//
// A search leaves the row being written alone and shows another one. Enter sends the message that
// was found, and does nothing if the message on the screen does not match; any other editing key
// first takes it into the row. The search ignores case.
//
// The host provides the options for completion, see [Config.Complete]. It is called without the
// lock, so others may draw meanwhile; the row cannot change, because nothing but Feed changes it.
// A single option is inserted at once. Of several, Tab inserts what they have in common; if that
// is no more than what is there already, it inserts one after the other, and any other key
// accepts.
//
// # How the row is drawn
//
// Width tables disagree, and a cursor placed by the wrong table stays wrong until the message is
// sent. Therefore the terminal places the cursor itself. The row is written as
//
//	CR  prompt  text before the cursor  ESC 7  text after it  ESC [K  ESC 8
//
// where ESC 7 and ESC 8 save and restore the position between the two halves, wherever the
// terminal thinks that is. Widths only decide how much of the text to show. They are counted
// conservatively, and the last column is never written, so the row never wraps. A longer text
// scrolls sideways.
//
// Arriving lines overwrite the row, and the row is written again below them:
//
//	CR  ESC [K  the lines, each with its CR LF  the row
//
// All of that is one write, so that nothing flickers. The row's bytes are kept, so a line costs a
// copy.
//
// When the window gets narrower, the terminal wraps the row. The cursor then moves up by the
// number of wrapped rows above it, and everything from there on is cleared.
//
// While there are several options, a hint lists them in the line above the row, with the chosen
// one in brackets. Erasing begins one line further up:
//
//	CR  ESC [1A  ESC [J  the lines  the hint  CR LF  the row
//
// Nothing is ever drawn below the row: the terminal might scroll there, and the position that ESC
// 7 saved would be wrong.
//
// # Plain mode
//
// A screen reader reads aloud whatever is redrawn, and a dumb terminal prints escape sequences.
// For these there is a mode in which the row is echoed instead of drawn, see [Terminal.SetPlain].
// Each Draw compares what the line shows with what it should show. If text was only appended, the
// rest is written; if Backspace shortened it, "\b \b" for each cell; otherwise CR LF, the prompt
// and the whole text. The prompt does not appear before that. Options are listed once, on a line
// of their own. The cursor's position in the row is not shown.
//
// # Concurrency
//
// One goroutine reads from the client and calls Feed, Paste, PutBack and EscapeTimeout. Another
// writes to it and calls Open, Draw and Close. Both may run at the same time, and all other
// methods may be called from any goroutine. No method blocks, writes, starts a goroutine or keeps
// a slice that it is given; only Feed and Paste take as long as Config.Complete and Config.Pasted
// do. Those two functions may call every method but those of the reading goroutine.
package terminal
