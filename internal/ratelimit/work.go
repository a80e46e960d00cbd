package ratelimit

import "time"

// Work is expressed as the time for which it keeps one core of an ordinary machine busy. It is
// estimated from what there is to do, such as bytes to scan, and never measured, so that it costs
// the same on a busy machine.
const (
	WorkPerItem         = time.Microsecond // to find, show and send one item of an answer
	WorkPerByte         = 20 * time.Nanosecond
	WorkPerLine         = 20 * time.Nanosecond   // to look at a line and skip it
	WorkPerKilobyte     = time.Microsecond       // to search it for a word
	workPerStoreScan    = 500 * time.Millisecond // to read everything that is stored
	workPerRenderedByte = 50 * time.Nanosecond   // to render a byte of a message for a terminal
)
