//go:build !unix

package main

// openFileLimit returns how many files this process may have open, 0 where that is
// not known.
func openFileLimit() int { return 0 }
