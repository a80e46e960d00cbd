// Package cellwidth knows how many cells of a terminal's row a character takes.
//
// Nobody knows that for sure: tables of widths disagree, and so do terminals, above
// all about clusters of several code points. So one counts with the most that any
// of them might give. What is cut or folded by that count fits in all of them, if
// sometimes with a cell to spare.
package cellwidth
