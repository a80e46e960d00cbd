package proxy

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

	"teahouse/door"
)

const (
	// maxUnknown is how many connections may be without a header at a time.
	maxUnknown = 64

	// warnPause is the time between two warnings of connections without a header.
	warnPause = time.Minute
)

// A listener accepts connections, and tells of those from a balancer whose they
// are.
type listener struct {
	net.Listener
	networks []netip.Prefix
	dropped  *Dropped
	log      *log.Logger

	arrivals  chan arrival
	closed    chan struct{}
	accepting sync.WaitGroup
	reading   errgroup.Group // those who read headers, and those who hand over what they read

	mu      sync.Mutex
	unknown list.List // of net.Conn: those whose header is not read yet, the oldest first

	bad     atomic.Int64 // connections that had no right header, since the last warning
	warning rate.Sometimes
}

// An arrival is what Accept returns.
type arrival struct {
	conn net.Conn
	err  error
}

// Listen returns a listener that accepts from l. Connections that come from one of
// the networks must begin with a PROXY protocol header, and have the address that
// is in it; those whose header is missing or wrong are closed, counted and logged. It
// accepts at once, and hands over when somebody calls Accept. It must be closed,
// which closes l and ends its goroutines.
func Listen(l net.Listener, networks []netip.Prefix, dropped *Dropped, logger *log.Logger) net.Listener {
	p := &listener{
		Listener: l,
		networks: networks,
		dropped:  dropped,
		log:      logger,
		arrivals: make(chan arrival),
		closed:   make(chan struct{}),
		warning:  rate.Sometimes{Interval: warnPause},
	}
	p.reading.SetLimit(maxUnknown)
	p.accepting.Go(p.run)
	return p
}

// Accept returns the next connection of which it is known whose it is. Errors are
// those of the listener underneath.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case a := <-l.arrivals:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close closes the listener underneath and the connections that are without a
// header. It may be called again.
func (l *listener) Close() error {
	err := l.Listener.Close()
	l.shut()
	l.accepting.Wait()
	_ = l.reading.Wait()
	return err
}

// run accepts until the listener underneath is closed.
func (l *listener) run() {
	for {
		c, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			l.shut()
			return
		case err != nil || !l.isBalancer(c):
			l.hand(arrival{c, err})
		default:
			l.begin(c)
		}
	}
}

func (l *listener) isBalancer(c net.Conn) bool {
	addr := door.Remote(c)
	return slices.ContainsFunc(l.networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// hand has Accept return a. It waits for somebody to call that.
func (l *listener) hand(a arrival) {
	select {
	case l.arrivals <- a:
	case <-l.closed:
		if a.conn != nil {
			_ = a.conn.Close()
		}
	}
}

// begin has the header of a connection read. It does not wait for that: only where
// the door accepts nothing does it wait until it does.
func (l *listener) begin(c net.Conn) {
	place, displaced := l.add(c)
	if displaced != nil {
		l.drop(displaced, errDisplaced)
	}
	l.reading.Go(func() error {
		known, err := identify(c)
		switch {
		case !l.remove(place): // it was displaced, or the listener is closed
			_ = c.Close()
		case err != nil:
			l.drop(c, err)
		default:
			l.hand(arrival{conn: known})
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
	if l.unknown.Len() >= maxUnknown {
		displaced = l.unknown.Remove(l.unknown.Front()).(net.Conn)
	}
	return l.unknown.PushBack(c), displaced
}

// remove takes a connection off those without a header. It reports whether it was
// among them still.
func (l *listener) remove(place *list.Element) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.unknown.Len()
	l.unknown.Remove(place)
	return l.unknown.Len() < before
}

// drop closes a connection that cannot be let in.
func (l *listener) drop(c net.Conn, why error) {
	_ = c.Close()
	l.log.Debug("connection from a balancer dropped", "addr", c.RemoteAddr(), "why", why)
	if errors.Is(why, errNothing) {
		return
	}
	l.dropped.count(why)
	l.bad.Add(1)
	warn := false
	l.warning.Do(func() { warn = true })
	if warn {
		l.log.Warn("connections from a balancer had no right PROXY header", "count", l.bad.Swap(0), "latest", c.RemoteAddr(), "why", why)
	}
}

// shut lets nobody in any more.
func (l *listener) shut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed() {
		return
	}
	close(l.closed)
	for e := l.unknown.Front(); e != nil; e = e.Next() {
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
