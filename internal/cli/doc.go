// Package cli adds to kong, which parses command lines, what it does not do by itself: it answers
// shells that complete a command line.
package cli
