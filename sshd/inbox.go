package sshd

import (
	"bytes"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const (
	// maxUnread is how much an inbox keeps; more is left to the library, and so, by the
	// window, to the client. takeSize is how much it takes at once: for each piece the library
	// may tell the client, in a packet, that its window is larger again.
	maxUnread = 16 << 10
	takeSize  = 1 << 10

	// lookPause is the time between two looks for what is sent after the end.
	lookPause = 10 * time.Second
)

// An inbox is what a client sends on a channel. It takes that from the library as soon as it
// comes: the library keeps two megabytes for each channel that nobody reads, and with each
// packet fifty bytes of its own, also where it has one byte. So what nobody wants is thrown
// away, standard error among it; and it is known when a session is behind.
//
// It has two goroutines, which end with the channel.
type inbox struct {
	gossh.Channel
	ahead *ahead

	mu       sync.Mutex
	changed  sync.Cond
	unread   bytes.Buffer
	ended    bool // no more comes
	unwanted bool // nobody is going to read
}

// newInbox returns the inbox of a channel, whose end closes gone. Contain is deferred in
// its goroutines.
func newInbox(channel gossh.Channel, ahead *ahead, gone <-chan struct{}, contain func()) *inbox {
	i := &inbox{Channel: channel, ahead: ahead}
	i.changed.L = &i.mu
	go func() {
		defer contain()
		i.take()
		i.forbid(gone)
	}()
	go func() {
		defer contain()
		buf := make([]byte, takeSize)
		for err := error(nil); err == nil; {
			_, err = channel.Stderr().Read(buf)
		}
	}()
	return i
}

// take takes what comes until the end of the input.
func (i *inbox) take() {
	defer i.set(func() { i.ended = true })
	behind := false
	defer func() {
		if behind {
			i.ahead.level()
		}
	}()
	for buf := make([]byte, takeSize); ; {
		n, err := i.Channel.Read(buf)
		if behind {
			i.ahead.took(n)
			if n < len(buf) { // that was all
				behind = false
				i.ahead.level()
			}
		}
		full := i.add(buf[:n])
		if err != nil {
			return
		}
		if full && !behind {
			behind = true
			i.ahead.behind()
		}
		if full {
			i.waitForRoom()
		}
	}
}

// add keeps what has come. It reports whether there is no room for more.
func (i *inbox) add(p []byte) (full bool) {
	i.set(func() {
		if !i.unwanted {
			_, _ = i.unread.Write(p)
		}
		full = i.isFull()
	})
	return full
}

func (i *inbox) isFull() bool { return i.unread.Len() > maxUnread-takeSize }

func (i *inbox) waitForRoom() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for i.isFull() {
		i.changed.Wait()
	}
}

// forbid closes the channel of a client that goes on sending after the end of its input. It
// ends when the channel is gone.
func (i *inbox) forbid(gone <-chan struct{}) {
	look := time.NewTicker(lookPause)
	defer look.Stop()
	for buf := make([]byte, 1); ; {
		select {
		case <-gone:
			return
		case <-look.C:
			n, _ := i.Channel.Read(buf)
			m, _ := i.Channel.Stderr().Read(buf)
			if n+m > 0 {
				i.ahead.hangUp()
				return
			}
		}
	}
}

// Read is that of [gossh.Channel].
func (i *inbox) Read(p []byte) (n int, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for i.unread.Len() == 0 && !i.ended && !i.unwanted {
		i.changed.Wait()
	}
	wasFull := i.isFull()
	n, err = i.unread.Read(p)
	if i.unread.Len() == 0 {
		i.unread = bytes.Buffer{} // most sessions read nothing most of the time
	}
	if wasFull {
		i.changed.Broadcast()
	}
	return n, err
}

// discard throws away what is unread and what still comes: nobody is going to read it.
func (i *inbox) discard() {
	i.set(func() { i.unread, i.unwanted = bytes.Buffer{}, true })
}

// set changes something and wakes those who wait for that.
func (i *inbox) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
	i.changed.Broadcast()
}
