//go:build !unix

package datadir

import "io/fs"

// CheckWritable returns nil: any error shows when the server starts.
func CheckWritable(string) error { return nil }

// OwnerOf returns false: this system has no user numbers.
func OwnerOf(fs.FileInfo) (uid int, ok bool) { return 0, false }

// OthersMode returns 0: on this system the mode does not tell what others may do.
func OthersMode(fs.FileInfo) fs.FileMode { return 0 }
