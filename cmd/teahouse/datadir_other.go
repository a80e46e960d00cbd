//go:build !unix

package main

import "io/fs"

// checkWritable returns nil: it shows when the house opens.
func checkWritable(string) error { return nil }

// fileOwner reports false: users have no numbers here.
func fileOwner(fs.FileInfo) (uid int, ok bool) { return 0, false }

// nonOwnerMode returns nothing: the mode says nothing of what others may do.
func nonOwnerMode(fs.FileInfo) fs.FileMode { return 0 }
