//go:build !unix

package baseline

import (
	"errors"
	"net"
)

// SharedWriter returns an error: it is only available on Unix.
func SharedWriter(l net.Listener, _ Options) error {
	l.Close()
	return errors.New("the sweeper knows how to write without blocking on Unix only; take the other TCP floor")
}
