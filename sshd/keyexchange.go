package sshd

import (
	"errors"
	"io"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

const (
	// maxKeyExchanges is how many key exchanges a connection may have at once, the first
	// among them, and keyExchangeInterval how long it is until it may have another.
	maxKeyExchanges     = 4
	keyExchangeInterval = 20 * time.Second

	// bytesPerKeyExchange is how many bytes justify an exchange in any case. Clients that
	// change keys by themselves do so after an hour, or a gigabyte; with RekeyLimit
	// people may ask for less.
	bytesPerKeyExchange = 1 << 20
)

// keyExchangeLimiter counts the key exchanges of a connection: a client can ask for one after the
// other, and each costs the server far more than it costs the client. One goroutine uses
// it at a time.
type keyExchangeLimiter struct {
	limiter         *rate.Limiter
	lastTransferred int64 // bytes that had passed at the latest one
	started         bool  // there was one
}

func newKeyExchangeLimiter() keyExchangeLimiter {
	return keyExchangeLimiter{limiter: rate.NewLimiter(rate.Every(keyExchangeInterval), maxKeyExchanges)}
}

// allow reports whether there may be one more exchange, when so many bytes have passed.
func (l *keyExchangeLimiter) allow(moved int64) bool {
	worth := moved-l.lastTransferred >= bytesPerKeyExchange
	l.lastTransferred = moved
	return worth || l.limiter.Allow()
}

// errTooManyKeyExchanges ends a connection that changes keys all the time.
var errTooManyKeyExchanges = errors.New("sshd: too many key exchanges")

// A hostKey is the server's key as one connection has it. It signs each key exchange once,
// which is how a connection knows of them.
type hostKey struct {
	gossh.Signer
	conn *guardedConn
}

// Sign is that of [gossh.Signer]. The error, which ends the connection, is errTooManyKeyExchanges.
func (k hostKey) Sign(rand io.Reader, data []byte) (*gossh.Signature, error) {
	c := k.conn
	if !c.keyExchanges.allow(c.transferred.Load()) {
		c.server.Log.Info("disconnected", "door", "ssh", "addr", c.RemoteAddr(), "reason", "too many key exchanges",
			"after", time.Since(c.start).Round(time.Millisecond))
		return nil, errTooManyKeyExchanges
	}
	if !c.keyExchanges.started {
		c.keyExchanges.started = true
		c.onFirstKeyExchange()
	}
	return k.Signer.Sign(rand, data)
}
