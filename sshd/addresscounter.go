package sshd

import (
	"net/netip"
	"sync"

	"teahouse/internal/netaddr"
)

// An addressCounter counts something for each household that has some of it, and for the IPv6 /48
// around it, which may have twice as much: else who has one of those had as much as 256
// households. Its zero value is ready.
type addressCounter struct {
	mu     sync.Mutex
	counts map[netip.Prefix]int
}

// add counts one more. It reports false where an address, or what is around it, has as many
// as may be.
func (c *addressCounter) add(of netip.Addr, most int) bool {
	home, around := netaddr.Household(of), netaddr.Network(of)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts[home] >= most || c.counts[around]/2 >= most {
		return false
	}
	if c.counts == nil {
		c.counts = map[netip.Prefix]int{}
	}
	c.counts[home]++
	if around != home {
		c.counts[around]++
	}
	return true
}

func (c *addressCounter) remove(of netip.Addr) {
	home, around := netaddr.Household(of), netaddr.Network(of)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removeLocked(home)
	if around != home {
		c.removeLocked(around)
	}
}

func (c *addressCounter) removeLocked(source netip.Prefix) {
	if c.counts[source]--; c.counts[source] == 0 {
		delete(c.counts, source)
	}
}
