package doctor

import "golang.org/x/sys/unix"

// clockUnsynced reports whether the system says that nothing synchronizes its clock.
func clockUnsynced() bool {
	var t unix.Timex // without modes, Adjtimex only reads
	_, err := unix.Adjtimex(&t)
	return err == nil && t.Status&unix.STA_UNSYNC != 0
}
