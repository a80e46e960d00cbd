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
	// maxPending is how many connections may wait for their header at a time.
	maxPending = 64

	// warnInterval is the least time between two warnings about dropped connections.
	warnInterval = time.Minute
)

// A listener accepts connections and replaces the address of those that come from a balancer with
// the client's.
type listener struct {
	net.Listener
	networks []netip.Prefix
	dropped  *DropCounter
	log      *log.Logger

	accepted   chan acceptResult
	closed     chan struct{}
	acceptLoop sync.WaitGroup
	readers    errgroup.Group // read headers and pass the connections to Accept

	mu      sync.Mutex
	pending list.List // of net.Conn: connections whose header is still to be read, oldest first

	invalid atomic.Int64 // connections dropped since the last warning
	warn    rate.Sometimes
}

// An acceptResult is what Accept returns.
type acceptResult struct {
	conn net.Conn
	err  error
}

// NewListener returns a listener that accepts from l. A connection from one of the networks must
// begin with a PROXY protocol header, whose client address becomes its own; if the header is
// missing or malformed, the connection is closed, counted in dropped and logged. The listener
// accepts from l at once, and hands connections over as Accept is called. The caller must close
// it, which also closes l and ends all goroutines.
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

// Accept returns the next connection whose client address is known. Errors are those of the
// listener underneath.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case a := <-l.accepted:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close closes the listener underneath and the connections that wait for a header. It may be
// called more than once.
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

// deliver makes Accept return a. It blocks until Accept is called or the listener is closed.
func (l *listener) deliver(a acceptResult) {
	select {
	case l.accepted <- a:
	case <-l.closed:
		if a.conn != nil {
			_ = a.conn.Close()
		}
	}
}

// startHeader reads the header of c on another goroutine. It blocks only while maxPending
// goroutines are busy, because nobody calls Accept.
func (l *listener) startHeader(c net.Conn) {
	place, displaced := l.add(c)
	if displaced != nil {
		l.drop(displaced, errDisplaced)
	}
	l.readers.Go(func() error {
		known, err := readHeader(c)
		switch {
		case !l.remove(place): // displaced, or the listener is closed
			_ = c.Close()
		case err != nil:
			l.drop(c, err)
		default:
			l.deliver(acceptResult{conn: known})
		}
		return nil
	})
}

// add adds c to the pending connections. If there are too many, it takes out the oldest one and
// returns it as displaced, for the caller to close.
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

// remove takes a connection out of the pending ones, and reports whether it was still there.
func (l *listener) remove(place *list.Element) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.pending.Len()
	l.pending.Remove(place)
	return l.pending.Len() < before
}

// drop closes, logs and counts a connection that cannot be accepted.
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
		l.log.Warn("connections from a balancer had no valid PROXY header", "count", l.invalid.Swap(0), "latest", c.RemoteAddr(), "why", why)
	}
}

// closePending marks the listener closed and closes the pending connections.
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
