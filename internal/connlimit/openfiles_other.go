//go:build !unix

package connlimit

// OpenFileLimit returns how many files this process may open, or 0 if that is unknown.
func OpenFileLimit() int { return 0 }
