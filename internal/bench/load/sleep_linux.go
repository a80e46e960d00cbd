package load

import (
	"syscall"
	"time"
)

// preciseSleep sleeps for about d, more precisely than time.Sleep, or shorter.
func preciseSleep(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // a signal ends it early
}
