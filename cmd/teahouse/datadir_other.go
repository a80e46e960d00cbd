//go:build !unix

package main

import "io/fs"

// checkWritable returns nil: any error shows when the server starts.
func checkWritable(string) error { return nil }

// fileOwner returns false: this system has no user numbers.
func fileOwner(fs.FileInfo) (uid int, ok bool) { return 0, false }

// nonOwnerMode returns 0: on this system the mode does not tell what others may do.
func nonOwnerMode(fs.FileInfo) fs.FileMode { return 0 }
