//go:build unix

package main

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// checkWritable returns an error if no files can be made in a directory.
func checkWritable(dir string) error { return unix.Access(dir, unix.W_OK|unix.X_OK) }

// fileOwner returns the number of a file's owner.
func fileOwner(info fs.FileInfo) (uid int, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

// nonOwnerMode returns the permissions of everybody but the owner.
func nonOwnerMode(info fs.FileInfo) fs.FileMode { return info.Mode().Perm() & 0o077 }
