package tcpd

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/internal/transport"
	"teahouse/room"
)

// A client is one connection, with its session once it has entered.
type client struct {
	server *Server
	conn   net.Conn
	writer writer
	format atomic.Pointer[format] // how events are shown to it; the reader may find that it needs another charset

	mu      sync.Mutex
	session *room.Session // nil until the client has entered
	stopped bool

	// Only the reader uses these.
	decoder decoder
	named   bool // the client of a ReadFraming dialect has given its name
}

func newClient(s *Server, conn net.Conn) *client {
	c := &client{server: s, conn: conn, decoder: decoder{charset: s.Charset}}
	c.format.Store(s.formats[s.Charset])
	c.writer.conn = newNonblockingWriter(conn)
	c.writer.finished = make(chan struct{})
	c.writer.state.Store(writerCatchingUp) // until it has a session
	return c
}

// serve is the client's reader. It returns when the session has ended.
func (c *client) serve() {
	s := c.server
	defer c.conn.Close()
	defer func() { c.handlePanic(recover()) }()

	address := c.conn.RemoteAddr().String()
	u, err := c.startSession(address)
	if err != nil {
		c.refuse(err)
		return
	}
	transport.SessionStarted(c.conn)
	s.Log.Info("connected", "door", s.Dialect.Name, "user", u.UserInfo().Name, "addr", address)
	defer func() {
		s.Log.Info("disconnected", "door", s.Dialect.Name, "user", u.UserInfo().Name, "addr", address,
			"reason", string(u.Reason()), "after", time.Since(u.Since).Round(time.Millisecond))
	}()

	defer func() { <-c.writer.finished }()
	c.writer.state.Store(writerIdle)
	c.Wake()
	defer func() { c.handlePanic(recover()) }()
	u.Leave(c.readLoop(u))
}

// startSession enters the hub. Errors are those of [room.Hub.Enter].
func (c *client) startSession(address string) (*command.Runner, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil, room.ErrClosed
	}
	d := c.server.Dialect
	// Hub.Close ends what it waits for; nobody looks meanwhile whether the client is still there.
	entered, err := c.server.Hub.Enter(context.Background(), room.ClientInfo{
		Unnamed:           true,
		Address:           address,
		Remote:            transport.RemoteIP(c.conn),
		Door:              d.Name,
		Idle:              d.IdleTimeout,
		NoPrivateMessages: d.Told == "",
		Scripted:          true, // TCP flow control slows it down
		Waker:             c,
	})
	if err != nil {
		return nil, err
	}
	c.session = entered
	return command.NewRunner(entered), nil
}

// refuse tells a client why it cannot enter: the server is stopping, or a [reply.Refusal].
func (c *client) refuse(err error) {
	var refusal *reply.Refusal
	if errors.As(err, &refusal) {
		c.server.Log.Info("refused", "door", c.server.Dialect.Name, "addr", c.conn.RemoteAddr(), "why", refusal)
	} else {
		refusal = c.server.Hub.StopRefusal()
	}
	_ = c.writeWithDeadline(c.format.Load().formatReply(room.NewRefused(refusal), 0))
}

// Stop implements [transport.Client]: the client leaves because the server is stopping.
func (c *client) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.session != nil {
		c.session.Leave(room.Stopping)
	}
}

// Close implements [transport.Client].
func (c *client) Close() error { return c.conn.Close() }

// handlePanic turns a panic, the value of recover, into the end of this one session. It reports
// whether there was a panic. After a panic in the writer the caller must close the connection;
// after one in the reader, the writer still says goodbye.
func (c *client) handlePanic(p any) bool {
	if p == nil {
		return false
	}
	name := ""
	if c.session != nil { // otherwise it panicked while entering
		name = c.session.UserInfo().Name
	}
	c.server.Log.Error("a session failed; this is a bug in teahouse",
		"user", name, "panic", p, "stack", string(debug.Stack()))
	if c.session != nil {
		c.session.Leave(room.Failed)
	}
	return true
}

// A framer splits a client's input into messages, as [transport.LineReader] does.
type framer interface {
	Next() (string, error)
}

// readLoop handles the client's messages until its input ends, and returns the reason for that.
func (c *client) readLoop(u *command.Runner) room.Reason {
	messages := c.newFramer(u)
	for {
		msg, err := messages.Next()
		switch {
		case err == nil:
			c.handleMessage(u, msg)
		case errors.Is(err, transport.ErrTooLong):
			u.Answer(room.NewRefused(text.RefuseTooLong()))
		case err == io.EOF:
			return room.Quit
		case err == errOtherProtocol:
			c.server.Log.Info("not a chat client", "door", c.server.Dialect.Name, "addr", c.conn.RemoteAddr())
			return room.HungUp
		default:
			return room.HungUp
		}
	}
}

// newFramer returns the framer for the server's dialect.
func (c *client) newFramer(u *command.Runner) framer {
	in := transport.NewActivityReader(c.conn, u.Session)
	if c.server.Dialect.Framing == ReadFraming {
		return &readFramer{r: &sniffer{r: in}, decoder: &c.decoder}
	}
	setOOBInline(c.conn)
	mark := func() { u.Answer(room.NewNotice(wontTimingMark)) }
	return transport.NewLineReader(&sniffer{r: &telnetReader{r: in, onTimingMark: mark}})
}

// handleMessage handles one message.
func (c *client) handleMessage(u *command.Runner, raw string) {
	msg, err := c.decoder.decode(raw)
	var refusal *reply.Refusal
	switch {
	case errors.As(err, &refusal):
		u.Answer(room.NewRefused(refusal))
		return
	case c.decoder.charset == GBK:
		c.format.Store(c.server.formats[GBK])
	}
	if c.server.Dialect.Framing == ReadFraming {
		c.handleNamedMessage(u, msg)
		return
	}
	u.HandleLine(msg, c.server.Dialect.CommandSyntax)
}

// handleNamedMessage says a message of the form NAME : TEXT. The first NAME becomes the user's
// name if it is free. A message that begins with any other name is said unchanged. Such dialects
// have no phrase for refusals, so none are sent.
func (c *client) handleNamedMessage(u *command.Runner, msg string) {
	text := strings.TrimRight(msg, "\r\n")
	if name, rest, ok := strings.Cut(text, " : "); ok {
		if !c.named {
			_, err := u.Rename(name)
			c.named = err == nil
		}
		if name == u.UserInfo().Name {
			text = rest
		}
	}
	_ = u.SayVerbatim(text, msg)
}
