package sshd

import (
	"bufio"
	"crypto/rand"
	"io"
	"sync"
)

// maxBuffered is the most random bytes that are taken from the buffer at once. Keys are longer.
const maxBuffered = 24

// A randomBuffer is a source of random bytes for the library, which asks for a few with each packet,
// for padding: a system call each time, which took 3 % of the CPU. What may be a key comes from
// crypto/rand and is never in the buffer.
type randomBuffer struct {
	mu     sync.Mutex
	buffer *bufio.Reader
}

func newRandomBuffer() *randomBuffer {
	return &randomBuffer{buffer: bufio.NewReaderSize(rand.Reader, 1024)}
}

// Read implements [io.Reader]. Any goroutine may call it.
func (b *randomBuffer) Read(p []byte) (int, error) {
	if len(p) > maxBuffered {
		return rand.Read(p)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return io.ReadFull(b.buffer, p)
}
