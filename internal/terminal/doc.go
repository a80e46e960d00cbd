// Package terminal is the input row of a chat: one row in which a person types
// a message, while what others say appears above it.
//
// It works in line mode, in the terminal's own scrollback: no alternate screen,
// no cell buffer, so scrolling, selecting and copying stay the terminal's
// business. It knows no network. Bytes that the terminal sent go into
// [Terminal.Feed]; bytes for the terminal come out of [Terminal.Open],
// [Terminal.Draw] and [Terminal.Close]:
//
//	Feed ─▶ decoder ─▶ row, history ─▶ view or echo ─▶ Draw
//	bytes    keys       text, cursor    cells           bytes
//
// # Why an editor of our own
//
// A chat's row must erase 中, 👨‍👩‍👧‍👦 and é with one key each and leave no debris,
// must survive lines that arrive in the middle of a word, and must not trust
// whoever types. Editors made for a shell count a cell or a character for each
// rune, wait for answers that a client need not give, or read a paste's
// newlines as Enter. So here the unit is the grapheme cluster, nothing is ever
// asked of the terminal, and everything it sends is bounded: the length of a
// message, of a paste, of an escape sequence, of a single cluster.
//
// What is longer than a message may be is not cut off. The row holds four times as
// much, shows how long it is, and leaves it to the host to refuse it. What the host
// refuses it hands back by [Terminal.PutBack]: nothing that somebody typed is lost.
//
// # What the keys do
//
// They do what they do in emacs and bash. Beside those that move, erase, kill
// (^K ^U ^W Alt-D) and yank (^Y):
//
//	Enter                says the message
//	Alt-, Shift-Enter    begins a new line in it
//	Tab, Shift-Tab       put in what might stand there, and the next and previous of it
//	Up, Down             show what was said before
//	^R                   searches that; again, older; Escape, ^G or ^C, back
//	^_                   undoes
//	^L                   clears the screen
//	^C, ^D               discard the row and erase; in an empty row, see [Interrupt], [EOF]
//
// Backspace takes a whole cluster, such as a flag, a family or a syllable of Hangul. In
// Thai, Hindi, Arabic, Hebrew and their like, where each vowel and tone is a key of
// its own, it takes one of those.
//
// # What terminals send for them
//
// Ctrl, Alt or Meta with an arrow goes by words. Terminals do not agree on how they
// tell so, and none is asked which it is:
//
//	ESC [ 1 ; 5 D    xterm and most; the number tells what is held, 9 is iTerm2's Alt
//	ESC O d          rxvt, Ctrl
//	ESC ESC [ D      rxvt, PuTTY and iTerm2, Alt
//	ESC O D          PuTTY, Ctrl; elsewhere the bare arrow in application mode
//
// Nobody here puts a terminal into application mode, but what ran in it before may have.
// So ESC O D is the bare arrow until the terminal has sent one as ESC [ D, and from
// then on it is Ctrl. ESC O M is Enter on the keypad, and ESC O p to y are its digits.
// What kitty and xterm may be set to send for a key is understood, too: ESC [13;2u and
// ESC [27;2;13~ are Shift-Enter, a new line like Alt-Enter.
//
// ESC alone might begin any of these. Only a search has a use for the key Escape: there
// the host tells by [Terminal.EscapeTimeout] that nothing has followed for a moment.
//
// # Messages of several lines
//
// They stand in the one row. A new line is '\n' in the text and ↵ on the screen.
// Several lines that were pasted at once are a block: in the text one control
// character, which nobody can type, on the screen "[12 lines pasted]", and in the
// message all they were. A paste that nothing marks as one the host may recognize, see
// [Terminal.Paste]. Both are clusters like any other to the keys. The length
// of a message is counted with all its lines. The history has them as lines, so
// it brings back ↵ and no blocks.
//
// # Undo, search, completion
//
// The row notes what each change took out and how much it put in. Characters
// typed one behind the other are one change, and so are lines of the past or options that take
// each other's place. Enter and ^C forget it all.
//
// While a search goes on the row that is being written is left alone, and another
// is shown. Enter says the line found, and does nothing where what is shown does not
// have the words; any other key that edits takes it into the row first. The search
// ignores case.
//
// What might stand before the cursor the host says, see [Config.Complete]. It is
// asked without the lock, so others may draw meanwhile; the row cannot change, as
// nothing but Feed changes it. One option is put in at once. Of several, what
// they share is put in if that is more than there was; or else Tab puts in one
// after the other, and any other key accepts.
//
// # How the row is drawn
//
// Tables of character widths disagree, and a cursor placed by the wrong table
// stays wrong until the line is done. Therefore the terminal places the cursor
// itself. The row is written as
//
//	CR  prompt  text before the cursor  ESC 7  text after it  ESC [K  ESC 8
//
// and ESC 7 and ESC 8 save and restore the place between the two halves,
// wherever the terminal thinks that is. Widths decide one thing only, how much
// of the text to show; they are taken conservatively, and the last column is
// never written, so that the row never wraps. A text that is longer scrolls
// sideways.
//
// Lines that arrive are written over the row, and the row again below them:
//
//	CR  ESC [K  the lines, each with its CR LF  the row
//
// That is one write, so that nothing is seen to flicker, and the row's bytes
// are kept from the last time: a line costs a copy.
//
// When the window gets narrower the terminal folds the row, so the cursor goes
// up by as many rows as were folded above it and clears from there.
//
// While there are several options, a hint lists them in the line above the row,
// with the chosen one in brackets. It is wiped from one line further up:
//
//	CR  ESC [1A  ESC [J  the lines  the hint  CR LF  the row
//
// Nothing is ever drawn below the row: there a terminal might scroll, and the
// place that ESC 7 saved would be another.
//
// # Plain mode
//
// A screen reader reads aloud what is drawn again, and a dumb terminal shows the
// sequences. For those there is a mode in which the row is not drawn but echoed,
// see [Terminal.SetPlain]. At each Draw what the line shows is compared with what
// it should show. If that only goes on, the rest is written; if Backspace took
// away its end, "\b \b" for each cell; or else CR LF, the prompt and the whole.
// A prompt is not shown before that. Options are listed once, in a line of their
// own. The cursor's place in the row is not shown.
//
// # Who may call what
//
// One goroutine reads the client and calls Feed, Paste, PutBack and Pause; another
// writes to it and calls Open, Draw and Close. They may do so at the same time, and
// any may call Resize, SetPrompt, SetPlain, History, Marks and Waiting. None of the
// calls blocks, writes, starts a goroutine or keeps the slices it is given; only Feed
// and Paste take as long as Config.Complete and Config.Pasted do. Those may call
// anything but what is the reader's.
package terminal
