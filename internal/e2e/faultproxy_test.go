package e2e

import (
	"net"
	"sync"
	"testing"
	"time"
)

// A faultProxy forwards connections to a server, and can be cut: then nothing passes in either
// direction, and neither side notices. Data in transit arrives late or, once either side has given
// up, not at all. It can also be slow.
type faultProxy struct {
	listener net.Listener
	to       string

	mu       sync.Mutex
	open     map[net.Conn]bool
	restored *sync.Cond // uses mu
	cut      bool
	closed   bool
	delay    time.Duration // delay of everything that passes
}

func newFaultProxy(t *testing.T, to string) *faultProxy {
	t.Helper()
	l, err := net.Listen("tcp", sshHost+":0")
	if err != nil {
		t.Fatal(err)
	}
	c := &faultProxy{listener: l, to: to, open: map[net.Conn]bool{}}
	c.restored = sync.NewCond(&c.mu)
	t.Cleanup(c.close)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.forward(conn)
		}
	}()
	return c
}

func (p *faultProxy) addr() string { return p.listener.Addr().String() }
func (p *faultProxy) url() string  { return "nats://" + p.addr() }

// setCut cuts the connection, or restores it.
func (p *faultProxy) setCut(out bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = out
	p.restored.Broadcast()
}

// setDelay delays everything that passes.
func (p *faultProxy) setDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

func (p *faultProxy) close() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.restored.Broadcast()
	for conn := range p.open {
		conn.Close()
	}
}

// waitOpen waits while the proxy is cut, and for its delay. It reports false if the proxy is
// closed.
func (p *faultProxy) waitOpen() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slow := p.delay; slow > 0 {
		p.mu.Unlock()
		time.Sleep(slow)
		p.mu.Lock()
	}
	for p.cut && !p.closed {
		p.restored.Wait()
	}
	return !p.closed
}

// forward forwards one connection.
func (p *faultProxy) forward(near net.Conn) {
	defer near.Close()
	if !p.waitOpen() {
		return
	}
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer far.Close()
	p.mu.Lock()
	p.open[near] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.open, near)
	}()
	back := make(chan struct{})
	go func() {
		defer close(back)
		p.copyOneWay(near, far)
	}()
	p.copyOneWay(far, near)
	<-back
}

// copyOneWay forwards the data of one side while the proxy is not cut, until either side has ended.
func (p *faultProxy) copyOneWay(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if !p.waitOpen() {
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
