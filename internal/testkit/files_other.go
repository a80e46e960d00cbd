//go:build !linux

package testkit

// FilesInMemory does nothing here.
func FilesInMemory() {}
