package connlimit

import (
	"io"
	"net"
	"sync"
	"time"

	"teahouse/internal/transport"

	"teahouse/internal/reply"
)

const (
	// maxRefusals is how many are told at a time why they may not come in.
	// Those beyond are not told.
	maxRefusals = 64

	// noticesPerSecond is how many of an address are told in the long run: it costs as much again as to
	// have one go, and programs that come five thousand times a second do not read it.
	noticesPerSecond = 10

	// refusalTimeout is how long a client may take to read the sentence, and then
	// again to close the connection.
	refusalTimeout = time.Second

	// maxRefusalInput is how many bytes a client may send meanwhile. What clients say before they
	// are answered is much less; who pours is cut off, for it is no work that is paid for.
	maxRefusalInput = 16 << 10
)

// refuser are those of one listener who are being told that they may not come
// in.
type refuser struct {
	write func(io.Writer, *reply.Refusal)

	mu      sync.Mutex
	closed  bool
	conns   map[net.Conn]bool
	running sync.WaitGroup
}

// start tells a client why it may not come in, unless that is nil, and closes the connection.
// It does not wait for that.
func (r *refuser) start(conn net.Conn, why *reply.Refusal) {
	if why == nil || !r.add(conn) {
		_ = transport.WrappedConn{Conn: conn}.SetLinger(0) // nothing of it need be kept
		_ = conn.Close()
		return
	}
	go func() {
		defer r.remove(conn)
		r.refuse(conn, why)
	}()
}

// refuse says why, and goes on reading: what a client has sent and nobody has
// read makes the kernel reset the connection when it is closed, and then the
// sentence is lost.
func (r *refuser) refuse(conn net.Conn, why *reply.Refusal) {
	_ = conn.SetWriteDeadline(time.Now().Add(refusalTimeout))
	r.write(conn, why)
	_ = transport.WrappedConn{Conn: conn}.CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(refusalTimeout))
	_, _ = io.CopyN(io.Discard, conn, maxRefusalInput)
	_ = conn.Close()
}

// add counts a refusal. It reports false when there may be no more.
func (r *refuser) add(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.conns) >= maxRefusals {
		return false
	}
	r.conns[conn] = true
	r.running.Add(1)
	return true
}

func (r *refuser) remove(conn net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, conn)
	r.running.Done()
}

// close cuts off those that are left, and waits until their goroutines have
// ended.
func (r *refuser) close() {
	r.mu.Lock()
	r.closed = true
	left := make([]net.Conn, 0, len(r.conns))
	for conn := range r.conns {
		left = append(left, conn)
	}
	r.mu.Unlock()
	for _, conn := range left {
		_ = conn.Close()
	}
	r.running.Wait()
}
