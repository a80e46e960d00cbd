package sshd

import (
	"io"
	"net"
	"sync"
)

const (
	// maxBacklog is how many bytes of a connection the library may keep before nothing
	// more is written to it.
	maxBacklog = 32 << 10

	// sendSize is how many bytes are written at once. Each session of a connection may write
	// so many before it is known that they stay.
	sendSize = 32 << 10

	// Each packet that is sent costs packetCost of what a connection is given: freePackets in
	// the beginning, what comes, since most of that is answered, and for each piece of
	// output more than a client takes that has packets of 256 bytes. That is so much
	// at most.
	packetCost  = 32
	freePackets = 4 << 10
	mostPackets = 128 << 10
)

// A backlog is what was written to the sessions of a connection and is not on its way to the
// client. The library keeps such only while keys are exchanged: 64 packets, two megabytes,
// for as long as the client takes to do its part. Who does not do it has the writers wait,
// and is cut off as one that does not read.
type backlog struct {
	mu      sync.Mutex
	changed sync.Cond
	sent    int64 // bytes that went to the network, ever
	kept    int   // bytes that the library keeps
	ended   bool  // the connection is closed
	packets int   // what is left to pay for packets, see packetCost
}

func newBacklog() *backlog {
	b := &backlog{packets: freePackets}
	b.changed.L = &b.mu
	return b
}

// write writes p to a session of the connection, once the library keeps little.
func (b *backlog) write(w io.Writer, p []byte) error {
	for len(p) > 0 {
		part := p[:min(len(p), sendSize)]
		before, err := b.ready(len(part))
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

// ready waits until there is room for n bytes. It returns how much was sent until then.
func (b *backlog) ready(n int) (sent int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.kept >= maxBacklog && !b.ended {
		b.changed.Wait()
	}
	if b.ended {
		return 0, net.ErrClosed
	}
	b.payLocked(2*packetCost + n/256*packetCost)
	return b.sent, nil
}

func (b *backlog) payLocked(n int) { b.packets = min(b.packets+n, mostPackets) }

// came tells that so much came over the network.
func (b *backlog) came(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.payLocked(n)
}

// wrote tells that the library has taken so much, before which so much was sent. What it
// passes on at once is sent by now, and in packets that is more.
func (b *backlog) wrote(n int, before int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sent-before < int64(n) {
		b.kept += n
	}
}

// gone tells that so much went to the network, as one packet. It reports whether that is
// bearable.
func (b *backlog) gone(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent += int64(n)
	if b.kept > 0 {
		b.kept = max(0, b.kept-n)
		b.changed.Broadcast()
	}
	b.packets -= packetCost
	return b.packets >= 0
}

// end has nobody wait any more.
func (b *backlog) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.changed.Broadcast()
}
