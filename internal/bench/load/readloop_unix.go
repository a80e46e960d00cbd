//go:build unix

package load

import (
	"errors"
	"io"
	"syscall"
)

// readLoop takes a scratch, with its buffer, from the pool only while there is something to read:
// a thousand waiting clients hold none, and the few buffers stay in the CPU's cache.
func (c tcpConn) readLoop(pool *scratchPool, take readHandler) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	more := true
	read := func(fd uintptr) (done bool) {
		d := pool.get()
		defer pool.put(d)
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
