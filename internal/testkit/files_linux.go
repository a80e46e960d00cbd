package testkit

import (
	"os"
	"syscall"
)

// FilesInMemory keeps the temporary files of a package's tests in memory, if the system has enough
// space for that: creating, syncing and deleting files on a disk takes a third of the time of tests
// with many files. The soak uses the disk, and so does everybody who sets TMPDIR. Call it in
// TestMain before m.Run.
func FilesInMemory() {
	const (
		dir     = "/dev/shm"
		tmpfs   = 0x01021994
		noExec  = 8       // a mount flag
		minFree = 1 << 30 // bytes
	)
	var fs syscall.Statfs_t
	if Soaking() || os.Getenv("TMPDIR") != "" || syscall.Statfs(dir, &fs) != nil {
		return
	}
	if fs.Type != tmpfs || fs.Flags&noExec != 0 || fs.Bavail*uint64(fs.Bsize) < minFree || syscall.Access(dir, 7) != nil {
		return
	}
	if err := os.Setenv("TMPDIR", dir); err != nil {
		panic(err)
	}
}
