package sshd

import (
	"bytes"
	"testing"
)

// No random byte is given out twice, and what is long enough for a key is read from the system.
func TestRandomBuffer(t *testing.T) {
	b := newRandomBuffer()
	seen := map[[8]byte]bool{}
	for range 1000 {
		var p [8]byte
		if n, err := b.Read(p[:]); n != len(p) || err != nil || seen[p] {
			t.Fatalf("%d bytes %x, %v; given out before: %t", n, p, err, seen[p])
		}
		seen[p] = true
	}
	left, key := b.buffer.Buffered(), make([]byte, 32)
	if n, err := b.Read(key); n != len(key) || err != nil || b.buffer.Buffered() != left || bytes.Count(key, []byte{0}) == len(key) {
		t.Errorf("a key: %d bytes %x, %v, %d bytes of the buffer", n, key, err, left-b.buffer.Buffered())
	}
}

// BenchmarkRandomBuffer is what the padding of a packet costs.
func BenchmarkRandomBuffer(b *testing.B) {
	r := newRandomBuffer()
	p := make([]byte, 8)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = r.Read(p)
	}
}
