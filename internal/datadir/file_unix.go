//go:build unix

package datadir

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// CheckWritable returns an error if no files can be made in a directory.
func CheckWritable(dir string) error { return unix.Access(dir, unix.W_OK|unix.X_OK) }

// OwnerOf returns the number of a file's owner.
func OwnerOf(info fs.FileInfo) (uid int, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

// OthersMode returns the permissions of everybody but the owner.
func OthersMode(info fs.FileInfo) fs.FileMode { return info.Mode().Perm() & 0o077 }
