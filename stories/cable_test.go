package stories

import (
	"net"
	"sync"
	"testing"
	"time"
)

// A cable leads to a server, and can be pulled out: then nothing comes through, in
// either direction, and nobody is told. What is under way then comes late, or, once
// either side has given up, not at all. It can be slow, too.
type cable struct {
	listener net.Listener
	to       string

	mu     sync.Mutex
	open   map[net.Conn]bool
	whole  *sync.Cond // of mu
	out    bool
	closed bool
	slow   time.Duration // for how long it holds back what comes
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{listener: l, to: to, open: map[net.Conn]bool{}}
	c.whole = sync.NewCond(&c.mu)
	t.Cleanup(c.close)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(conn)
		}
	}()
	return c
}

func (c *cable) addr() string { return c.listener.Addr().String() }
func (c *cable) url() string  { return "nats://" + c.addr() }

// pull pulls the cable out, or puts it in again.
func (c *cable) pull(out bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = out
	c.whole.Broadcast()
}

// slows has the cable hold back for a while what comes, or for no time.
func (c *cable) slows(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slow = d
}

func (c *cable) close() {
	c.listener.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.whole.Broadcast()
	for conn := range c.open {
		conn.Close()
	}
}

// waits waits until the cable is in, and for as long as it is slow. It reports false where
// it is gone for good.
func (c *cable) waits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slow := c.slow; slow > 0 {
		c.mu.Unlock()
		time.Sleep(slow)
		c.mu.Lock()
	}
	for c.out && !c.closed {
		c.whole.Wait()
	}
	return !c.closed
}

// carry carries one connection.
func (c *cable) carry(near net.Conn) {
	defer near.Close()
	if !c.waits() {
		return
	}
	far, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer far.Close()
	c.mu.Lock()
	c.open[near] = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.open, near)
	}()
	back := make(chan struct{})
	go func() {
		defer close(back)
		c.pass(near, far)
	}()
	c.pass(far, near)
	<-back
}

// pass passes on what one side says, while the cable is in, until either is gone.
func (c *cable) pass(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if !c.waits() {
			return
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
