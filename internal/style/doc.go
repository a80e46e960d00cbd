// Package style knows how talk looks in a terminal: text in, bytes with escape
// sequences out. It knows no room and no network, and has no state, so anybody
// may call anything at any time.
//
// A [Style] is one way of showing talk: how much the terminal can do ([Depth],
// found out by [DetectDepth] and [SupportsLinks]), what its user likes ([Theme]), and how
// wide it is. Looks can be compared, and the same Style makes the same bytes, so
// a line is made once for all who share one:
//
//	name, seed ─▶ Style.Name ─┐
//	time       ─▶ Style.Faint ┴▶ head ─┐
//	text       ─▶ Style.Text ──▶ body ─┴▶ Style.Line ─▶ rows for the terminal
//
// # What may come out
//
// Only what sgrState.parse knows: SGR with one parameter of a short list or a colour
// of text, and links by OSC 8 whose URL is printable ASCII of 2,000 bytes at
// most. Everything that is set is taken back by the end of the row. A tab becomes
// spaces. Texts are cleaned by package room before they come here, and [Style.Line]
// drops what is neither text nor one of those sequences all the same. It cannot
// tell a sequence of ours from one that a text brought along: cleaning is what does.
//
// And no more than in proportion: 16 bytes for each byte of the text, and 64 for each of
// its lines, whatever the width. For that a row has 19 cells at least, a URL is a link
// only if it takes up to three rows, each of which repeats all of it, and tabs are short
// in narrow windows.
//
// # Colours on a ground that nobody knows
//
// Terminals do not say whether they are dark or light, and asking them makes
// trouble when they do not answer. So all colours of names have a luminance in
// the middle: a contrast (WCAG 2) of 4 or more to black and to white, and of 3
// or more to the grounds that themes have in their place. More than 4.58 to both
// is impossible; in 24 bits the theme bright has that. Sixteen colours are the
// user's own, and nothing can be promised of them.
//
// # Rows
//
// A line of talk that does not fit is folded here and not by the terminal, with
// its text in a column of its own and a mark that nobody can say before each row
// but the first:
//
//	12:34 alice: one two three four five six
//	           ╎ seven eight
//	           ╎ 12:35 bob: I never said this
//
// The two ways compared, hard rows against one long line that the terminal wraps:
//
//   - Forging. Wrapped by the terminal, a text goes on in the first column, and
//     spaces in the right number make it look like somebody else's line. Rows
//     have the mark. This decided it.
//   - Reading. Names stand out in a column; words stay whole; no row begins with
//     。 or ends with 「. Terminals cut wherever the row is full.
//   - Copying. Rows bring newlines, indents and marks into what is copied; long
//     lines come as one from most terminals. Links are whole in both, up to three
//     rows: each of them carries all of the URL.
//   - Resizing, tried in tmux 3.3a with 70 columns, then 40, then 100. Narrower,
//     the terminal folds rows once more, in the first column and without the
//     mark: there, in what is already on the screen, a text can forge after all.
//     Wider, rows stay as short as they were, and nothing breaks; back at the old
//     width all is as before. Long lines reflow at each width. What comes after
//     the resize has the new width in both.
//   - Cost. A long line is one rendering for all. Rows are one for each width, of
//     which there are 34, see [WrapWidth].
//
// Rows end one cell before the last, as terminals do not agree on what comes
// after that, and widths are counted conservatively, by package cell.
package style
