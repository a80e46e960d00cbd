package sshd

import (
	"io"
	"net"
	"sync"
)

const (
	// maxOutboundBacklog is how many bytes of a connection the library may keep before writers
	// have to wait.
	maxOutboundBacklog = 32 << 10

	// writeSize is how many bytes are written at once. Each session of a connection may write
	// that many before it is known that the library keeps them.
	writeSize = 32 << 10

	// Each packet that is sent costs packetCost of a connection's credit. The connection has
	// initialPacketCredit at first, gains what it receives, since most of that is answered, and
	// gains more for each piece of output than a client with packets of 256 bytes needs. The
	// credit is at most maxPacketCredit.
	packetCost          = 32
	initialPacketCredit = 4 << 10
	maxPacketCredit     = 128 << 10
)

// An outboundBacklog tracks what was written to the sessions of a connection and is still in the
// library. That happens only during a key exchange: the library keeps 64 packets, up to two
// megabytes, for as long as the client takes to do its part. If the client does not do it, the
// writers wait, and the client is disconnected as one that does not read.
type outboundBacklog struct {
	mu           sync.Mutex
	closed       bool  // the connection is closed
	sent         int64 // bytes sent to the network so far
	buffered     int   // bytes kept in the library
	packetCredit int   // see packetCost
	changed      sync.Cond
}

// init must be called before anything else.
func (b *outboundBacklog) init() {
	b.packetCredit = initialPacketCredit
	b.changed.L = &b.mu
}

// write writes p to a session of the connection, when the library keeps little enough.
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

// waitForSpace blocks until n bytes may be written. It returns the number of bytes sent so far.
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

// received is called when n bytes have arrived from the network.
func (b *outboundBacklog) received(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.addCreditLocked(n)
}

// wrote is called when the library has taken n bytes; before is the number of bytes sent before
// that. What it passes on at once has been sent by now, and is more than n bytes as packets.
func (b *outboundBacklog) wrote(n int, before int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sent-before < int64(n) {
		b.buffered += n
	}
}

// packetSent is called when a packet of n bytes was sent to the network. It reports false if the
// credit is used up.
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

// close unblocks all writers.
func (b *outboundBacklog) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.changed.Broadcast()
}
