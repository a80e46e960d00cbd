package tcpd

import (
	"errors"
	"io"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/door"
	"teahouse/room"
)

// A client is one connection.
type client struct {
	server *Server
	conn   net.Conn
	writer writer
	voice  atomic.Pointer[voice] // how it reads; its charset is the reader's to find out

	mu      sync.Mutex
	user    *room.User // nil until it has entered
	stopped bool

	// The rest is the reader's.
	text  decoder
	named bool // a Reads client has told its name
}

func newClient(s *Server, conn net.Conn) *client {
	c := &client{server: s, conn: conn, text: decoder{charset: s.Charset}}
	c.voice.Store(s.voices[s.Charset])
	c.writer.conn = newPromptWriter(conn)
	c.writer.finished = make(chan struct{})
	c.writer.state.Store(catchingUp) // until it has a user
	return c
}

// serve is the client's reader; it returns when the session is over.
func (c *client) serve() {
	s := c.server
	defer c.conn.Close()
	defer func() { c.failed(recover()) }()

	address := c.conn.RemoteAddr().String()
	u, err := c.enter(address)
	if err != nil {
		c.refuse(err)
		return
	}
	door.Admit(c.conn)
	s.Log.Info("connected", "door", s.Dialect.Name, "user", u.Who().Name, "addr", address)
	defer func() {
		s.Log.Info("disconnected", "door", s.Dialect.Name, "user", u.Who().Name, "addr", address,
			"reason", string(u.Reason()), "after", time.Since(u.Since).Round(time.Millisecond))
	}()

	defer func() { <-c.writer.finished }()
	c.writer.state.Store(resting)
	c.wake()
	defer func() { c.failed(recover()) }()
	u.Leave(c.read(u))
}

// enter makes a user of the client. Errors are those of [room.House.Enter].
func (c *client) enter(address string) (*room.User, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil, room.ErrClosed
	}
	d := c.server.Dialect
	u, err := c.server.House.Enter(room.Visitor{
		Unnamed: true,
		Address: address,
		Remote:  door.Remote(c.conn),
		Door:    d.Name,
		Idle:    d.Idle,
		Deaf:    d.Told == "",
		Patient: true, // TCP holds its sender back
		Wake:    c.wake,
	})
	c.user = u
	return u, err
}

// refuse tells a client why it may not come in: the server is stopping, or a
// [room.Refusal].
func (c *client) refuse(err error) {
	stopping := c.server.House.Stopping()
	e := &room.Event{Kind: room.Farewell, Phrase: stopping.Phrase, Args: stopping.Args}
	var refusal *room.Refusal
	if errors.As(err, &refusal) {
		c.server.Log.Info("refused", "door", c.server.Dialect.Name, "addr", c.conn.RemoteAddr(), "why", refusal)
		e = refusal.Event()
	}
	_ = c.flush(c.voice.Load().show(nil, e, 0))
}

// Stop makes the client leave because the server is stopping. It is part of
// [door.Member].
func (c *client) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.user != nil {
		c.user.Leave(room.Stopping)
	}
}

// Close breaks the connection. It is part of [door.Member].
func (c *client) Close() error { return c.conn.Close() }

// failed turns a panic, the value of recover, into the end of this one session:
// its user leaves. It reports whether there was a panic. A writer's connection
// must then be closed; a reader's writer is well, and says goodbye.
func (c *client) failed(p any) bool {
	if p == nil {
		return false
	}
	name := ""
	if c.user != nil { // else it failed while it came in
		name = c.user.Who().Name
	}
	c.server.Log.Error("a session failed; this is a fault in teahouse",
		"user", name, "panic", p, "stack", string(debug.Stack()))
	if c.user != nil {
		c.user.Leave(room.Failed)
	}
	return true
}

// A framer cuts a client's bytes into messages, as [door.Lines] does.
type framer interface {
	Next() (string, error)
}

// read acts on the client's messages until its input ends, and returns why it
// did.
func (c *client) read(u *room.User) room.Reason {
	messages := c.framer(u)
	for {
		msg, err := messages.Next()
		switch {
		case err == nil:
			c.hear(u, msg)
		case errors.Is(err, door.ErrTooLong):
			u.Answer(room.TooLong().Event())
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

// framer returns what cuts the client's bytes into messages.
func (c *client) framer(u *room.User) framer {
	in := door.Touching(c.conn, u)
	if c.server.Dialect.Framing == Reads {
		return &reads{r: &opening{r: in}, text: &c.text}
	}
	readUrgent(c.conn)
	mark := func() { u.Answer(&room.Event{Kind: room.Noticed, Phrase: notMarking}) }
	return door.NewLines(&opening{r: &telnet{r: in, mark: mark}})
}

// hear acts on a message.
func (c *client) hear(u *room.User, raw string) {
	msg, err := c.text.decode(raw)
	var refusal *room.Refusal
	switch {
	case errors.As(err, &refusal):
		u.Answer(refusal.Event())
		return
	case c.text.charset == GBK:
		c.voice.Store(c.server.voices[GBK])
	}
	if c.server.Dialect.Framing == Reads {
		c.hearNamed(u, msg)
		return
	}
	u.Line(msg, c.server.Dialect.Forms)
}

// hearNamed says a message of the form NAME : TEXT. The first NAME becomes the
// user's where it is free. A message in which the user goes by another name is
// said as it stands. Refusals have no phrase here and are not sent.
func (c *client) hearNamed(u *room.User, msg string) {
	text := strings.TrimRight(msg, "\r\n")
	if name, rest, ok := strings.Cut(text, " : "); ok {
		if !c.named {
			_, err := u.Rename(name)
			c.named = err == nil
		}
		if name == u.Who().Name {
			text = rest
		}
	}
	_ = u.SayVerbatim(text, msg)
}
