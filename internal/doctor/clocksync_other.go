//go:build !linux

package doctor

// clockUnsynced returns false: this system does not tell.
func clockUnsynced() bool { return false }
