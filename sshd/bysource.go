package sshd

import (
	"net/netip"
	"sync"
)

// A bySource counts something for each address that has some of it. Its zero value is ready.
type bySource struct {
	mu    sync.Mutex
	known map[netip.Prefix]int
}

// add counts one more. It reports false where an address has as many as may be.
func (b *bySource) add(source netip.Prefix, most int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[source] >= most {
		return false
	}
	if b.known == nil {
		b.known = map[netip.Prefix]int{}
	}
	b.known[source]++
	return true
}

func (b *bySource) remove(source netip.Prefix) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[source]--; b.known[source] == 0 {
		delete(b.known, source)
	}
}
