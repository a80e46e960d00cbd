package sshd

import (
	"net/netip"
	"sync"
)

const (
	// inboundAllowance is how many bytes each connection may be ahead of its sessions, as they
	// arrive from the network. A few connections of a household (maxOverAllowance) may be ahead
	// by maxInboundBacklog. A client that respects its windows is never further ahead: that
	// allows two megabytes of payload.
	inboundAllowance  = 128 << 10
	maxInboundBacklog = 4 << 20
	maxOverAllowance  = 4

	// wireOverhead is the greatest number of bytes on the network for one byte of payload: small
	// packets have large headers.
	wireOverhead = 4
)

// An inboundBacklog tracks how far a connection is ahead of its sessions: what has arrived while
// one of them leaves input in the library. A client that sends tiny packets can make the library
// keep so much for that that nothing else limits it.
type inboundBacklog struct {
	overAllowance *addressCounter
	addr          netip.Addr
	hangUp        func() // closes the connection

	mu      sync.Mutex
	blocked int // sessions that are behind
	bytes   int
	counted bool // counted in overAllowance
	closed  bool // the connection is closed
}

// sessionBlocked is called when a session stops taking its input.
func (b *inboundBacklog) sessionBlocked() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blocked++
}

// consumed is called when a session that is behind has taken n bytes.
func (b *inboundBacklog) consumed(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes = max(0, b.bytes-wireOverhead*n)
}

// sessionDrained is called when a session that was behind has taken all of its input.
func (b *inboundBacklog) sessionDrained() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.blocked--; b.blocked == 0 {
		b.resetLocked()
	}
}

func (b *inboundBacklog) resetLocked() {
	b.bytes = 0
	if b.counted {
		b.counted = false
		b.overAllowance.remove(b.addr)
	}
}

// received is called when n bytes have arrived. It reports false if the connection is too far
// ahead.
func (b *inboundBacklog) received(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.blocked == 0 || b.closed {
		return true
	}
	if b.bytes += n; b.bytes > inboundAllowance && !b.counted {
		b.counted = b.overAllowance.add(b.addr, maxOverAllowance)
	}
	return b.bytes <= inboundAllowance || b.counted && b.bytes <= maxInboundBacklog
}

// close removes the connection.
func (b *inboundBacklog) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.resetLocked()
	b.closed = true
}
