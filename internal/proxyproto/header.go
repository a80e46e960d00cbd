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

	// headerBufferSize holds the header and the client's first bytes in one read. A longer header
	// takes more reads, up to the library's own limit.
	headerBufferSize = 512
)

var (
	// errNothingSent means that the connection was closed before it sent anything, as the
	// simplest health checks do.
	errNothingSent = errors.New("closed before anything was sent")

	errHeaderTimeout = errors.New("no complete header arrived in time")
	errNoClient      = errors.New("the header names no TCP client")
	errDisplaced     = errors.New("too many connections were waiting for their header")
)

// A conn is a connection that came through a balancer.
type conn struct {
	transport.WrappedConn
	client   net.Addr      // nil for the balancer's own connections
	buffered *bufio.Reader // holds what arrived with the header; nil once that is read
}

// readHeader reads the header of c.
func readHeader(c net.Conn) (*conn, error) {
	deadline := time.Now().Add(headerTimeout)
	_ = c.SetReadDeadline(deadline) // if this fails, reading fails too
	early := bufio.NewReaderSize(c, headerBufferSize)
	if _, err := early.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, errHeaderTimeout
	} else if err != nil {
		return nil, errNothingSent
	}
	header, err := proxyproto.Read(early)
	switch {
	case err != nil && !time.Now().Before(deadline): // the library does not report a timeout as one
		return nil, errHeaderTimeout
	case err != nil:
		return nil, err
	}
	identified := &conn{WrappedConn: transport.WrappedConn{Conn: c}, buffered: early}
	if !header.Command.IsLocal() {
		client, _, ok := header.TCPAddrs()
		if !ok { // limits and bans would have no address to apply to
			return nil, errNoClient
		}
		identified.client = client
	}
	_ = c.SetReadDeadline(time.Time{})
	return identified, nil
}

// Read first returns the bytes that arrived with the header. One goroutine may read at a time.
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
