package sshd

import (
	"net/netip"
	"sync"
)

const (
	// freeAhead is how far each connection may be ahead of its sessions, in bytes as they
	// come over the network, and maxAhead how far a few of a household may be. A client
	// that does what the window says is never further: that is two megabytes of what is
	// in the packets.
	freeAhead = 128 << 10
	maxAhead  = 4 << 20
	maxFar    = 4

	// takenWorth is how many bytes come over the network, at the very most, for one that is
	// taken: small packets have large heads.
	takenWorth = 4
)

// An ahead is how far a connection is ahead of its sessions: what has come while one of them
// left something to the library. What the library keeps for who knows how to cut packets
// small can be so much that nothing else bounds it.
type ahead struct {
	far    *bySource
	source netip.Addr
	hangUp func() // ends the connection

	mu      sync.Mutex
	waiting int // sessions that are behind
	bytes   int
	counted bool // in far
	ended   bool // the connection is closed
}

// behind tells that a session does not take what comes.
func (a *ahead) behind() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting++
}

// took tells that a session that is behind has taken so much.
func (a *ahead) took(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bytes = max(0, a.bytes-takenWorth*n)
}

// level tells that a session that was behind has taken all there was.
func (a *ahead) level() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting--; a.waiting == 0 {
		a.resetLocked()
	}
}

func (a *ahead) resetLocked() {
	a.bytes = 0
	if a.counted {
		a.counted = false
		a.far.remove(a.source)
	}
}

// came tells that so much has come over the network. It reports whether that is bearable.
func (a *ahead) came(n int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == 0 || a.ended {
		return true
	}
	if a.bytes += n; a.bytes > freeAhead && !a.counted {
		a.counted = a.far.add(a.source, maxFar)
	}
	return a.bytes <= freeAhead || a.counted && a.bytes <= maxAhead
}

// end forgets the connection.
func (a *ahead) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.resetLocked()
	a.ended = true
}
