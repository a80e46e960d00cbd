// Package cellwidth counts how many cells of a terminal row a character takes.
//
// There is no right answer: width tables disagree, and so do terminals, especially about grapheme
// clusters of several code points. [Max] therefore returns the largest width that any of them
// might use. Text that is cut or wrapped by that count fits in every terminal, sometimes with a
// cell to spare. [Typical] returns what a modern terminal does.
package cellwidth
