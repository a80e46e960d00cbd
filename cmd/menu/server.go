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
	// quietTime with nothing received, and after leaveTime in any case.
	quietTime = time.Second
	leaveTime = 5 * time.Second

	// How long a command that is answered waits for that, and then for silence, so that
	// the answer is read before the next question. A busy room has none.
	answerTime = time.Second
	pauseTime  = 50 * time.Millisecond

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
	conn  conn
	wrote time.Time     // when the last command was sent
	heard chan struct{} // holds an item if something has come since it was last taken
	gone  chan struct{} // closed once nothing more will come and all is printed
	lost  *lostError    // why; to be read only once gone is closed
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
	return &server{conn: c, heard: make(chan struct{}, 1), gone: make(chan struct{})}
}

// hear prints what the server sends, as it comes, until the connection ends.
func (s *server) hear(w io.Writer) {
	defer close(s.gone)
	var text printable
	buf := make([]byte, 32<<10)
	for {
		n, err := s.conn.Read(buf)
		if n > 0 {
			w.Write(text.clean(buf[:n]))
			select {
			case s.heard <- struct{}{}:
			default:
			}
		}
		if err != nil {
			w.Write(text.flush())
			s.lost = &lostError{err}
			return
		}
	}
}

// send sends one command, given without its newline, in one write. The error
// is a *lostError.
func (s *server) send(command string) error {
	time.Sleep(time.Until(s.wrote.Add(commandGap)))
	s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // if this fails, so does the write
	_, err := s.conn.Write([]byte(command + "\n"))
	s.wrote = time.Now()
	if err != nil {
		return &lostError{err}
	}
	return nil
}

// ask sends a command that the server answers, and waits for what it sends next to be
// printed, for a bounded time. The error is a *lostError.
func (s *server) ask(command string) error {
	select {
	case <-s.heard: // before we asked
	default:
	}
	if err := s.send(command); err != nil {
		return err
	}
	enough := time.After(answerTime)
	for pause := enough; ; pause = time.After(pauseTime) {
		select {
		case <-s.heard:
		case <-s.gone: // as the next read tells
			return nil
		case <-pause:
			return nil
		case <-enough:
			return nil
		}
	}
}

// leave tells the server that no more will be sent, lets its last answers be
// printed for a bounded time, and closes the connection. When it returns, hear
// has ended.
func (s *server) leave() {
	s.conn.CloseWrite() // fails where the server has gone, and then there is nothing to tell
	enough := time.After(leaveTime)
	for waiting := true; waiting; {
		select {
		case <-s.heard:
		case <-s.gone:
			waiting = false
		case <-time.After(quietTime):
			waiting = false
		case <-enough:
			waiting = false
		}
	}
	s.conn.Close()
	<-s.gone
}

// A lostError says that the conversation ended without our leaving it.
type lostError struct {
	cause error
}

func (e *lostError) Error() string { return "connection lost: " + e.cause.Error() }
func (e *lostError) Unwrap() error { return e.cause }

// sentence says it to the user.
func (e *lostError) sentence(printer *message.Printer) string {
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
