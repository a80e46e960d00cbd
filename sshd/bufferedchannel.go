package sshd

import (
	"bytes"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const (
	// maxUnread is how much a bufferedChannel keeps; more stays in the library and so, through
	// the window, with the client. fillSize is how much it takes at once: for each piece the
	// library may send a packet that enlarges the client's window.
	maxUnread = 16 << 10
	fillSize  = 1 << 10

	// typedSize is how much it takes at once as long as only keys are typed: many terminals wait,
	// each with a buffer.
	typedSize = 64

	// afterEOFInterval is how often it checks for input after EOF.
	afterEOFInterval = 10 * time.Second
)

// A bufferedChannel holds what a client sends on a channel. It takes the input from the library
// as soon as it arrives, because the library keeps two megabytes for each channel that nobody
// reads, with fifty bytes of overhead for each packet, even one of a single byte. It discards
// what nobody wants, and knows when a session falls behind.
//
// It has a goroutine, and another one once it discards standard error; they end with the channel.
type bufferedChannel struct {
	gossh.Channel
	backlog *inboundBacklog
	contain func(recovered any) // called as each of its goroutines ends

	mu         sync.Mutex
	changed    sync.Cond
	unread     bytes.Buffer
	eof        bool // nothing more will come
	discarding bool // nobody will read
}

// newBufferedChannel returns the bufferedChannel of a channel; gone is closed when that ends.
// As each of its goroutines ends, it calls contain with what recover returned: nil, unless there was
// a panic.
func newBufferedChannel(channel gossh.Channel, ahead *inboundBacklog, gone <-chan struct{}, contain func(recovered any)) *bufferedChannel {
	i := &bufferedChannel{Channel: channel, backlog: ahead, contain: contain}
	i.changed.L = &i.mu
	go func() {
		defer func() { contain(recover()) }()
		i.fill()
		i.watchAfterEOF(gone)
	}()
	return i
}

// discardStderr discards what the client sends as standard error, from now on. Call it once.
func (c *bufferedChannel) discardStderr() {
	go func() {
		defer func() { c.contain(recover()) }()
		buf := make([]byte, fillSize)
		for err := error(nil); err == nil; {
			_, err = c.Channel.Stderr().Read(buf)
		}
	}()
}

// fill takes input until EOF.
func (c *bufferedChannel) fill() {
	defer c.update(func() { c.eof = true })
	behind := false
	defer func() {
		if behind {
			c.backlog.sessionDrained()
		}
	}()
	for buf := make([]byte, typedSize); ; {
		n, err := c.Channel.Read(buf)
		if behind {
			c.backlog.consumed(n)
			if n < len(buf) { // that was everything
				behind = false
				c.backlog.sessionDrained()
			}
		}
		full := c.store(buf[:n])
		if n == len(buf) && n < fillSize {
			buf = make([]byte, fillSize)
		}
		if err != nil {
			return
		}
		if full && !behind {
			behind = true
			c.backlog.sessionBlocked()
		}
		if full {
			c.waitForSpace()
		}
	}
}

// store keeps input. It reports whether there is no room for more.
func (c *bufferedChannel) store(p []byte) (full bool) {
	c.update(func() {
		if !c.discarding {
			_, _ = c.unread.Write(p)
		}
		full = c.isFull()
	})
	return full
}

func (c *bufferedChannel) isFull() bool { return c.unread.Len() > maxUnread-fillSize }

func (c *bufferedChannel) waitForSpace() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.isFull() {
		c.changed.Wait()
	}
}

// watchAfterEOF disconnects a client that goes on sending after the end of its input. It returns
// when the channel is gone.
func (c *bufferedChannel) watchAfterEOF(gone <-chan struct{}) {
	look := time.NewTicker(afterEOFInterval)
	defer look.Stop()
	for buf := make([]byte, 1); ; {
		select {
		case <-gone:
			return
		case <-look.C:
			n, _ := c.Channel.Read(buf)
			m, _ := c.Channel.Stderr().Read(buf)
			if n+m > 0 {
				c.backlog.hangUp()
				return
			}
		}
	}
}

// Read implements [gossh.Channel].
func (c *bufferedChannel) Read(p []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.unread.Len() == 0 && !c.eof && !c.discarding {
		c.changed.Wait()
	}
	wasFull := c.isFull()
	n, err = c.unread.Read(p)
	if c.unread.Len() == 0 {
		c.unread = bytes.Buffer{} // free the memory: most sessions receive nothing most of the time
	}
	if wasFull {
		c.changed.Broadcast()
	}
	return n, err
}

// discard drops what is unread and whatever still comes, because nobody will read it.
func (c *bufferedChannel) discard() {
	c.update(func() { c.unread, c.discarding = bytes.Buffer{}, true })
}

// update makes a change and wakes those who wait for one.
func (c *bufferedChannel) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	c.changed.Broadcast()
}
