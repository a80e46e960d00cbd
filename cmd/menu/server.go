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

	// After the user has left, the server's last answers are printed until it closes the
	// connection, too. Some servers keep a silent connection for a minute, and a busy room is
	// never silent, so the wait ends when nothing arrives for quietTimeout, and after
	// closeTimeout in any case.
	quietTimeout = time.Second
	closeTimeout = 5 * time.Second

	// After a command with an answer, the program waits for the answer, and then for a pause, so
	// that the answer can be read before the next question. A busy room has no pauses.
	answerTimeout = time.Second
	answerPause   = 50 * time.Millisecond

	// commandGap is the least time between two commands. A server that takes one read for one
	// message would take two lines of a pipe for one. Nobody types fast enough to notice.
	commandGap = 20 * time.Millisecond
)

// A conn is what a server needs of a *net.TCPConn.
type conn interface {
	io.ReadWriteCloser
	CloseWrite() error
	SetWriteDeadline(t time.Time) error
}

// A server is the connection to the chat server. One goroutine runs receive; send, sendAndWait
// and close belong to one other goroutine.
type server struct {
	conn     conn
	lastSent time.Time        // when the last command was sent
	received chan struct{}    // holds an item if something has arrived since the last receive
	closed   chan struct{}    // closed once nothing more will arrive and everything is printed
	closeErr *disconnectError // the reason; to be read only once closed is closed
}

// dial connects to the server at address. The caller must run receive, and call close in the end.
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

// receive prints what the server sends until the connection ends.
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

// send sends one command, given without its newline, in one write. The error is a
// *disconnectError.
func (s *server) send(command string) error {
	time.Sleep(time.Until(s.lastSent.Add(commandGap)))
	s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // if this fails, the write fails as well
	_, err := s.conn.Write([]byte(command + "\n"))
	s.lastSent = time.Now()
	if err != nil {
		return &disconnectError{err}
	}
	return nil
}

// sendAndWait sends a command that the server answers, and waits for a bounded time until the
// answer is printed. The error is a *disconnectError.
func (s *server) sendAndWait(command string) error {
	select {
	case <-s.received: // something from before the command
	default:
	}
	if err := s.send(command); err != nil {
		return err
	}
	enough := time.After(answerTimeout)
	for pause := enough; ; pause = time.After(answerPause) {
		select {
		case <-s.received:
		case <-s.closed: // the next read reports it
			return nil
		case <-pause:
			return nil
		case <-enough:
			return nil
		}
	}
}

// close tells the server that no more commands follow, lets its last answers be printed for a
// bounded time, and closes the connection. When it returns, receive has ended.
func (s *server) close() {
	s.conn.CloseWrite() // fails if the server has already closed
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

// A disconnectError says that the connection ended before the user left.
type disconnectError struct {
	cause error
}

func (e *disconnectError) Error() string { return "connection lost: " + e.cause.Error() }
func (e *disconnectError) Unwrap() error { return e.cause }

// message returns what the user is told.
func (e *disconnectError) message(printer *message.Printer) string {
	for _, closed := range []error{io.EOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(e, closed) {
			return printer.Sprintf(serverClosed)
		}
	}
	return printer.Sprintf(connectionLost, cause(e))
}

// cause returns the part of a network error that helps a user, such as "connection refused",
// without the names of system calls and a second address.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return err
}
