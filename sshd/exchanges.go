package sshd

import (
	"errors"
	"io"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

const (
	// maxExchanges is how many key exchanges a connection may have at once, the first
	// among them, and exchangePause how long it is until it may have another.
	maxExchanges  = 4
	exchangePause = 20 * time.Second

	// worthExchange is how many bytes justify an exchange in any case. Clients that
	// change keys by themselves do so after an hour, or a gigabyte; with RekeyLimit
	// people may ask for less.
	worthExchange = 1 << 20
)

// exchanges counts the key exchanges of a connection: a client can ask for one after the
// other, and each costs the server far more than it costs the client. One goroutine uses
// it at a time.
type exchanges struct {
	pace  *rate.Limiter
	moved int64 // bytes that had passed at the latest one
	begun bool  // there was one
}

func newExchanges() exchanges {
	return exchanges{pace: rate.NewLimiter(rate.Every(exchangePause), maxExchanges)}
}

// another reports whether there may be one more exchange, when so many bytes have passed.
func (e *exchanges) another(moved int64) bool {
	worth := moved-e.moved >= worthExchange
	e.moved = moved
	return worth || e.pace.Allow()
}

// errExchanges ends a connection that changes keys all the time.
var errExchanges = errors.New("sshd: too many key exchanges")

// A hostKey is the server's key as one connection has it. It signs each key exchange once,
// which is how a connection knows of them.
type hostKey struct {
	gossh.Signer
	conn *guardedConn
}

// Sign is that of [gossh.Signer]. The error, which ends the connection, is errExchanges.
func (k hostKey) Sign(rand io.Reader, data []byte) (*gossh.Signature, error) {
	c := k.conn
	if !c.exchanges.another(c.moved.Load()) {
		c.server.Log.Info("disconnected", "door", "ssh", "addr", c.RemoteAddr(), "reason", "too many key exchanges",
			"after", time.Since(c.began).Round(time.Millisecond))
		return nil, errExchanges
	}
	if !c.exchanges.begun {
		c.exchanges.begun = true
		c.exchanged()
	}
	return k.Signer.Sign(rand, data)
}
