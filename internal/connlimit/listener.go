package connlimit

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"teahouse/internal/reply"
)

// The time that Accept waits after a failure, at first and at most.
const (
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// Listener returns a listener whose Accept returns the connections of l that the Limiter admits,
// as [*Conn]. For the others it calls refuse, which writes the refusal in the listener's
// protocol. Refuse is called on a goroutine of its own, with a write deadline set, and must not
// block on anything else. Operators tells whether the protocol knows operators: if so, a client
// that finds the server full is admitted until the caller knows whether it is one, and calls
// [transport.CheckReserved].
//
// Accept fails only when l is closed, with [net.ErrClosed]. Any other failure, most often a lack
// of file descriptors, is logged and retried. Close also closes the connections that are being
// refused, and waits for their goroutines; it may be called more than once.
func (lim *Limiter) Listener(l net.Listener, operators bool, refuse func(w io.Writer, r *reply.Refusal)) net.Listener {
	return &listener{
		Listener:  l,
		limiter:   lim,
		operators: operators,
		closed:    make(chan struct{}),
		refuser:   refuser{write: refuse, conns: map[net.Conn]bool{}},
	}
}

type listener struct {
	net.Listener
	limiter   *Limiter
	operators bool
	closeOnce sync.Once
	closed    chan struct{}
	refuser   refuser
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.accept()
		if err != nil {
			return nil, err
		}
		c, refusal := l.limiter.acquire(conn, l.operators)
		if c != nil {
			return c, nil
		}
		l.refuser.start(conn, refusal)
	}
}

// accept returns the next connection of the listener underneath. It pauses after a failure, and
// logs a row of failures once.
func (l *listener) accept() (net.Conn, error) {
	wait := minBackoff
	for {
		conn, err := l.Listener.Accept()
		if err == nil || errors.Is(err, net.ErrClosed) {
			return conn, err
		}
		if wait == minBackoff && l.limiter.Log != nil {
			l.limiter.Log.Error("cannot accept a connection", "addr", l.Addr(), "err", err, "retry", wait)
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, maxBackoff)
		case <-l.closed:
			return nil, net.ErrClosed
		}
	}
}

func (l *listener) Close() error {
	err := l.Listener.Close()
	l.closeOnce.Do(func() { close(l.closed) })
	l.refuser.close()
	return err
}
