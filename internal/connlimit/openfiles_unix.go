//go:build unix

package connlimit

import "syscall"

// OpenFileLimit returns how many files this process may open, or 0 if that is unknown. Go has
// raised it as far as possible.
func OpenFileLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<30))
}
