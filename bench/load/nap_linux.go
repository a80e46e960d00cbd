package load

import (
	"syscall"
	"time"
)

// nap sleeps for about d, more exactly than time.Sleep does, or less long.
func nap(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // a signal ends it early
}
