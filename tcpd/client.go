package tcpd

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/room"
)

const (
	// batchSize is the most events that a writer takes at once.
	batchSize = 256

	// flushSize is how many bytes a writer gathers before it writes, when more
	// wait than fit in one write.
	flushSize = 64 << 10

	// lingerTime is how long a connection stays half open after the last line
	// was written. Closing it at once, with input unread, would reset it and
	// take that line with it.
	lingerTime = time.Second
)

// A client is one connection.
type client struct {
	server *Server
	conn   net.Conn
	user   atomic.Pointer[room.User] // nil until it has entered
	named  bool                      // a Reads client has told its name; the reader's
}

// serve is the client's reader; it returns when the session is over.
func (c *client) serve() {
	s := c.server
	address := c.conn.RemoteAddr().String()
	defer c.conn.Close()

	u, err := s.House.Enter(room.Visitor{Name: address, Address: address, Door: s.Dialect.Name, Idle: s.Dialect.Idle})
	if err != nil { // the house closed while the client was on its way in
		c.refuse()
		return
	}
	c.user.Store(u)
	if s.closing() { // Shutdown came before it could see the user
		u.Leave(room.Stopping)
	}
	s.Log.Info("connected", "door", s.Dialect.Name, "user", u.Who().Name, "addr", address)
	defer func() {
		s.Log.Info("disconnected", "door", s.Dialect.Name, "user", u.Who().Name, "addr", address,
			"reason", string(u.Reason()), "after", time.Since(u.Since).Round(time.Millisecond))
	}()

	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		defer c.recover(u)
		c.write(u)
	})
	defer c.recover(u)
	u.Leave(c.read(u))
}

// refuse tells a client that came while the server was stopping.
func (c *client) refuse() {
	e := &room.Event{Kind: room.Farewell, Phrase: room.GoneStopping}
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.server.WriteTimeout))
	_, _ = c.conn.Write(c.server.voice.show(nil, e, 0))
}

// leave makes the client's user leave, if it has entered. From any goroutine.
func (c *client) leave(reason room.Reason) {
	if u := c.user.Load(); u != nil {
		u.Leave(reason)
	}
}

// recover turns a panic into the end of this one session.
func (c *client) recover(u *room.User) {
	if p := recover(); p != nil {
		c.server.Log.Error("a session failed; this is a fault in teahouse", "user", u.Who().Name, "panic", p, "stack", string(debug.Stack()))
		u.Leave(room.Failed)
		c.conn.Close()
	}
}

// read acts on the client's messages until its input ends, and returns why it
// did.
func (c *client) read(u *room.User) room.Reason {
	messages := newFramer(c.server.Dialect.Framing, touchReader{c.conn, u})
	for {
		msg, err := messages.next()
		switch {
		case err == nil:
			c.hear(u, msg)
		case errors.Is(err, errTooLong):
			r := room.Refusal{Phrase: room.TextTooLong, Args: []any{room.MaxText}}
			u.Answer(r.Event())
		case err == io.EOF:
			return room.Quit
		default:
			return room.HungUp
		}
	}
}

// touchReader tells the user of all that comes: half a line shows that
// somebody is there, too.
type touchReader struct {
	r io.Reader
	u *room.User
}

func (t touchReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if n > 0 {
		t.u.Touch()
	}
	return n, err
}

func (c *client) hear(u *room.User, msg string) {
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
			c.named = u.Rename(name) == nil
		}
		if name == u.Who().Name {
			text = rest
		}
	}
	_ = u.SayVerbatim(text, msg)
}

// write delivers to the client what there is for its user until the user has
// left, then closes the connection in a way that lets the last line arrive.
func (c *client) write(u *room.User) {
	events := make([]*room.Event, 0, 8)
	for {
		batch, err := u.Next(events[:0])
		if err == nil {
			err = c.deliver(batch, u.Who().ID)
			if err == nil {
				events = grow(batch)
				continue
			}
			u.Leave(c.failure(err))
			c.conn.Close()
			return
		}
		c.hangUp()
		return
	}
}

// grow returns a buffer for the next batch: the same one, or a larger one where
// it was full. Most clients never need more than the smallest.
func grow(batch []*room.Event) []*room.Event {
	full := len(batch) == cap(batch)
	clear(batch) // keep no events alive while waiting
	if full && cap(batch) < batchSize {
		return make([]*room.Event, 0, 2*cap(batch))
	}
	return batch
}

// deliver renders a batch and writes it: at once, unless it is large.
func (c *client) deliver(batch []*room.Event, self uint64) error {
	out := c.server.buffers.Get().(*[]byte)
	defer c.server.buffers.Put(out)
	*out = (*out)[:0]
	for _, e := range batch {
		*out = c.server.voice.show(*out, e, self)
		if len(*out) >= flushSize {
			if err := c.flush(*out); err != nil {
				return err
			}
			*out = (*out)[:0]
		}
	}
	return c.flush(*out)
}

func (c *client) flush(out []byte) error {
	if len(out) == 0 {
		return nil
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.server.WriteTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(out)
	return err
}

// failure returns the reason that a write's error is.
func (c *client) failure(err error) room.Reason {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return room.HungUp
	}
	if tcp, ok := c.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // what it did not read need not be kept for it
	}
	return room.Slow
}

// hangUp ends the output and gives the client a moment to read it; the reader
// goroutine meanwhile drains and drops what still comes, and then closes.
func (c *client) hangUp() {
	_ = c.conn.SetReadDeadline(time.Now().Add(lingerTime))
	if tcp, ok := c.conn.(interface{ CloseWrite() error }); ok {
		_ = tcp.CloseWrite()
	}
}
