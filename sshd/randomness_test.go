package sshd

import (
	"bytes"
	"testing"
)

// No random byte is given out twice, and what is long enough for a key is read from the system.
func TestRandomBuffer(t *testing.T) {
	var b randomBuffer
	seen := map[[8]byte]bool{}
	for range 1000 {
		var p [8]byte
		if n, err := b.Read(p[:]); n != len(p) || err != nil || seen[p] {
			t.Fatalf("%d bytes %x, %v; given out before: %t", n, p, err, seen[p])
		}
		seen[p] = true
	}
	left, key := b.left, make([]byte, 32)
	if n, err := b.Read(key); n != len(key) || err != nil || b.left != left || bytes.Count(key, []byte{0}) == len(key) {
		t.Errorf("a key: %d bytes %x, %v, %d bytes of the buffer", n, key, err, left-b.left)
	}
}

// BenchmarkRandomBuffer is what the padding of a packet costs.
func BenchmarkRandomBuffer(b *testing.B) {
	var r randomBuffer
	p := make([]byte, 8)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = r.Read(p)
	}
}
