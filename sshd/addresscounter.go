package sshd

import (
	"net/netip"
	"sync"

	"teahouse/internal/netaddr"
)

// An addressCounter counts something by household (an IPv4 address or IPv6 /56) and by the IPv6
// /48 around it, which may have twice as much: otherwise the owner of a /48 could have as much as
// 256 households. The zero value is ready to use, by any goroutine.
type addressCounter struct {
	mu     sync.Mutex
	counts map[netip.Prefix]int
}

// add counts one more. It reports false if the household or its /48 already has as many as it
// may.
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
