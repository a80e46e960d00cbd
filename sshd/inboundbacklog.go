package sshd

import (
	"net/netip"
	"sync"
)

const (
	// inboundAllowance is how far each connection may be ahead of its sessions, in bytes as they
	// come over the network, and maxInboundBacklog how far a few of a household may be. A client
	// that does what the window says is never further: that is two megabytes of what is
	// in the packets.
	inboundAllowance  = 128 << 10
	maxInboundBacklog = 4 << 20
	maxOverAllowance  = 4

	// wireOverhead is how many bytes come over the network, at the very most, for one that is
	// taken: small packets have large heads.
	wireOverhead = 4
)

// An inboundBacklog is how far a connection is ahead of its sessions: what has come while one of them
// left something to the library. What the library keeps for who knows how to cut packets
// small can be so much that nothing else bounds it.
type inboundBacklog struct {
	overAllowance *addressCounter
	addr          netip.Addr
	hangUp        func() // ends the connection

	mu      sync.Mutex
	blocked int // sessions that are behind
	bytes   int
	counted bool // in far
	closed  bool // the connection is closed
}

// sessionBlocked tells that b session does not take what comes.
func (b *inboundBacklog) sessionBlocked() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blocked++
}

// consumed tells that b session that is behind has taken so much.
func (b *inboundBacklog) consumed(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes = max(0, b.bytes-wireOverhead*n)
}

// sessionDrained tells that b session that was behind has taken all there was.
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

// received tells that so much has come over the network. It reports whether that is bearable.
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

// close forgets the connection.
func (b *inboundBacklog) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.resetLocked()
	b.closed = true
}
