// Package terminal is the input row of a chat: one line in which a person
// types, while what others say appears above it.
//
// It works in line mode, in the terminal's own scrollback: no alternate screen,
// no cell buffer, so scrolling, selecting and copying stay the terminal's
// business. It knows no network. Bytes that the terminal sent go into
// [Terminal.Feed]; bytes for the terminal come out of [Terminal.Open],
// [Terminal.Draw] and [Terminal.Close]:
//
//	Feed ─▶ decoder ─▶ row, history ─▶ view ─▶ Draw
//	bytes    keys       text, cursor    cells   bytes
//
// # Why an editor of our own
//
// A chat's row must erase 中, 👨‍👩‍👧‍👦 and é with one key each and leave no debris,
// must survive lines that arrive in the middle of a word, and must not trust
// whoever types. Editors made for a shell count a cell or a character for each
// rune, wait for answers that a client need not give, or read a paste's
// newlines as Enter. So here the unit is the grapheme cluster, nothing is ever
// asked of the terminal, and everything it sends is bounded: the length of a
// line, of a paste, of an escape sequence, of a single cluster.
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
// # Who may call what
//
// One goroutine reads the client and calls Feed and Resize; another writes to
// it and calls Open, Draw and Close. They may do so at the same time. None of
// the calls blocks, writes, starts a goroutine or keeps the slices it is given.
package terminal
