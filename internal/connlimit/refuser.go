package connlimit

import (
	"io"
	"net"
	"sync"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/transport"
)

const (
	// maxRefusals is how many clients are being told at a time why they are refused. Further ones
	// are closed without a word.
	maxRefusals = 64

	// noticesPerSecond is how many refusals one address is told in the long run. A notice doubles
	// the cost of a refusal, and a program that connects five thousand times a second does not
	// read it.
	noticesPerSecond = 10

	// refusalTimeout is how long a client may take to read the sentence, and then again to close
	// the connection.
	refusalTimeout = time.Second

	// maxRefusalInput is how many bytes a client may send meanwhile. Clients send much less
	// before they are answered; one that sends more is closed, because nobody is charged for its
	// input.
	maxRefusalInput = 16 << 10
)

// A refuser tells the refused clients of one listener why they are refused.
type refuser struct {
	write func(io.Writer, *reply.Refusal)

	mu      sync.Mutex
	closed  bool
	conns   map[net.Conn]bool
	running sync.WaitGroup
}

// start tells the client why it is refused, unless why is nil, and closes the connection. It does
// not block.
func (r *refuser) start(conn net.Conn, why *reply.Refusal) {
	if why == nil || !r.add(conn) {
		_ = transport.WrappedConn{Conn: conn}.SetLinger(0) // let the kernel discard everything
		_ = conn.Close()
		return
	}
	go func() {
		defer r.remove(conn)
		r.refuse(conn, why)
	}()
}

// refuse writes the refusal and then discards input. If unread input were left at the close, the
// kernel would reset the connection and the client would lose the sentence.
func (r *refuser) refuse(conn net.Conn, why *reply.Refusal) {
	_ = conn.SetWriteDeadline(time.Now().Add(refusalTimeout))
	r.write(conn, why)
	_ = transport.WrappedConn{Conn: conn}.CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(refusalTimeout))
	_, _ = io.CopyN(io.Discard, conn, maxRefusalInput)
	_ = conn.Close()
}

// add registers a refusal. It reports false if there are too many.
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

// close closes the connections that are being refused and waits for their goroutines.
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
