//go:build !unix

package main

// openFileLimit returns how many files this process may open, or 0 if that is unknown.
func openFileLimit() int { return 0 }
