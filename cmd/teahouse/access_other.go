//go:build !unix

package main

import "io/fs"

// checkWrite returns nil: it shows when the house opens.
func checkWrite(string) error { return nil }

// owner reports false: users have no numbers here.
func owner(fs.FileInfo) (uid int, ok bool) { return 0, false }

// forOthers returns nothing: the mode says nothing of what others may do.
func forOthers(fs.FileInfo) fs.FileMode { return 0 }
