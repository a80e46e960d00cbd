package sshd

import (
	"errors"
	"io"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

const (
	// maxKeyExchanges is how many key exchanges a connection may have at once, including the
	// first, and keyExchangeInterval how long it takes until it may have another.
	maxKeyExchanges     = 4
	keyExchangeInterval = 20 * time.Second

	// bytesPerKeyExchange is how many bytes justify a key exchange in any case. Clients rekey by
	// themselves after an hour or a gigabyte (RFC 4253, 9); users may choose less with
	// RekeyLimit.
	bytesPerKeyExchange = 1 << 20
)

// A rekeyLimiter limits how often a connection may exchange keys: a client can ask for one exchange
// after another, and each costs the server far more than the client. One goroutine uses it at a
// time. See algorithms.go for which key exchanges there are.
type rekeyLimiter struct {
	limiter         *rate.Limiter
	lastTransferred int64 // bytes that had been transferred at the last exchange
	started         bool  // there was an exchange
}

func newRekeyLimiter() rekeyLimiter {
	return rekeyLimiter{limiter: rate.NewLimiter(rate.Every(keyExchangeInterval), maxKeyExchanges)}
}

// allow reports whether there may be another exchange, when so many bytes have been transferred.
func (l *rekeyLimiter) allow(moved int64) bool {
	worth := moved-l.lastTransferred >= bytesPerKeyExchange
	l.lastTransferred = moved
	return worth || l.limiter.Allow()
}

// errTooManyKeyExchanges ends a connection that rekeys too often.
var errTooManyKeyExchanges = errors.New("sshd: too many key exchanges")

// A hostKey is the server's host key for one connection. It signs once in each key exchange,
// which is how the connection learns of them.
type hostKey struct {
	gossh.Signer
	conn *guardedConn
}

// Sign implements [gossh.Signer]. The error, which ends the connection, is
// errTooManyKeyExchanges.
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
