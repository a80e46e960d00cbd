package main

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/text/message"
)

const (
	dialTimeout  = 10 * time.Second
	writeTimeout = 10 * time.Second

	// After we have left, the server's last answers are printed until it
	// closes too. A server need not: some keep a silent connection for a
	// minute, and a busy room never falls silent. So the wait ends after
	// quietTimeout with nothing received, and after closeTimeout in any case.
	quietTimeout = time.Second
	closeTimeout = 5 * time.Second

	// How long a command that is answered waits for that, and then for silence, so that
	// the answer is read before the next question. A busy room has none.
	answerTimeout = time.Second
	answerPause   = 50 * time.Millisecond

	// Between two commands. A server that takes one read for one message
	// would take two lines of a pipe for one; nobody types fast enough to
	// notice the pause.
	commandGap = 20 * time.Millisecond
)

// A conn is what a server needs of a *net.TCPConn.
type conn interface {
	io.ReadWriteCloser
	CloseWrite() error
	SetWriteDeadline(t time.Time) error
}

// A server is the far end of the conversation. One goroutine runs hear; send
// and leave belong to one other.
type server struct {
	conn     conn
	lastSent time.Time        // when the last command was sent
	received chan struct{}    // holds an item if something has come since it was last taken
	closed   chan struct{}    // closed once nothing more will come and all is printed
	closeErr *disconnectError // why; to be read only once gone is closed
}

// dial connects to the server at address. The caller starts hear, and ends
// with leave.
func dial(address string) (*server, error) {
	c, err := net.DialTimeout("tcp", address, dialTimeout)
	if err != nil {
		return nil, err
	}
	return newServer(c.(*net.TCPConn)), nil
}

func newServer(c conn) *server {
	return &server{conn: c, received: make(chan struct{}, 1), closed: make(chan struct{})}
}

// receive prints what the server sends, as it comes, until the connection ends.
func (s *server) receive(w io.Writer) {
	defer close(s.closed)
	var text sanitizer
	buf := make([]byte, 32<<10)
	for {
		n, err := s.conn.Read(buf)
		if n > 0 {
			w.Write(text.clean(buf[:n]))
			select {
			case s.received <- struct{}{}:
			default:
			}
		}
		if err != nil {
			w.Write(text.flush())
			s.closeErr = &disconnectError{err}
			return
		}
	}
}

// send sends one command, given without its newline, in one write. The error
// is a *disconnectError.
func (s *server) send(command string) error {
	time.Sleep(time.Until(s.lastSent.Add(commandGap)))
	s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // if this fails, so does the write
	_, err := s.conn.Write([]byte(command + "\n"))
	s.lastSent = time.Now()
	if err != nil {
		return &disconnectError{err}
	}
	return nil
}

// sendAndWait sends a command that the server answers, and waits for what it sends next to be
// printed, for a bounded time. The error is a *disconnectError.
func (s *server) sendAndWait(command string) error {
	select {
	case <-s.received: // before we asked
	default:
	}
	if err := s.send(command); err != nil {
		return err
	}
	enough := time.After(answerTimeout)
	for pause := enough; ; pause = time.After(answerPause) {
		select {
		case <-s.received:
		case <-s.closed: // as the next read tells
			return nil
		case <-pause:
			return nil
		case <-enough:
			return nil
		}
	}
}

// close tells the server that no more will be sent, lets its last answers be
// printed for a bounded time, and closes the connection. When it returns, hear
// has ended.
func (s *server) close() {
	s.conn.CloseWrite() // fails where the server has gone, and then there is nothing to tell
	enough := time.After(closeTimeout)
	for waiting := true; waiting; {
		select {
		case <-s.received:
		case <-s.closed:
			waiting = false
		case <-time.After(quietTimeout):
			waiting = false
		case <-enough:
			waiting = false
		}
	}
	s.conn.Close()
	<-s.closed
}

// A disconnectError says that the conversation ended without our leaving it.
type disconnectError struct {
	cause error
}

func (e *disconnectError) Error() string { return "connection lost: " + e.cause.Error() }
func (e *disconnectError) Unwrap() error { return e.cause }

// message says it to the user.
func (e *disconnectError) message(printer *message.Printer) string {
	for _, closed := range []error{io.EOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(e, closed) {
			return printer.Sprintf(serverClosed)
		}
	}
	return printer.Sprintf(connectionLost, cause(e))
}

// cause returns the part of a network error that a user can use: connection
// refused, without the names of system calls and the addresses again.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return err
}
