package connlimit

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"teahouse/internal/reply"
)

// How long Accept waits after a failure, at first and at most.
const (
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// Listener returns a listener that accepts from l those who may come in, as
// [*Conn]. Those who may not are handed to refuse, which writes why in the
// door's protocol. It is called on a goroutine of its own, with a deadline for
// what it writes; it must not wait for anything else. Operators tells whether the door
// knows operators: then who finds the house full is let in until it is known whether it
// is one, which the door asks by [transport.CheckReserved].
//
// Accept fails only once l is closed, with [net.ErrClosed]: any other failure is
// logged and passes, as a rule when somebody leaves and a file descriptor is
// free again. Close also cuts off those who are being refused, and returns when
// their goroutines have ended. It may be called again.
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

// accept returns the next connection, whoever it is. Failures are waited out,
// so that they do not spin, and logged once for as long as they last.
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
