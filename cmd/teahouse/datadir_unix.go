//go:build unix

package main

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// checkWritable returns why no files can be made in a directory, or nil.
func checkWritable(dir string) error { return unix.Access(dir, unix.W_OK|unix.X_OK) }

// fileOwner returns the user to whom a file belongs.
func fileOwner(info fs.FileInfo) (uid int, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

// nonOwnerMode returns what the mode lets others than the owner do.
func nonOwnerMode(info fs.FileInfo) fs.FileMode { return info.Mode().Perm() & 0o077 }
