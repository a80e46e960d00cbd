package proxyproto

import (
	"bufio"
	"errors"
	"net"
	"os"
	"time"

	"github.com/pires/go-proxyproto"

	"teahouse/internal/transport"
)

const (
	// headerTimeout is how long a balancer may take to send the header.
	headerTimeout = 3 * time.Second

	// headerBufferSize is enough for the header and the client's first words in one
	// read. A longer header takes more reads, up to the library's own limit.
	headerBufferSize = 512
)

var (
	// errNothingSent means that a connection was given up before it sent anything, as
	// the plainest of health checks do.
	errNothingSent = errors.New("it was closed before it sent anything")

	errHeaderTimeout = errors.New("it sent no whole header in time")
	errNoClient      = errors.New("the header has no address of a TCP client")
	errDisplaced     = errors.New("there were too many without a header")
)

// A conn is a connection that a balancer brought.
type conn struct {
	transport.WrappedConn
	client   net.Addr      // nil where it is the balancer's own
	buffered *bufio.Reader // what came with the header; nil once it is read
}

// readHeader reads the header of a connection.
func readHeader(c net.Conn) (*conn, error) {
	deadline := time.Now().Add(headerTimeout)
	_ = c.SetReadDeadline(deadline) // where that fails, reading does
	early := bufio.NewReaderSize(c, headerBufferSize)
	if _, err := early.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, errHeaderTimeout
	} else if err != nil {
		return nil, errNothingSent
	}
	header, err := proxyproto.Read(early)
	switch {
	case err != nil && !time.Now().Before(deadline): // the library does not say so
		return nil, errHeaderTimeout
	case err != nil:
		return nil, err
	}
	identified := &conn{WrappedConn: transport.WrappedConn{Conn: c}, buffered: early}
	if !header.Command.IsLocal() {
		client, _, ok := header.TCPAddrs()
		if !ok { // limits and bans would have nothing to hold it to
			return nil, errNoClient
		}
		identified.client = client
	}
	_ = c.SetReadDeadline(time.Time{})
	return identified, nil
}

// Read reads what came with the header first. One goroutine may read at a time.
func (c *conn) Read(p []byte) (int, error) {
	if c.buffered != nil {
		if c.buffered.Buffered() > 0 {
			return c.buffered.Read(p)
		}
		c.buffered = nil
	}
	return c.WrappedConn.Read(p)
}

// RemoteAddr returns the address of the client.
func (c *conn) RemoteAddr() net.Addr {
	if c.client != nil {
		return c.client
	}
	return c.WrappedConn.RemoteAddr()
}
