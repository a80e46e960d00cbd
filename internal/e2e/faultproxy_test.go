package e2e

import (
	"net"
	"sync"
	"testing"
	"time"
)

// A faultProxy leads to a server, and can be pulled out: then nothing comes through, in
// either direction, and nobody is told. What is under way then comes late, or, once
// either side has given up, not at all. It can be slow, too.
type faultProxy struct {
	listener net.Listener
	to       string

	mu       sync.Mutex
	open     map[net.Conn]bool
	restored *sync.Cond // of mu
	cut      bool
	closed   bool
	delay    time.Duration // for how long it holds back what comes
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

// setCut pulls the cable out, or puts it in again.
func (p *faultProxy) setCut(out bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = out
	p.restored.Broadcast()
}

// setDelay has the cable hold back for a while what comes, or for no time.
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

// waitOpen waits until the cable is in, and for as long as it is slow. It reports false where
// it is gone for good.
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

// forward carries one connection.
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

// copyOneWay passes on what one side says, while the cable is in, until either is gone.
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
