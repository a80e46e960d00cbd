package proxyproto

import (
	"container/list"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/log"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"teahouse/internal/transport"
)

const (
	// maxPending is how many connections may be without a header at a time.
	maxPending = 64

	// warnInterval is the time between two warnings of connections without a header.
	warnInterval = time.Minute
)

// A listener accepts connections, and tells of those from a balancer whose they
// are.
type listener struct {
	net.Listener
	networks []netip.Prefix
	dropped  *DropCounter
	log      *log.Logger

	accepted   chan acceptResult
	closed     chan struct{}
	acceptLoop sync.WaitGroup
	readers    errgroup.Group // those who read headers, and those who hand over what they read

	mu      sync.Mutex
	pending list.List // of net.Conn: those whose header is not read yet, the oldest first

	invalid atomic.Int64 // connections that had no right header, since the last warning
	warn    rate.Sometimes
}

// An acceptResult is what Accept returns.
type acceptResult struct {
	conn net.Conn
	err  error
}

// NewListener returns a listener that accepts from l. Connections that come from one of
// the networks must begin with a PROXY protocol header, and have the address that
// is in it; those whose header is missing or wrong are closed, counted and logged. It
// accepts at once, and hands over when somebody calls Accept. It must be closed,
// which closes l and ends its goroutines.
func NewListener(l net.Listener, networks []netip.Prefix, dropped *DropCounter, logger *log.Logger) net.Listener {
	p := &listener{
		Listener: l,
		networks: networks,
		dropped:  dropped,
		log:      logger,
		accepted: make(chan acceptResult),
		closed:   make(chan struct{}),
		warn:     rate.Sometimes{Interval: warnInterval},
	}
	p.readers.SetLimit(maxPending)
	p.acceptLoop.Go(p.accept)
	return p
}

// Accept returns the next connection of which it is known whose it is. Errors are
// those of the listener underneath.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case a := <-l.accepted:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close closes the listener underneath and the connections that are without a
// header. It may be called again.
func (l *listener) Close() error {
	err := l.Listener.Close()
	l.closePending()
	l.acceptLoop.Wait()
	_ = l.readers.Wait()
	return err
}

// accept accepts until the listener underneath is closed.
func (l *listener) accept() {
	for {
		c, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			l.closePending()
			return
		case err != nil || !l.isBalancer(c):
			l.deliver(acceptResult{c, err})
		default:
			l.startHeader(c)
		}
	}
}

func (l *listener) isBalancer(c net.Conn) bool {
	addr := transport.RemoteIP(c)
	return slices.ContainsFunc(l.networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// deliver has Accept return a. It waits for somebody to call that.
func (l *listener) deliver(a acceptResult) {
	select {
	case l.accepted <- a:
	case <-l.closed:
		if a.conn != nil {
			_ = a.conn.Close()
		}
	}
}

// startHeader has the header of a connection read. It does not wait for that: only where
// the door accepts nothing does it wait until it does.
func (l *listener) startHeader(c net.Conn) {
	place, displaced := l.add(c)
	if displaced != nil {
		l.drop(displaced, errDisplaced)
	}
	l.readers.Go(func() error {
		known, err := readHeader(c)
		switch {
		case !l.remove(place): // it was displaced, or the listener is closed
			_ = c.Close()
		case err != nil:
			l.drop(c, err)
		default:
			l.deliver(acceptResult{conn: known})
		}
		return nil
	})
}

// add counts a connection without a header. Where there are too many, the oldest
// loses its place, which is then to be closed.
func (l *listener) add(c net.Conn) (place *list.Element, displaced net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed() {
		_ = c.Close() // nobody else would
	}
	if l.pending.Len() >= maxPending {
		displaced = l.pending.Remove(l.pending.Front()).(net.Conn)
	}
	return l.pending.PushBack(c), displaced
}

// remove takes a connection off those without a header. It reports whether it was
// among them still.
func (l *listener) remove(place *list.Element) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.pending.Len()
	l.pending.Remove(place)
	return l.pending.Len() < before
}

// drop closes a connection that cannot be let in.
func (l *listener) drop(c net.Conn, why error) {
	_ = c.Close()
	l.log.Debug("connection from a balancer dropped", "addr", c.RemoteAddr(), "why", why)
	if errors.Is(why, errNothingSent) {
		return
	}
	l.dropped.add(why)
	l.invalid.Add(1)
	warn := false
	l.warn.Do(func() { warn = true })
	if warn {
		l.log.Warn("connections from a balancer had no right PROXY header", "count", l.invalid.Swap(0), "latest", c.RemoteAddr(), "why", why)
	}
}

// closePending lets nobody in any more.
func (l *listener) closePending() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed() {
		return
	}
	close(l.closed)
	for e := l.pending.Front(); e != nil; e = e.Next() {
		_ = e.Value.(net.Conn).Close()
	}
}

func (l *listener) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}
