//go:build unix

package load

import (
	"errors"
	"io"
	"syscall"
)

// readLoop takes a desk, with its buffer, only while there is something to read:
// a thousand clients that wait have none, and the few buffers that there are
// stay in the processor's cache.
func (c tcpConn) readLoop(desks *scratchPool, take readHandler) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	more := true
	read := func(fd uintptr) (done bool) {
		d := desks.get()
		defer desks.put(d)
		n, err := syscall.Read(int(fd), d.buf[headroom:])
		for err == syscall.EINTR {
			n, err = syscall.Read(int(fd), d.buf[headroom:])
		}
		switch {
		case errors.Is(err, syscall.EAGAIN):
			return false
		case err != nil:
			failed = err
		case n == 0:
			failed = io.EOF
		default:
			more = take(d, d.buf, n)
		}
		return true
	}
	for more && failed == nil {
		if err := raw.Read(read); err != nil {
			return err
		}
	}
	return failed
}
