package sshd

import (
	"crypto/rand"
	"sync"
)

// maxBuffered is the most random bytes that are taken from the buffer at once. Keys are longer.
const maxBuffered = 24

// A randomBuffer is a source of random bytes for the library, which asks for a few with each packet,
// for padding: a system call each time, which took 3 % of the CPU. What may be a key comes from
// crypto/rand and is never in the buffer. The zero value is ready to use.
type randomBuffer struct {
	mu   sync.Mutex
	buf  [1024]byte
	left int // bytes at the end of buf that nobody has got
}

// Read implements [io.Reader]. Any goroutine may call it.
func (b *randomBuffer) Read(p []byte) (int, error) {
	if len(p) > maxBuffered {
		return rand.Read(p)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < len(p) {
		_, _ = rand.Read(b.buf[:]) // never fails
		b.left = len(b.buf)
	}
	n := copy(p, b.buf[len(b.buf)-b.left:])
	b.left -= n
	return n, nil
}
