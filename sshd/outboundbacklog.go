package sshd

import (
	"io"
	"net"
	"sync"
)

const (
	// maxOutboundBacklog is how many bytes of a connection the library may keep before nothing
	// more is written to it.
	maxOutboundBacklog = 32 << 10

	// writeSize is how many bytes are written at once. Each session of a connection may write
	// so many before it is known that they stay.
	writeSize = 32 << 10

	// Each packet that is sent costs packetCost of what a connection is given: initialPacketCredit in
	// the beginning, what comes, since most of that is answered, and for each piece of
	// output more than a client takes that has packets of 256 bytes. That is so much
	// at most.
	packetCost          = 32
	initialPacketCredit = 4 << 10
	maxPacketCredit     = 128 << 10
)

// An outboundBacklog is what was written to the sessions of a connection and is not on its way to the
// client. The library keeps such only while keys are exchanged: 64 packets, two megabytes,
// for as long as the client takes to do its part. Who does not do it has the writers wait,
// and is cut off as one that does not read.
type outboundBacklog struct {
	mu           sync.Mutex
	changed      sync.Cond
	sent         int64 // bytes that went to the network, ever
	buffered     int   // bytes that the library keeps
	closed       bool  // the connection is closed
	packetCredit int   // what is left to pay for packets, see packetCost
}

func newOutboundBacklog() *outboundBacklog {
	b := &outboundBacklog{packetCredit: initialPacketCredit}
	b.changed.L = &b.mu
	return b
}

// write writes p to a session of the connection, once the library keeps little.
func (b *outboundBacklog) write(w io.Writer, p []byte) error {
	for len(p) > 0 {
		part := p[:min(len(p), writeSize)]
		before, err := b.waitForSpace(len(part))
		if err != nil {
			return err
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
		b.wrote(len(part), before)
		p = p[len(part):]
	}
	return nil
}

// waitForSpace waits until there is room for n bytes. It returns how much was sent until then.
func (b *outboundBacklog) waitForSpace(n int) (sent int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.buffered >= maxOutboundBacklog && !b.closed {
		b.changed.Wait()
	}
	if b.closed {
		return 0, net.ErrClosed
	}
	b.addCreditLocked(2*packetCost + n/256*packetCost)
	return b.sent, nil
}

func (b *outboundBacklog) addCreditLocked(n int) {
	b.packetCredit = min(b.packetCredit+n, maxPacketCredit)
}

// received tells that so much came over the network.
func (b *outboundBacklog) received(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.addCreditLocked(n)
}

// wrote tells that the library has taken so much, before which so much was sent. What it
// passes on at once is sent by now, and in packets that is more.
func (b *outboundBacklog) wrote(n int, before int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sent-before < int64(n) {
		b.buffered += n
	}
}

// packetSent tells that so much went to the network, as one packet. It reports whether that is
// bearable.
func (b *outboundBacklog) packetSent(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent += int64(n)
	if b.buffered > 0 {
		b.buffered = max(0, b.buffered-n)
		b.changed.Broadcast()
	}
	b.packetCredit -= packetCost
	return b.packetCredit >= 0
}

// close has nobody wait any more.
func (b *outboundBacklog) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.changed.Broadcast()
}
