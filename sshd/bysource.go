package sshd

import (
	"net/netip"
	"sync"

	"teahouse/room"
)

// A bySource counts something for each household that has some of it, and for the IPv6 /48
// around it, which may have twice as much: else who has one of those had as much as 256
// households. Its zero value is ready.
type bySource struct {
	mu    sync.Mutex
	known map[netip.Prefix]int
}

// add counts one more. It reports false where an address, or what is around it, has as many
// as may be.
func (b *bySource) add(of netip.Addr, most int) bool {
	home, around := room.Household(of), room.Network(of)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[home] >= most || b.known[around]/2 >= most {
		return false
	}
	if b.known == nil {
		b.known = map[netip.Prefix]int{}
	}
	b.known[home]++
	if around != home {
		b.known[around]++
	}
	return true
}

func (b *bySource) remove(of netip.Addr) {
	home, around := room.Household(of), room.Network(of)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.removeLocked(home)
	if around != home {
		b.removeLocked(around)
	}
}

func (b *bySource) removeLocked(source netip.Prefix) {
	if b.known[source]--; b.known[source] == 0 {
		delete(b.known, source)
	}
}
