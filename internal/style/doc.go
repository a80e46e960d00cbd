// Package style defines what chat lines look like in a terminal: text goes in, bytes with escape
// sequences come out. It knows nothing of rooms and the network and has no state, so everything
// in it may be called from any goroutine.
//
// A [Style] is one way of showing lines: what the terminal can do ([Depth], found by
// [DetectDepth] and [SupportsLinks]), what its user likes ([Theme]), and how wide it is. Styles
// are comparable, and equal Styles produce equal bytes, so a line is rendered once for all
// readers with the same Style:
//
//	name, seed ─▶ Style.Name ─┐
//	time       ─▶ Style.Faint ┴▶ head ─┐
//	text       ─▶ Style.Text ──▶ body ─┴▶ Style.Line ─▶ rows for the terminal
//
// The colours of names are in colour.go, bold, code and links in markup.go, and how a long line is
// cut into rows in wrap.go.
//
// # What the output contains
//
// The output contains only the sequences that sgrState.parse knows: SGR with one parameter of a
// short list or a foreground colour, and OSC 8 links whose URL is at most 2,000 bytes of
// printable ASCII. Everything that a row sets is reset at its end. Tabs become spaces. Package
// room cleans texts before they come here; as a second defence, [Style.Line] drops all other
// control characters and sequences. It cannot tell its own sequences from the same ones in a
// text, so the cleaning is essential.
//
// The output is in proportion to the input, whatever the width: at most 16 bytes for each byte of
// text and 64 for each of its lines. To that end a row has at least 19 cells, a URL becomes a
// link only if it takes at most three rows, each of which repeats the whole URL, and tab stops
// are close together in narrow windows.
//
// # Colours for unknown backgrounds
//
// A terminal does not say whether it is dark or light, and asking causes trouble when it does not
// answer. So all name colours have a medium luminance: a contrast (WCAG 2) of at least 4 to black
// and to white, and of at least 3 to the backgrounds of popular themes. More than 4.58 to both
// black and white is impossible; the theme bright reaches that with 24-bit colours. The sixteen
// palette colours belong to the user, so nothing is guaranteed for them.
//
// # Rows
//
// A line that does not fit is wrapped here and not by the terminal. Its text has a column of its
// own, and every row but the first begins with a mark that no user can type:
//
//	12:34 alice: one two three four five six
//	           ╎ seven eight
//	           ╎ 12:35 bob: I never said this
//
// The alternative is one long line that the terminal wraps. The two compare as follows:
//
//   - Forgery. If the terminal wraps, text continues in the first column, and the right number of
//     spaces makes it look like another user's line. Rows have the mark. This decided the matter.
//   - Reading. Names stand out in a column, words stay whole, and no row begins with 。 or ends with
//     「. Terminals cut wherever the row is full.
//   - Copying. Rows add newlines, indents and marks to what is copied; most terminals copy a long
//     line as one. Links work in both, up to three rows, each of which carries the whole URL.
//   - Resizing, tried in tmux 3.3a at 70 columns, then 40, then 100. In a narrower window the
//     terminal wraps the rows again, in the first column and without the mark: there, in what is
//     already on the screen, a text can forge a line after all. In a wider one rows stay short and
//     nothing breaks; back at the old width, everything is as before. Long lines reflow at each
//     width. Lines after the resize have the new width in both.
//   - Cost. A long line is rendered once for everybody. Rows are rendered once for each width, of
//     which there are 34, see [WrapWidth].
//
// Rows end one cell before the last, because terminals disagree on what happens there. Package
// cellwidth counts the widths conservatively.
package style
